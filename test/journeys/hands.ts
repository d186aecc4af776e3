import type { Locator, Page } from 'playwright-core';

/** An input method: the same journey runs with the mouse and with the keyboard only. */
export type Hand = {
  /** Activates a button, link, checkbox, option or row. */
  press(target: Locator): Promise<void>;
  /** Replaces a field's content. */
  write(field: Locator, text: string): Promise<void>;
  /** Chooses an option of a list by its label. */
  choose(list: Locator, name: string): Promise<void>;
};

/** With the mouse; text is typed. */
export const mouse: Hand = {
  press: (target) => target.click(),
  write: async (field, text) => {
    await field.click({ clickCount: 3 });
    await field.press('ControlOrMeta+a');
    await field.pressSequentially(text);
  },
  choose: async (list, name) => {
    await list.selectOption({ label: name });
  },
};

/** More Tab presses than any screen has focusable elements. */
const mostStops = 300;

/** With Tab, arrow keys, Enter and Space; never with the pointer. */
export function keyboard(page: Page): Hand {
  const reach = async (target: Locator): Promise<void> => {
    await target.waitFor();
    const radio = await radioGroup(target);
    // A group of radio buttons is one tab stop, at the chosen one; arrows move within it.
    const isThere = () => target.evaluate((element) => element === document.activeElement);
    for (let stops = 0; stops < mostStops; stops++) {
      if (await isThere()) return;
      if (radio && (await inGroup(page, radio))) {
        await page.keyboard.press('ArrowDown');
        continue;
      }
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never gets to ${String(target)}`);
  };
  return {
    press: async (target) => {
      await reach(target);
      const kind = await target.evaluate((element) =>
        element instanceof HTMLInputElement ? element.type : element.tagName.toLowerCase(),
      );
      // Reaching a radio button chooses it.
      if (kind === 'radio') return;
      await page.keyboard.press(kind === 'checkbox' ? 'Space' : 'Enter');
    },
    write: async (field, text) => {
      await reach(field);
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    },
    choose: async (list, name) => {
      await reach(list);
      const places = await list.locator('option').allTextContents();
      await page.keyboard.press('Home');
      for (let at = 0; at < places.indexOf(name); at++) await page.keyboard.press('ArrowDown');
    },
  };
}

const radioGroup = (target: Locator): Promise<string | null> =>
  target.evaluate((element) =>
    element instanceof HTMLInputElement && element.type === 'radio' ? element.name : null,
  );

const inGroup = (page: Page, name: string): Promise<boolean> =>
  page.evaluate(
    (name) => document.activeElement instanceof HTMLInputElement && document.activeElement.name === name,
    name,
  );

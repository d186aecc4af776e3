import type { Locator } from 'playwright-core';

/** The visible description of a button, which a screen reader announces too. Empty if there is none. */
export const saidOf = (button: Locator): Promise<string> =>
  button.evaluate((one) =>
    (one.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .flatMap((id) => {
        const found = document.getElementById(id);
        return found?.checkVisibility() ? [found.innerText] : [];
      })
      .join(' '),
  );

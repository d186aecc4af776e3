import type { Locator } from 'playwright-core';

/** What is written on the screen, in sight, of a button: what a screen reader says with it, too. Empty where nothing is. */
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

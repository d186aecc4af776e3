import type { Electron, Window } from './electron.ts';

type Notification = InstanceType<Electron['Notification']>;

/** A system need not tell that one was closed; of so many none is clicked any more. */
const KEPT = 50;

/** Notifications that bring the window forward when they are clicked. */
export class Notices {
  readonly #Notification: Electron['Notification'];
  readonly #window: Window;
  /** Held, oldest first: Electron forgets one that nothing refers to, and a click on it then does nothing. */
  readonly #shown = new Set<Notification>();

  constructor({ Notification }: Pick<Electron, 'Notification'>, window: Window) {
    this.#Notification = Notification;
    this.#window = window;
  }

  /** Shows it, unless whoever it is for looks at the window and sees it there. */
  show(words: { title: string; body: string }): void {
    const window = this.#window;
    if (window.isDestroyed() || window.isFocused() || !this.#Notification.isSupported()) return;
    const notification = new this.#Notification(words);
    const release = () => this.#shown.delete(notification);
    notification.on('click', () => {
      release();
      if (!window.isDestroyed()) bringForward(window);
    });
    notification.on('close', release);
    notification.on('failed', release);
    this.#shown.add(notification);
    for (const oldest of [...this.#shown].slice(0, -KEPT)) this.#shown.delete(oldest);
    notification.show();
  }
}

export function bringForward(window: Window): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

import type { Electron, Window } from './electron.ts';

type Notification = InstanceType<Electron['Notification']>;

/** A system need not report that one was closed; beyond this number older ones can't be clicked any more. */
const KEPT = 50;

/** Notifications that bring the window to the front when clicked. */
export class Notices {
  readonly #Notification: Electron['Notification'];
  readonly #window: Window;
  /** References, oldest first: Electron drops one that nothing refers to, and clicking it then does nothing. */
  readonly #shown = new Set<Notification>();

  constructor({ Notification }: Pick<Electron, 'Notification'>, window: Window) {
    this.#Notification = Notification;
    this.#window = window;
  }

  /** Shows it, unless the window is focused, where the user sees it. */
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

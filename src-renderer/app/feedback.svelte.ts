import { asAppError } from './app-error.ts';
import { errorSentence } from './error-text.ts';

export type Toast = {
  id: number;
  text: string;
  kind: 'info' | 'ok' | 'error';
  action?: { label: string; run: () => void | Promise<void> } | undefined;
};

export type Question = {
  title: string;
  text: string;
  confirmLabel: string;
  /** Label of the other button, where not confirming does more than nothing. */
  refuseLabel?: string | undefined;
  danger?: boolean | undefined;
  answer: (yes: boolean) => void;
};

/** How long a notice stays, milliseconds; longer with an action button, an error until it is closed. */
const shownFor = { info: 6_000, ok: 6_000, error: Infinity };
const shownWithAction = 12_000;

/** Notices and questions shown above the screens. */
class Feedback {
  toasts = $state.raw<readonly Toast[]>([]);
  questions = $state.raw<readonly Question[]>([]);
  #next = 1;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show({ text, kind = 'info', action }: Omit<Toast, 'id' | 'kind'> & { kind?: Toast['kind'] }): number {
    const id = this.#next++;
    this.toasts = [...this.toasts.slice(-4), { id, text, kind, action }];
    this.resume(id);
    return id;
  }

  close(id: number): void {
    this.pause(id);
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  /** Keeps a notice while it is hovered or focused, so that nobody has to hurry. */
  pause(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  resume(id: number): void {
    const toast = this.toasts.find((shown) => shown.id === id);
    if (!toast || this.#timers.has(id)) return;
    const time = Math.max(shownFor[toast.kind], toast.action ? shownWithAction : 0);
    if (time !== Infinity)
      this.#timers.set(
        id,
        setTimeout(() => this.close(id), time),
      );
  }

  ask(question: Omit<Question, 'answer'>): Promise<boolean> {
    return new Promise((resolve) => {
      const asked: Question = {
        ...question,
        answer: (yes) => {
          this.questions = this.questions.filter((other) => other !== asked);
          resolve(yes);
        },
      };
      this.questions = [...this.questions, asked];
    });
  }
}

export const feedback = new Feedback();

/** Shows a short notice at the lower edge; `action` adds one button, such as Undo. */
export function toast(notice: Omit<Toast, 'id' | 'kind'> & { kind?: Toast['kind'] }): void {
  feedback.show(notice);
}

/** Shows an error as a notice that stays until closed. A cancelled job is not an error. */
export function toastError(error: unknown): void {
  const told = asAppError(error);
  if (told.code === 'cancelled') return;
  if (told.code === 'fault') console.error(error);
  feedback.show({ text: errorSentence(told), kind: 'error' });
}

/** Asks yes or no in a dialog; closing it means no. */
export function confirm(question: Omit<Question, 'answer'>): Promise<boolean> {
  return feedback.ask(question);
}

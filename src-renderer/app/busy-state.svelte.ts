import { toastError } from './feedback.svelte.ts';

/** What the buttons of one place are doing: one thing at a time is shown as busy, and a failure as a notice. */
export class BusyState<What extends string = string> {
  /** Which one is at work; null when none is. */
  busy = $state<What | null>(null);

  async run(what: What, work: () => Promise<void>): Promise<void> {
    this.busy = what;
    try {
      await work();
    } catch (error) {
      toastError(error);
    } finally {
      this.busy = null;
    }
  }
}

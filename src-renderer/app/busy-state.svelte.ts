import { toastError } from './feedback.svelte.ts';

/** State of a group of buttons: at most one action is shown as busy, and a failure is shown as a notice. */
export class BusyState<What extends string = string> {
  /** The action in progress; null when there is none. */
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

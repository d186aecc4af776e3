import type { Worded } from '../../../src-main/contract/failures.ts';
import { app } from '../../app/app.svelte.ts';

/** Why trainings use the processor although there is a GPU. The answer may start TensorFlow, so it is requested once per device choice. */
class OnProcessor {
  reason = $state.raw<Worded | null>(null);
  #requestedFor: string | undefined;

  async load(): Promise<void> {
    const device = JSON.stringify(app.preferences.device);
    if (this.#requestedFor === device) return;
    this.#requestedFor = device;
    const isCurrent = () => this.#requestedFor === device;
    try {
      const reason = await app.client.app.onProcessor();
      if (isCurrent()) this.reason = reason;
    } catch {
      // The run itself reports it too, and errors of TensorFlow are shown in Settings.
      if (isCurrent()) this.#requestedFor = undefined;
    }
  }
}

export const onProcessor = new OnProcessor();

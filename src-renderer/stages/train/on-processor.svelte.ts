import type { Worded } from '../../../src-main/contract/failures.ts';
import { app } from '../../app/app.svelte.ts';

/** Why trainings run on the processor though there is a GPU. It may start TensorFlow, so it is asked once a choice of device. */
class OnProcessor {
  reason = $state.raw<Worded | null>(null);
  #askedFor: string | undefined;

  async look(): Promise<void> {
    const device = JSON.stringify(app.preferences.device);
    if (this.#askedFor === device) return;
    this.#askedFor = device;
    const wanted = () => this.#askedFor === device;
    try {
      const reason = await app.client.app.onProcessor();
      if (wanted()) this.reason = reason;
    } catch {
      // The run itself says it as well, and what is wrong with TensorFlow is Settings' to tell.
      if (wanted()) this.#askedFor = undefined;
    }
  }
}

export const onProcessor = new OnProcessor();

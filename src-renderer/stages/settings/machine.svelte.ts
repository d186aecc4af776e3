import type { DoctorReport } from '../../../src-main/contract/doctor-report.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';

/** What Falx stands on. It starts TensorFlow and takes seconds, so it is kept for as long as the window lives. */
class Machine {
  checkup = $state.raw<DoctorReport | undefined>();
  error = $state.raw<AppError | undefined>();
  checking = $state(false);
  #again = false;

  /** Looks once; `again` looks anew: what is being seen already may be of before. */
  async look(again = false): Promise<void> {
    if (this.checking) {
      this.#again ||= again;
      return;
    }
    if (this.checkup && !again) return;
    this.checking = true;
    do {
      this.#again = false;
      this.error = undefined;
      try {
        this.checkup = await app.client.app.checkup();
      } catch (error) {
        this.error = asAppError(error);
      }
    } while (this.#again);
    this.checking = false;
  }
}

export const machine = new Machine();

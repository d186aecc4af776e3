import type { DoctorReport } from '../../../src-main/contract/doctor-report.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';

/** The checkup of this machine. It starts TensorFlow and takes seconds, so it is kept for the window's lifetime. */
class Machine {
  checkup = $state.raw<DoctorReport | undefined>();
  error = $state.raw<AppError | undefined>();
  checking = $state(false);
  #again = false;

  /** Runs the checkup once; `again` forces another, also while one is running, which may be outdated already. */
  async check(again = false): Promise<void> {
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

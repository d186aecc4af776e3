import { networkTitle } from '../../contract/networks.ts';
import type { Run } from '../../contract/records.ts';
import type { ActiveRun, TrainingState } from '../../contract/views.ts';
import type { Electron, Window } from './electron.ts';
import type { Notices } from './notices.ts';
import type { Texts } from './texts.ts';

export type ActivityOptions = {
  window: Window;
  notices: Notices;
  texts: () => Texts;
  run: (runId: string) => Promise<Run>;
};

/** Shows a training outside the page: on the taskbar, in a notification at its end; and keeps the machine awake. */
export class Activity {
  readonly #electron: Pick<Electron, 'powerSaveBlocker'>;
  readonly #options: ActivityOptions;
  #active: readonly ActiveRun[] = [];
  #awake: number | null = null;

  constructor(electron: Pick<Electron, 'powerSaveBlocker'>, options: ActivityOptions) {
    this.#electron = electron;
    this.#options = options;
  }

  get active(): readonly ActiveRun[] {
    return this.#active;
  }

  async training({ active }: TrainingState): Promise<void> {
    const before = this.#active;
    this.#active = active;
    this.#showProgress(active);
    this.#keepAwake(active.some(({ phase }) => phase !== 'paused'));
    const still = new Set(active.map(({ runId }) => runId));
    const gone = before.filter(({ runId }) => !still.has(runId));
    // A run whose record can't be read does not keep others from being announced.
    const told = await Promise.allSettled(
      gone.map(async ({ runId }) => this.#tell(await this.#options.run(runId))),
    );
    const failed = told.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Lets the machine sleep again, and resets the taskbar. */
  close(): void {
    this.#keepAwake(false);
  }

  /** For several runs, the mean. */
  #showProgress(active: readonly ActiveRun[]): void {
    const { window } = this.#options;
    if (window.isDestroyed()) return;
    if (active.length === 0) return window.setProgressBar(-1);
    if (active.every(({ phase }) => phase === 'preparing' || phase === 'starting'))
      // Linux has no such bar, and would show a full one.
      return process.platform === 'linux'
        ? window.setProgressBar(0)
        : window.setProgressBar(2, { mode: 'indeterminate' });
    const done = active.reduce((sum, run) => sum + fractionDone(run), 0) / active.length;
    const paused = active.every(({ phase }) => phase === 'paused');
    window.setProgressBar(done, { mode: paused ? 'paused' : 'normal' });
  }

  #keepAwake(wanted: boolean): void {
    const { powerSaveBlocker } = this.#electron;
    if (wanted) this.#awake ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (this.#awake !== null) {
      powerSaveBlocker.stop(this.#awake);
      this.#awake = null;
    }
  }

  #tell(run: Run): void {
    const words = endOf(run, this.#options.texts());
    if (words) this.#options.notices.show(words);
  }
}

/** Of all requested epochs, 0 to 1. */
function fractionDone({ epoch, epochs, step, steps }: ActiveRun): number {
  const done = (Math.max(epoch, 1) - 1 + (steps > 0 ? step / steps : 0)) / Math.max(epochs, 1);
  return Math.min(1, Math.max(0, done));
}

function endOf(run: Run, texts: Texts): { title: string; body: string } | null {
  const name = nameOf(run);
  switch (run.status) {
    case 'done':
    case 'stopped':
      return {
        title: texts.trained(name),
        body: run.bestEpoch === null ? '' : texts.bestEpoch(run.bestEpoch, run.settings.epochs),
      };
    case 'failed':
      return { title: texts.failed(name), body: run.error ?? '' };
    case 'interrupted':
      return { title: texts.interrupted(name), body: run.error ?? texts.resumable };
    case 'queued':
    case 'running':
      return null;
  }
}

/** The user's name for it, otherwise its network. */
export const nameOf = ({ name, network }: Pick<Run, 'name' | 'network'>): string =>
  name ?? networkTitle(network);

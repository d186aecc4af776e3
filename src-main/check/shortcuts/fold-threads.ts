import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { FalxError } from '../../contract/errors.ts';
import { ask, shareOut, type Stopped } from '../twin-workers.ts';
import type { Binned } from './bins.ts';
import { evaluateFold, type Setting } from './fold.ts';

export interface FoldTask {
  repeat: number;
  fold: number;
}

/** Rows below which starting threads takes longer than they save. */
const FEW = 200;

/** Evaluates folds on threads, one a processor, or for few rows on this one. What comes out does not depend on how many there are. */
export class FoldThreads {
  readonly #setting: Setting;
  readonly #workers: Worker[];

  /** @param threads 0 does the work on this one. */
  constructor(
    setting: Setting,
    threads = setting.labels.length < FEW ? 0 : Math.min(8, availableParallelism()),
  ) {
    this.#setting = setting;
    this.#workers = Array.from(
      { length: threads },
      () => new Worker(new URL('./fold-worker.ts', import.meta.url), { workerData: setting }),
    );
  }

  /**
   * @param pause called often: may wait, or throw to break off; with how far it is, 0 to 1.
   * @returns the probabilities of each task's rows, in the tasks' order.
   * @throws FalxError `worker-failed`; what `pause` throws.
   */
  all(
    features: Binned,
    tasks: readonly FoldTask[],
    pause: (share: number) => Promise<void>,
  ): Promise<Float64Array[]> {
    const stopped: Stopped = (how, cause) => new FalxError('shortcutsStopped', how, { cause });
    let done = 0;
    const here = ({ repeat, fold }: FoldTask) =>
      evaluateFold(this.#setting, features, repeat, fold, (grown, all) =>
        pause((done + grown / all) / tasks.length),
      );
    for (const worker of this.#workers) worker.postMessage({ features });
    const hands =
      this.#workers.length === 0
        ? [here]
        : this.#workers.map(
            (worker) => (task: FoldTask) => ask<FoldTask, Float64Array>(worker, task, stopped),
          );
    return shareOut(tasks, hands, (finished) => pause((done = finished) / tasks.length));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

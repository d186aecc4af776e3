import { networkTable } from '../contract/networks.ts';
import type { Run } from '../contract/records.ts';

/** A run's progress, seconds. */
type Progress = { run: Run; elapsed: number; left: number };

/** Estimates a queue's time left from the progress of current runs. */
export class QueueEstimate {
  readonly #trained = new Map<string, Progress>();
  #secondsPerCost: number | null = null;

  /** @param elapsed seconds the run has been training. @param left seconds it still needs. */
  update(run: Run, elapsed: number, left: number): void {
    this.#trained.set(run.id, { run, elapsed, left });
    const paces = [...this.#trained.values()].map((one) => (one.elapsed + one.left) / cost(one.run));
    this.#secondsPerCost = paces.reduce((sum, pace) => sum + pace, 0) / paces.length;
  }

  ended(runId: string): void {
    this.#trained.delete(runId);
  }

  /**
   * Seconds until everything is trained: each waiting run starts on the device that is free first.
   * @param waiting the runs that have not started, in order.
   * @param devices how many runs are trained at once.
   * @returns null as long as no run has reported progress.
   */
  secondsLeft(waiting: readonly Run[], devices: number): number | null {
    const pace = this.#secondsPerCost;
    if (pace === null || this.#trained.size === 0) return null;
    const free = [...this.#trained.values()].map(({ left }) => left);
    while (free.length < devices) free.push(0);
    for (const run of waiting) {
      const first = free.indexOf(Math.min(...free));
      free[first]! += cost(run) * pace;
    }
    return Math.max(...free);
  }
}

function cost({ network, settings }: Run): number {
  return networkTable[network].relativeCost * settings.epochs * settings.pixels.imageSize ** 2;
}

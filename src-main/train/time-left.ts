import { networkTable } from '../contract/networks.ts';
import type { Run } from '../contract/records.ts';

/** How far a run that is being trained has come, seconds. */
type Progress = { run: Run; elapsed: number; left: number };

/** How long a queue still takes, from how long the runs take that are being trained. */
export class QueueClock {
  readonly #trained = new Map<string, Progress>();
  #secondsPerCost: number | null = null;

  /**
   * @param elapsed seconds the run has trained.
   * @param left seconds it still takes.
   */
  heard(run: Run, elapsed: number, left: number): void {
    this.#trained.set(run.id, { run, elapsed, left });
    const paces = [...this.#trained.values()].map((one) => (one.elapsed + one.left) / cost(one.run));
    this.#secondsPerCost = paces.reduce((sum, pace) => sum + pace, 0) / paces.length;
  }

  ended(runId: string): void {
    this.#trained.delete(runId);
  }

  /**
   * Seconds until all is trained: each waiting run begins on the device that is free first.
   * @param waiting the runs that are not begun, in order.
   * @param devices how many runs are trained at once.
   * @returns null while no run has told how it gets on.
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

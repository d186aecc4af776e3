import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import { Predictor, warmUp } from '../inference/predictor.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';

export type PoolOptions = {
  /** Most networks kept loaded. */
  capacity?: number;
  /** Milliseconds without a request after which all are closed. */
  idle?: number;
};

type Slot = {
  runId: string;
  device: DeviceChoice;
  opening: Promise<Predictor>;
  users: number;
};

/** Networks that stay loaded in their worker processes, so that the next scan is predicted at once. */
export class PredictorPool {
  readonly #home: string;
  readonly #capacity: number;
  readonly #idle: number;
  /** The least recently used first. */
  #slots: Slot[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(home: string, { capacity = 3, idle = 10 * 60_000 }: PoolOptions = {}) {
    this.#home = home;
    this.#capacity = capacity;
    this.#idle = idle;
  }

  /** Ids of the runs whose networks are loaded or being loaded, the least recently used first. */
  get loaded(): string[] {
    return this.#slots.map(({ runId }) => runId);
  }

  /** Starts loading networks that will be used soon, several at once; no more than are kept. */
  prepare(runs: readonly Run[], device: DeviceChoice): void {
    for (const run of runs.slice(0, this.#capacity)) this.#slot(run, device);
    this.#watchIdle();
  }

  /**
   * Lends a run's network, ready to predict; it is loaded first unless it still is.
   * @throws FalxError `bad-run` if the run has no model, or whatever its worker reports.
   */
  async use<T>(run: Run, device: DeviceChoice, work: (predictor: Predictor) => Promise<T>): Promise<T> {
    const slot = this.#slot(run, device);
    slot.users++;
    try {
      return await work(await slot.opening);
    } finally {
      slot.users--;
      await this.#trim(this.#capacity);
      this.#watchIdle();
    }
  }

  /** Unloads a run's network, so that its files can be deleted. */
  async unload(runId: string): Promise<void> {
    await this.#end(this.#slots.filter((slot) => slot.runId === runId));
  }

  /** Unloads all idle networks; the next request loads them with the device and settings of that time. */
  async unloadIdle(): Promise<void> {
    await this.#end(this.#slots.filter(({ users }) => users === 0));
  }

  /** Unloads idle networks from a device, whose memory something else needs. */
  unloadFrom(device: DeviceChoice): void {
    void this.#end(this.#slots.filter((slot) => slot.device === device && slot.users === 0));
  }

  /** Unloads all; no more requests are possible. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    await this.#end(this.#slots);
  }

  #slot(run: Run, device: DeviceChoice): Slot {
    if (this.#closed) throw new FalxError('falxCloses', { run: run.id });
    const found = this.#slots.find((slot) => slot.runId === run.id);
    if (found?.device === device) {
      this.#slots = [...this.#slots.filter((slot) => slot !== found), found];
      return found;
    }
    // The device was changed in the settings. The end of its worker need not be awaited.
    if (found) void this.#end([found]);
    void this.#trim(this.#capacity - 1);
    const slot: Slot = { runId: run.id, device, opening: this.#open(run, device), users: 0 };
    // A slot whose network could not be opened, or whose worker is lost, is opened again next time; its user gets the error.
    const forget = () => (this.#slots = this.#slots.filter((other) => other !== slot));
    slot.opening.then((predictor) => predictor.gone.then(forget), forget);
    this.#slots.push(slot);
    return slot;
  }

  async #open(run: Run, device: DeviceChoice): Promise<Predictor> {
    const predictor = await Predictor.open(run, this.#home, { device });
    try {
      await warmUp(predictor);
      return predictor;
    } catch (error) {
      await predictor.close();
      throw error;
    }
  }

  /** Closes the least recently used beyond a number; one that is in use stays. */
  async #trim(most: number): Promise<void> {
    const spare = this.#slots.filter(({ users }) => users === 0);
    await this.#end(spare.slice(0, Math.max(0, this.#slots.length - most)));
  }

  #watchIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#closed) return;
    this.#idleTimer = setTimeout(() => {
      void this.#end(this.#slots.filter(({ users }) => users === 0));
    }, this.#idle);
    this.#idleTimer.unref();
  }

  async #end(slots: readonly Slot[]): Promise<void> {
    this.#slots = this.#slots.filter((slot) => !slots.includes(slot));
    await Promise.all(
      slots.map(async ({ opening }) => {
        const predictor = await opening.catch(() => null); // it never opened
        await predictor?.close();
      }),
    );
  }
}

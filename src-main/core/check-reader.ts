import { setTimeout } from 'node:timers/promises';
import { isRead } from '../check/scan-groups.ts';
import { readGroups } from '../check/view.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';
import type { Log } from './log.ts';

/** Milliseconds reserved for the pictures of a first page, each of which takes several turns of this process. */
const PICTURES_FIRST = 1000;

type Pause = (signal: AbortSignal) => Promise<unknown>;

/** Loads the groups of a check whose first page was shown from the cache, so that the next page and a decision are quick. */
export class CheckReader {
  readonly #registry: Registry;
  readonly #log: Log;
  readonly #pause: Pause;
  readonly #ending = new AbortController();
  #reading: Promise<void> | null = null;

  /** @param pause promise it waits for before it begins. */
  constructor({
    registry,
    log,
    pause = (signal) => setTimeout(PICTURES_FIRST, undefined, { signal, ref: false }),
  }: {
    registry: Registry;
    log: Log;
    pause?: Pause;
  }) {
    this.#registry = registry;
    this.#log = log;
    this.#pause = pause;
  }

  /** Starts loading, unless they are loaded, or another check's are being loaded. Never throws. */
  read(datasetId: string): void {
    if (this.#reading || isRead(this.#registry, datasetId) || this.#ending.signal.aborted) return;
    this.#reading = this.#read(datasetId).finally(() => (this.#reading = null));
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#reading;
  }

  async #read(datasetId: string): Promise<void> {
    try {
      await this.#pause(this.#ending.signal);
      await runInTurns(readGroups(this.#registry, datasetId), this.#ending.signal);
    } catch (error) {
      // They are loaded on demand, and errors are reported then.
      if (!this.#ending.signal.aborted)
        this.#log.warn({ err: error, datasetId }, 'a check was not read ahead');
    }
  }
}

import { isRead } from '../check/scan-groups.ts';
import { readGroups } from '../check/view.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';
import type { Log } from './log.ts';

/** Reads the groups of a check whose first page was shown from what is kept, so that the next page and a decision are quick. */
export class CheckReader {
  readonly #registry: Registry;
  readonly #log: Log;
  readonly #ending = new AbortController();
  #reading: Promise<void> | null = null;

  constructor({ registry, log }: { registry: Registry; log: Log }) {
    this.#registry = registry;
    this.#log = log;
  }

  /** Begins to, unless they are read, or another check's are being read. Never throws. */
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
      await runInTurns(readGroups(this.#registry, datasetId), this.#ending.signal);
    } catch (error) {
      // It is read when it is asked for, and what is wrong is told then.
      if (!this.#ending.signal.aborted)
        this.#log.warn({ err: error, datasetId }, 'a check was not read ahead');
    }
  }
}

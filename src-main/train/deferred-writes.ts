import { setTimeout as after } from 'node:timers/promises';
import { FalxError } from '../contract/errors.ts';
import type { Registry } from '../registry/registry.ts';

/** Milliseconds between two tries. */
const AGAIN = 1000;

/** Whether the registry had no room on its disk. */
const isFull = (error: unknown): boolean => error instanceof FalxError && error.facts['room'] === 'none';

/** What a training tells, kept in order; while the registry's disk is full it waits here, and the training is not broken off. */
export class DeferredWrites {
  readonly #registry: Registry;
  readonly #waiting: (() => void)[] = [];

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** @throws what `work` throws, but for a full disk. */
  keep(work: () => void): void {
    this.#waiting.push(work);
    this.#try();
  }

  /** Resolves once all is kept. @param signal aborted: what is left is tried once more, and given up. @throws FalxError `disk` then. */
  async all(signal: AbortSignal): Promise<void> {
    while (!this.#try()) {
      if (signal.aborted) return this.#waiting.forEach((work) => work());
      await after(AGAIN, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns whether nothing waits any more. */
  #try(): boolean {
    try {
      while (this.#waiting.length > 0) {
        this.#registry.together(this.#waiting[0]!);
        this.#waiting.shift();
      }
      return true;
    } catch (error) {
      if (isFull(error)) return false;
      this.#waiting.length = 0;
      throw error;
    }
  }
}

import { setTimeout as after } from 'node:timers/promises';
import { FalxError } from '../contract/errors.ts';
import { message, type Message, type MessageCode } from '../contract/messages/catalogue.ts';
import type { Registry } from '../registry/registry.ts';

/** Milliseconds between two tries, and tries of a run's end: a disk may be full or away. */
const AGAIN = 1000;
const TRIES = 60;

/** Whether the registry had no room on its disk. */
const isFull = (error: unknown): boolean => error instanceof FalxError && error.facts['room'] === 'none';

/** What a training tells, kept in order; while the registry's disk is full it waits here, and the training is not broken off. */
export class DeferredWrites {
  readonly #registry: Registry;
  readonly #run: { run: string; folder: string };
  readonly #tell: (told: Message) => void;
  readonly #waiting: (() => void)[] = [];
  #told: MessageCode | null = null;

  /** @param run of which it is told with `tell`, once, that it waits, and that it does no more. @param folder of the registry. */
  constructor(registry: Registry, run: string, folder: string, tell: (told: Message) => void) {
    this.#registry = registry;
    this.#run = { run, folder };
    this.#tell = tell;
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

  /**
   * Writes the end of the run, which is tried for a minute.
   * @throws what it was refused with the last time.
   */
  async end<T>(write: () => T): Promise<T> {
    for (let tried = 1; ; tried++)
      try {
        const written = write();
        this.#kept();
        return written;
      } catch (error) {
        if (!(error instanceof FalxError) || tried === TRIES) throw error;
        this.#waits(
          isFull(error)
            ? message('runKeptLater', this.#run)
            : message('runEndKeptLater', {
                run: this.#run.run,
                seconds: (TRIES * AGAIN) / 1000,
                reason: error.told,
              }),
        );
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
  }

  /** @returns whether nothing waits any more. */
  #try(): boolean {
    try {
      while (this.#waiting.length > 0) {
        this.#registry.together(this.#waiting[0]!);
        this.#waiting.shift();
      }
      this.#kept();
      return true;
    } catch (error) {
      if (isFull(error)) {
        this.#waits(message('runKeptLater', this.#run));
        return false;
      }
      this.#waiting.length = 0;
      throw error;
    }
  }

  #waits(told: Message): void {
    if (this.#told) return;
    this.#tell(told);
    this.#told = told.code;
  }

  #kept(): void {
    if (this.#told === 'runKeptLater') this.#tell(message('runKeptNow', this.#run));
    this.#told = null;
  }
}

import { setTimeout as after } from 'node:timers/promises';
import { FalxError } from '../contract/errors.ts';
import { message, type Message, type MessageCode } from '../contract/messages/catalogue.ts';
import type { Registry } from '../registry/registry.ts';

/** Milliseconds between two attempts, and attempts to write a run's end: a disk may be full or unavailable. */
const AGAIN = 1000;
const TRIES = 60;

/** Whether the registry had no room on its disk. */
const isFull = (error: unknown): boolean => error instanceof FalxError && error.facts['room'] === 'none';

/**
 * Writes a training's results to the registry in order; while the registry's disk is full they wait here, and the training is not
 * interrupted.
 */
export class DeferredWrites {
  readonly #registry: Registry;
  readonly #run: { run: string; folder: string };
  readonly #tell: (told: Message) => void;
  readonly #waiting: (() => void)[] = [];
  #told: MessageCode | null = null;

  /** @param run reported to `tell`, once, when writes wait and when they no longer do. @param folder of the registry. */
  constructor(registry: Registry, run: string, folder: string, tell: (told: Message) => void) {
    this.#registry = registry;
    this.#run = { run, folder };
    this.#tell = tell;
  }

  /** @throws what `work` throws, except for a full disk. */
  keep(work: () => void): void {
    this.#waiting.push(work);
    this.#try();
  }

  /**
   * Resolves once all is written. @param signal aborted: the rest is tried once more, then abandoned. @throws FalxError `disk`
   * then.
   */
  async all(signal: AbortSignal): Promise<void> {
    while (!this.#try()) {
      if (signal.aborted) return this.#waiting.forEach((work) => work());
      await after(AGAIN, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Writes the end of the run, retrying for a minute. @throws the last error. */
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
                reason: error.asMessage,
              }),
        );
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
  }

  /** @returns whether nothing is waiting any more. */
  #try(): boolean {
    try {
      while (this.#waiting.length > 0) {
        this.#registry.transaction(this.#waiting[0]!);
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

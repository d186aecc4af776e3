import type { AppEvent, changedTables } from '../contract/views.ts';

export type ChangedTable = (typeof changedTables)[number];

/** Sends events to every window. A slow window blocks nobody, and loses nothing that matters. */
export class Hub {
  readonly #listeners = new Set<Backlog>();

  emit(event: AppEvent): void {
    for (const listener of this.#listeners) listener.add(event);
  }

  /** Announces that records of a table have changed. */
  changed(table: ChangedTable): void {
    this.emit({ kind: 'changed', table });
  }

  /**
   * All events from this call on, for as long as the caller iterates and `signal` allows.
   * @param first events that the listener gets before any later ones.
   */
  listen(signal?: AbortSignal, first: readonly AppEvent[] = []): AsyncGenerator<AppEvent, void, void> {
    const backlog = new Backlog(() => this.#listeners.delete(backlog), signal);
    if (!signal?.aborted) this.#listeners.add(backlog);
    for (const event of first) backlog.add(event);
    return backlog;
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

/**
 * Events that a listener has not read yet. Snapshots of one job, or of the training, replace each other: only the newest is
 * current. Epochs are all kept. Implemented by hand instead of as an `async function*`, which would begin to listen only when it is
 * first read, and never end if it isn't.
 */
class Backlog implements AsyncGenerator<AppEvent, void, void> {
  readonly #events = new Map<string, AppEvent>();
  readonly #waiting: ((result: IteratorResult<AppEvent, void>) => void)[] = [];
  readonly #leave: () => void;
  readonly #signal: AbortSignal | undefined;
  #ended = false;

  constructor(leave: () => void, signal?: AbortSignal) {
    this.#leave = leave;
    this.#signal = signal;
    if (signal?.aborted) this.#ended = true;
    else signal?.addEventListener('abort', this.#end, { once: true });
  }

  add(event: AppEvent): void {
    if (this.#ended) return;
    const reader = this.#waiting.shift();
    if (reader) return reader({ done: false, value: event });
    const key = subjectOf(event);
    this.#events.delete(key); // the newer one takes its position in the order too
    this.#events.set(key, event);
  }

  next(): Promise<IteratorResult<AppEvent, void>> {
    const [entry] = this.#events;
    if (entry) {
      this.#events.delete(entry[0]);
      return Promise.resolve({ done: false, value: entry[1] });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<AppEvent, void>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<AppEvent, void>> {
    this.#end();
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }

  readonly #end = (): void => {
    this.#ended = true;
    this.#events.clear();
    this.#signal?.removeEventListener('abort', this.#end);
    this.#leave();
    for (const reader of this.#waiting.splice(0)) reader({ done: true, value: undefined });
  };

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    return Promise.resolve();
  }
}

/** Events with the same subject replace each other. */
function subjectOf(event: AppEvent): string {
  switch (event.kind) {
    case 'job':
      return `job ${event.job.id}`;
    case 'training':
      return 'training';
    case 'epoch':
      return `epoch ${event.runId} ${event.epoch.epoch}`;
    case 'changed':
      return `changed ${event.table}`;
  }
}

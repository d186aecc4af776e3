import { onDestroy, untrack } from 'svelte';
import { app, type Table } from './app.svelte.ts';
import { asAppError, type AppError } from './app-error.ts';

/** A value of the core that is kept up to date: it is loaded again whenever its records have changed. */
export class Resource<T> {
  /** Undefined until loaded; kept while it is being reloaded. */
  value = $state.raw<T | undefined>();
  error = $state.raw<AppError | undefined>();
  loading = $state(true);
  readonly #load: () => Promise<T> | null;
  readonly #unlisten: () => void;
  #requests = 0;
  #stopped = false;
  #running: Promise<void> | null = null;
  #reloadPending = false;

  /**
   * @param load requests the value; null where there is nothing to request.
   * @param tables whose changes trigger a reload.
   */
  constructor(load: () => Promise<T> | null, tables: readonly Table[] = [], startNow = true) {
    this.#load = load;
    this.#unlisten = app.onChanged(tables, () => void this.reload());
    if (startNow) void this.reload();
  }

  /** Loads again. Calls during a reload lead to one more reload, not to many. */
  async reload(): Promise<void> {
    if (this.#running) {
      this.#reloadPending = true;
      return await this.#running;
    }
    this.#running = this.#reload();
    try {
      await this.#running;
    } finally {
      this.#running = null;
    }
  }

  /** Discards the value and loads again, ignoring the answer to any request under way. */
  restart(): void {
    this.#requests++;
    this.#running = null;
    this.#reloadPending = false;
    this.value = undefined;
    this.error = undefined;
    void this.reload();
  }

  stop(): void {
    this.#stopped = true;
    this.#unlisten();
  }

  async #reload(): Promise<void> {
    const request = ++this.#requests;
    const isLatest = () => request === this.#requests && !this.#stopped;
    do {
      this.#reloadPending = false;
      this.loading = true;
      try {
        const value = await this.#load();
        if (!isLatest()) return;
        this.value = value ?? undefined;
        this.error = undefined;
      } catch (error) {
        if (!isLatest()) return;
        const failure = asAppError(error);
        // The frame shows a broken connection, and everything is reloaded after it.
        if (failure.code !== 'connection-lost' || this.value === undefined) this.error = failure;
      }
      this.loading = false;
    } while (this.#reloadPending);
  }
}

/**
 * A resource that lives as long as its component. What `load` reads before its first await is tracked: when it
 * changes (another id in the address), the old value is discarded at once and the new one loaded.
 */
export function useResource<T>(load: () => Promise<T> | null, tables: readonly Table[] = []): Resource<T> {
  let first: { request: Promise<T> | null } | null = null;
  const resource = new Resource<T>(
    () => {
      const request = first ? first.request : load();
      first = null;
      return request;
    },
    tables,
    false,
  );
  $effect(() => {
    first = { request: load() };
    untrack(() => resource.restart());
  });
  onDestroy(() => resource.stop());
  return resource;
}

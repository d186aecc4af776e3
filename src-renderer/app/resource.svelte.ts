import { onDestroy, untrack } from 'svelte';
import { app, type Table } from './app.svelte.ts';
import { asAppError, type AppError } from './app-error.ts';

/** A value from the core that stays true: asked again whenever records it is made of have changed. */
export class Resource<T> {
  /** Undefined until it has come; kept while it is asked again. */
  value = $state.raw<T | undefined>();
  error = $state.raw<AppError | undefined>();
  loading = $state(true);
  readonly #load: () => Promise<T> | null;
  readonly #unlisten: () => void;
  #asked = 0;
  #stopped = false;
  #running: Promise<void> | null = null;
  #again = false;

  /**
   * @param load asks for the value; null where there is nothing to ask for.
   * @param tables whose change makes it ask again.
   */
  constructor(load: () => Promise<T> | null, tables: readonly Table[] = [], startNow = true) {
    this.#load = load;
    this.#unlisten = app.onChanged(tables, () => void this.reload());
    if (startNow) void this.reload();
  }

  /** Asks again. Calls while it is being asked lead to one more asking, not to many. */
  async reload(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return await this.#running;
    }
    this.#running = this.#reload();
    try {
      await this.#running;
    } finally {
      this.#running = null;
    }
  }

  /** Forgets the value and asks for another: what is under way is no longer wanted. */
  restart(): void {
    this.#asked++;
    this.#running = null;
    this.#again = false;
    this.value = undefined;
    this.error = undefined;
    void this.reload();
  }

  stop(): void {
    this.#stopped = true;
    this.#unlisten();
  }

  async #reload(): Promise<void> {
    const asked = ++this.#asked;
    const wanted = () => asked === this.#asked && !this.#stopped;
    do {
      this.#again = false;
      this.loading = true;
      try {
        const value = await this.#load();
        if (!wanted()) return;
        this.value = value ?? undefined;
        this.error = undefined;
      } catch (error) {
        if (!wanted()) return;
        const told = asAppError(error);
        // A broken connection is shown by the frame, and all is asked anew when it is back.
        if (told.code !== 'connection-lost' || this.value === undefined) this.error = told;
      }
      this.loading = false;
    } while (this.#again);
  }
}

/**
 * A resource for as long as a component lives. What `load` reads before its first await is followed: when it
 * changes (another id in the address), the old value is forgotten at once and the new one asked for.
 */
export function useResource<T>(load: () => Promise<T> | null, tables: readonly Table[] = []): Resource<T> {
  let first: { asked: Promise<T> | null } | null = null;
  const resource = new Resource<T>(
    () => {
      const asked = first ? first.asked : load();
      first = null;
      return asked;
    },
    tables,
    false,
  );
  $effect(() => {
    first = { asked: load() };
    untrack(() => resource.restart());
  });
  onDestroy(() => resource.stop());
  return resource;
}

/** A cache of opened files: the least recently used is dropped when all exceed the limit. */
export class OpenFileCache<T extends { held: number }> {
  readonly #limit: number;
  /** Least recently used first. */
  readonly #entries = new Map<string, { value: Promise<T>; bytes: number }>();

  /** @param limit bytes in all; a larger value is kept alone until the next one. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value of this key, opened at most once at a time; one that fails to open is not cached. */
  get(key: string, open: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.value;
    }
    const entry = { value: open(), bytes: 0 };
    this.#entries.set(key, entry);
    entry.value.then(
      ({ held }) => {
        entry.bytes = held;
        this.#trim(entry);
      },
      () => this.#entries.delete(key), // reported to the caller
    );
    return entry.value;
  }

  /** Bytes held now. */
  get bytes(): number {
    return [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #trim(newest: { bytes: number }): void {
    let bytes = this.bytes;
    for (const [key, entry] of this.#entries) {
      if (bytes <= this.#limit) return;
      if (entry === newest || entry.bytes === 0) continue;
      this.#entries.delete(key);
      bytes -= entry.bytes;
    }
  }
}

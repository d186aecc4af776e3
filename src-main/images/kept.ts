/** What was opened and may be asked for again: the least recently used goes when all take more than the limit. */
export class Kept<T extends { held: number }> {
  readonly #limit: number;
  /** Least recently used first. */
  readonly #entries = new Map<string, { value: Promise<T>; bytes: number }>();

  /** @param limit bytes in all; what is larger is kept alone until the next comes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value of this key, opened at most once at a time; one that fails to open is not kept. */
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
      () => this.#entries.delete(key), // told to who asked
    );
    return entry.value;
  }

  /** Bytes that are held now. */
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

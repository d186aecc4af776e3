/** Limits how often a callback is called: at once, or soon, and then with the newest state. */
export class Throttle {
  readonly #every: number;
  readonly #tell: () => void;
  #last = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  /** @param every least milliseconds between two calls, unless one is forced. */
  constructor(every: number, tell: () => void) {
    this.#every = every;
    this.#tell = tell;
  }

  now(): void {
    this.cancel();
    this.#last = performance.now();
    this.#tell();
  }

  soon(): void {
    if (this.#timer) return;
    const wait = this.#last + this.#every - performance.now();
    if (wait <= 0) this.now();
    else this.#timer = setTimeout(() => this.now(), wait);
  }

  /** Cancels a pending call. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

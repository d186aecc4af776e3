/** Tells something that changes often: at once, or soon, and then always the newest. */
export class Throttle {
  readonly #every: number;
  readonly #tell: () => void;
  #last = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  /** @param every milliseconds that lie between two tellings, unless one must be told now. */
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

  /** Forgets what was to be told soon. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** CSS pixels a second from which on nobody can tell one picture from another. */
const fastFrom = 2000;
/** How long a list must be slower to be slow, milliseconds: frames come unevenly. */
const slowAfter = 200;

/** Whether a list is flown over: then its pictures need not be fetched. */
export class InFlight {
  fast = $state(false);
  #top = 0;
  #at = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Call for every scroll event. */
  scrolled(top: number): void {
    const now = performance.now();
    // After a rest, as if it had begun a moment ago.
    const seconds = Math.min(now - this.#at, slowAfter) / 1000;
    const speed = Math.abs(top - this.#top) / Math.max(seconds, 0.001);
    [this.#top, this.#at] = [top, now];
    if (speed < fastFrom) return;
    this.fast = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.fast = false), slowAfter);
  }
}

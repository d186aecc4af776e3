/** CSS pixels per second above which pictures can't be made out. */
const fastSpeed = 2000;
/** Milliseconds below that speed before scrolling counts as slow: frames are uneven. */
const settleTime = 200;

/** Whether a list is being scrolled too fast to see its pictures, which then need not be loaded. */
export class FastScroll {
  fast = $state(false);
  #top = 0;
  #at = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Call for every scroll event. */
  scrolled(top: number): void {
    const now = performance.now();
    // After a pause, as if scrolling had begun a moment ago.
    const seconds = Math.min(now - this.#at, settleTime) / 1000;
    const speed = Math.abs(top - this.#top) / Math.max(seconds, 0.001);
    [this.#top, this.#at] = [top, now];
    if (speed < fastSpeed) return;
    this.fast = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.fast = false), settleTime);
  }
}

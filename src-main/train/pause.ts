/** Pauses and resumes a training. It may be switched at any time, even before there is a worker. */
export class PauseSwitch {
  readonly #listeners = new Set<() => void>();
  #since: number | null = null;
  #before = 0;

  get isPaused(): boolean {
    return this.#since !== null;
  }

  /** Milliseconds paused so far, including a current pause. */
  get milliseconds(): number {
    return this.#before + (this.#since === null ? 0 : performance.now() - this.#since);
  }

  pause(): void {
    if (this.#since !== null) return;
    this.#since = performance.now();
    this.#tell();
  }

  resume(): void {
    if (this.#since === null) return;
    this.#before = this.milliseconds;
    this.#since = null;
    this.#tell();
  }

  /** @returns the function to stop listening. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

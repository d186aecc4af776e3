/** The nearest views of a picture so far, nearest first; of those as near as each other, that of the lower number. */
export class NearestViews {
  readonly #views: Float64Array;
  readonly #distances: Float32Array;
  readonly #far: number;
  #count = 0;

  /** @param most how many are kept. @param far distance from which on none is. */
  constructor(most: number, far: number) {
    this.#views = new Float64Array(most);
    this.#distances = new Float32Array(most);
    this.#far = far;
  }

  clear(): void {
    this.#count = 0;
  }

  /** What is farther is not kept any more. */
  get limit(): number {
    return this.#count === this.#views.length ? this.#distances[this.#count - 1]! : this.#far;
  }

  /** @param view its number. @param distance float32; of one that was added before, less than then. */
  add(view: number, distance: number): void {
    if (distance >= this.#far) return;
    let at = 0;
    while (at < this.#count && this.#views[at] !== view) at += 1;
    if (at === this.#count) {
      if (at < this.#views.length) this.#count += 1;
      else if (this.#isBefore(view, distance, at - 1)) at -= 1;
      else return;
    }
    for (; at > 0 && this.#isBefore(view, distance, at - 1); at -= 1) {
      this.#views[at] = this.#views[at - 1]!;
      this.#distances[at] = this.#distances[at - 1]!;
    }
    this.#views[at] = view;
    this.#distances[at] = distance;
  }

  /** @returns as many as there are. */
  get views(): Float64Array {
    return this.#views.subarray(0, this.#count);
  }

  #isBefore(view: number, distance: number, at: number): boolean {
    const there = this.#distances[at]!;
    return distance < there || (distance === there && view < this.#views[at]!);
  }
}

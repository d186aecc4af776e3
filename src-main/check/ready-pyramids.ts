import type { View } from './head.ts';
import { Pyramid } from './pyramid.ts';

/** Views ready to be laid over others: so many, 70 kB each at most. */
export class ReadyPyramids {
  readonly #ready = new Map<number, Pyramid>();
  readonly #most: number;
  readonly #viewOf: (index: number) => View;

  constructor(most: number, viewOf: (index: number) => View) {
    this.#most = most;
    this.#viewOf = viewOf;
  }

  /** Once there are as many as may be, the one that was asked for the longest ago gives its memory to the next. */
  of(index: number): Pyramid {
    const known = this.#ready.get(index);
    if (known) {
      this.#ready.delete(index);
      this.#ready.set(index, known);
      return known;
    }
    const view = this.#viewOf(index);
    if (this.#ready.size < this.#most) {
      const made = new Pyramid(view);
      this.#ready.set(index, made);
      return made;
    }
    const [oldest, pyramid] = this.#ready.entries().next().value!;
    this.#ready.delete(oldest);
    pyramid.show(view);
    this.#ready.set(index, pyramid);
    return pyramid;
  }
}

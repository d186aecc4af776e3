import { randomFrom } from '../../../src-main/statistics/random.ts';

/** Random decisions, the same for the same seed. */
export class Chance {
  readonly #random: () => number;

  constructor(seed: number, name: string) {
    this.#random = randomFrom(seed, name);
  }

  /** True with this probability. */
  is(share: number): boolean {
    return this.#random() < share;
  }

  /** A number from 0, below `below`. */
  below(below: number): number {
    return Math.floor(this.#random() * below);
  }

  between(least: number, most: number): number {
    return least + this.#random() * (most - least);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

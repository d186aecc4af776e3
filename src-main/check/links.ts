/** Twins as found, and which pictures hang together by them. */
export class Links {
  readonly #parent: Uint32Array;
  readonly #twins = new Map<number, Set<number>>();

  constructor(pictures: number) {
    this.#parent = Uint32Array.from({ length: pictures }, (_, index) => index);
  }

  add(one: number, other: number): void {
    this.#parent[this.#root(one)] = this.#root(other);
    this.#of(one).add(other);
    this.#of(other).add(one);
  }

  areTogether(one: number, other: number): boolean {
    return this.#root(one) === this.#root(other);
  }

  twinsOf(index: number): ReadonlySet<number> {
    return this.#twins.get(index) ?? new Set();
  }

  /** Pictures that hang together by links, two at least, in rising order. */
  clusters(): number[][] {
    const clusters = new Map<number, number[]>();
    for (const index of [...this.#twins.keys()].sort((a, b) => a - b)) {
      const members = clusters.get(this.#root(index));
      if (members) members.push(index);
      else clusters.set(this.#root(index), [index]);
    }
    return [...clusters.values()];
  }

  #of(index: number): Set<number> {
    const twins = this.#twins.get(index) ?? new Set();
    this.#twins.set(index, twins);
    return twins;
  }

  #root(index: number): number {
    let root = index;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    for (let at = index; at !== root;) {
      const above = this.#parent[at]!;
      this.#parent[at] = root;
      at = above;
    }
    return root;
  }
}

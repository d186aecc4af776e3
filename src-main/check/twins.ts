import { align, prepare, type Fit, type Prepared } from './align.ts';
import { Forest } from './forest.ts';
import { SIGNATURE, signatures } from './signature.ts';

/** A picture to find twins of. */
export interface Picture {
  id: number;
  sha256: string;
  /** From `cutHead`; null for a picture with nothing in it, which only has exact twins. */
  head: Uint8Array | null;
}

/** Pictures of one scan. */
export interface TwinGroup {
  /** The picture that the others were laid over. */
  first: number;
  others: Twin[];
}

export interface Twin {
  id: number;
  /** Byte for byte the same file as the first; null says it is not and how the two fit. */
  fit: Fit | null;
}

export interface TwinsFound {
  /** Largest first. */
  groups: TwinGroup[];
  /** Pairs laid over each other, and how many of all pairs that would be possible. */
  compared: number;
}

/**
 * Whether pictures so laid over each other are of one scan. Chosen on twins made from real scans and on pairs looked
 * at, see docs/measurements.md.
 */
export const isTwin = ({ grey, detail, weakest, overlap }: Fit): boolean =>
  grey >= 0.9 && detail >= 0.87 && weakest >= 0.6 && overlap >= 0.65;

/** How many candidates in a row may turn out to be strangers before a picture's search ends. */
const PATIENCE = 4;
/** Most pictures kept ready to be laid over others: 45 kB each. */
const READY = 2000;

/**
 * Finds pictures that are one scan: the same bytes, or the same but for a flip, quarter turns, a rotation of up to
 * 10°, brightness, contrast, size, compression, or a tenth cropped off. A picture is compared with those few whose
 * signatures are nearest only, so the work grows little faster than their number. The answer does not depend on
 * chance: the trees are drawn from a fixed seed.
 * @param onProgress called now and then, pictures done of all. @param pause awaited now and then: lets others have
 *   the thread, and may throw to stop.
 */
export async function findTwins(
  pictures: readonly Picture[],
  onProgress?: (done: number, total: number) => void,
  pause: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve)),
): Promise<TwinsFound> {
  const copies = new Map<string, Picture[]>();
  for (const picture of pictures) {
    const same = copies.get(picture.sha256);
    if (same) same.push(picture);
    else copies.set(picture.sha256, [picture]);
  }
  const distinct = [...copies.values()].map((same) => same[0]!);
  const search = new Search(distinct.flatMap(({ head }) => (head ? [head] : [])));
  await search.run(onProgress, pause);
  const withHead = distinct.filter(({ head }) => head);
  const groups = [...search.groups()].map(({ first, others }): TwinGroup => {
    const [original, ...same] = copies.get(withHead[first]!.sha256)!;
    return {
      first: original!.id,
      others: [
        ...same.map(({ id }) => ({ id, fit: null })),
        ...others.flatMap(({ index, fit }) =>
          copies.get(withHead[index]!.sha256)!.map(({ id }) => ({ id, fit })),
        ),
      ],
    };
  });
  const grouped = new Set(groups.flatMap(({ first, others }) => [first, ...others.map(({ id }) => id)]));
  for (const [original, ...same] of copies.values())
    if (same.length > 0 && !grouped.has(original!.id))
      groups.push({ first: original!.id, others: same.map(({ id }) => ({ id, fit: null })) });
  groups.sort((a, b) => b.others.length - a.others.length || a.first - b.first);
  return { groups, compared: search.compared };
}

type Linked = { first: number; others: { index: number; fit: Fit }[] };

/** The search among pictures that are not the same file; they are called by their index. */
class Search {
  compared = 0;
  readonly #heads: readonly Uint8Array[];
  readonly #ready = new Map<number, Prepared>();
  readonly #parent: Uint32Array;
  /** Twins of each, as found. */
  readonly #links = new Map<number, Set<number>>();

  constructor(heads: readonly Uint8Array[]) {
    this.#heads = heads;
    this.#parent = Uint32Array.from({ length: heads.length }, (_, index) => index);
  }

  async run(onProgress: ((done: number, total: number) => void) | undefined, pause: () => Promise<void>) {
    const n = this.#heads.length;
    const points = new Float32Array(n * SIGNATURE);
    for (let index = 0; index < n; index += 1) {
      points.set(signatures(this.#heads[index]!).subarray(0, SIGNATURE), index * SIGNATURE);
      if (index % 256 === 0) await pause();
    }
    const forest = new Forest(points, SIGNATURE, 1);
    const strangers = new Set<number>();
    for (let index = 0; index < n; index += 1) {
      this.#search(index, forest, strangers);
      if (index % 16 === 0) {
        onProgress?.(index, n);
        await pause();
      }
    }
    onProgress?.(n, n);
  }

  #search(index: number, forest: Forest, strangers: Set<number>): void {
    const n = this.#heads.length;
    const near = new Map<number, number>();
    const probes = signatures(this.#heads[index]!);
    for (let from = 0; from < probes.length; from += SIGNATURE)
      forest.near(probes.subarray(from, from + SIGNATURE), near);
    near.delete(index);
    let missed = 0;
    for (const [candidate] of [...near].sort((a, b) => a[1] - b[1])) {
      const key = Math.min(index, candidate) * n + Math.max(index, candidate);
      if (this.#root(index) === this.#root(candidate)) missed = 0;
      else if (!strangers.has(key) && this.#fit(index, candidate)) {
        this.#link(index, candidate);
        missed = 0;
      } else {
        strangers.add(key);
        missed += 1;
        if (missed === PATIENCE) break;
      }
    }
  }

  /** How two lie over each other if they are twins, else null. */
  #fit(one: number, other: number): Fit | null {
    this.compared += 1;
    const fit = align(this.#prepared(one), this.#prepared(other));
    return fit && isTwin(fit) ? fit : null;
  }

  #prepared(index: number): Prepared {
    const known = this.#ready.get(index);
    if (known) return known;
    const made = prepare(this.#heads[index]!);
    this.#ready.set(index, made);
    if (this.#ready.size > READY) this.#ready.delete(this.#ready.keys().next().value!);
    return made;
  }

  #root(index: number): number {
    let root = index;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    this.#parent[index] = root;
    return root;
  }

  #link(one: number, other: number): void {
    this.#parent[this.#root(one)] = this.#root(other);
    this.#linksOf(one).add(other);
    this.#linksOf(other).add(one);
  }

  #linksOf(index: number): Set<number> {
    const links = this.#links.get(index) ?? new Set();
    this.#links.set(index, links);
    return links;
  }

  /**
   * Groups in which each picture is a twin of the first. Links alone would chain slice to slice through a head: the
   * pictures that hang together are laid over the one with most links, and those that do not fit it are grouped anew.
   */
  *groups(): Generator<Linked> {
    const hanging = new Map<number, number[]>();
    for (const index of this.#links.keys()) {
      const members = hanging.get(this.#root(index));
      if (members) members.push(index);
      else hanging.set(this.#root(index), [index]);
    }
    for (const members of hanging.values()) {
      let left = members.sort((a, b) => a - b);
      while (left.length > 1) {
        const first = left.reduce((most, index) =>
          this.#linksOf(index).size > this.#linksOf(most).size ? index : most,
        );
        const others = [];
        const rest = [];
        for (const index of left) {
          if (index === first) continue;
          const fit = this.#fit(first, index);
          if (fit) others.push({ index, fit });
          else rest.push(index);
        }
        if (others.length > 0) yield { first, others };
        for (const { index } of others) this.#linksOf(index).clear();
        left = rest;
      }
    }
  }
}

import { inverseOf } from './affine.ts';
import { align, isTwin, mayBeTwin, type Fit } from './align.ts';
import { discriminantOf, POINT, pointOf } from './discriminant.ts';
import { BEGIN, growTree, leafOf, type Tree } from './forest.ts';
import { MOST_VIEWS, viewPairs, type View } from './head.ts';
import { limited } from './limited.ts';
import { nearFit, type Near } from './near-fit.ts';
import { NearestViews } from './nearest-views.ts';
import { picturesOfViews, viewOn, type Shelf } from './pictures.ts';
import { ReadyPyramids } from './ready-pyramids.ts';
import { parts, SIGNATURE, signatureOf, smoothed, widerParts } from './signature.ts';

/** Views that a picture may be compared with. */
export const CANDIDATES = 32;
/**
 * Squared distance, in deviations of one scan, from which on two views are no candidates. Of made twins 99.9 % are nearer
 * than 160; those that people sharpened or cropped by more lie farther out.
 */
const FAR = 600;
/** Views that a thread keeps ready to be laid over others, at most: up to their limits, and as they are. */
const [READY, READY_PLAIN] = [600, 200];

/** What the threads of a search read and write; each writes in places of its own. */
export interface Shared extends Shelf {
  /** float32 [views, SIGNATURE]. */
  signatures: Float32Array;
  /** float32 [POINT, SIGNATURE]. */
  discriminant: Float32Array;
  /** float32 [views, POINT]. */
  points: Float32Array;
  /** uint32 [pictures, CANDIDATES]: nearest first, as `candidate` packs them; 0 where there are no more. */
  candidates: Uint32Array;
}

/** A piece of work; `from` and `to` are the first and one past the last. */
export type Task =
  | { kind: 'signatures' | 'points'; from: number; to: number }
  | { kind: 'discriminant' }
  | { kind: 'tree'; seed: number }
  | { kind: 'candidates'; from: number; to: number; trees: Tree[]; between?: Between | undefined }
  /** uint32 [n, 2]. */
  | { kind: PairTask; pairs: Uint32Array };

/**
 * Candidates are looked for in other parts alone: a number for each picture, 0 for none; which of them ask, and how many of the nearest are
 * meant, `CANDIDATES` at most.
 */
export type Between = { parts: Uint8Array; asking: Uint8Array; planted: number; most: number };

/**
 * Lays views, or all views of pictures, over each other; `linked` are pictures that a third one already links, `near` views
 * of which less is asked.
 */
export type PairTask = 'views' | 'pictures' | 'linked' | 'near';

/** Which pairs are twins, and how they fit. */
export type Fitting = { pair: number; fit: Fit }[];
export type Result = Tree | Fitting | null;

/** A view among candidates, and which view of the picture it is near to. */
export const candidate = (view: number, mine: number): number => MOST_VIEWS * view + mine + 1;
export const candidateView = (packed: number): number => Math.floor((packed - 1) / MOST_VIEWS);
export const candidateMine = (packed: number): number => (packed - 1) % MOST_VIEWS;

/** Work space: what is asked for. */
const signature = new Float32Array(SIGNATURE);
const point = new Float32Array(POINT);

/** Does the work of a search on what threads share. */
export class PairComparer {
  readonly #shared: Shared;
  readonly #limited: ReadyPyramids;
  readonly #plain: ReadyPyramids;
  /** Work space: squared distance of each view met in a query, in the query of that number. */
  readonly #distance: Float32Array;
  readonly #met: Uint32Array;
  #query = 0;
  /** Of each view its picture, once that is asked for. */
  #pictures: Uint32Array | null = null;

  constructor(shared: Shared) {
    this.#shared = shared;
    this.#limited = new ReadyPyramids(READY, (index) => this.#seen(index));
    this.#plain = new ReadyPyramids(READY_PLAIN, (index) => viewOn(shared, index));
    const views = shared.boxes.length / 4;
    this.#distance = new Float32Array(views);
    this.#met = new Uint32Array(views);
  }

  do(task: Task): Result {
    switch (task.kind) {
      case 'signatures':
        return this.#signatures(task.from, task.to);
      case 'discriminant':
        this.#shared.discriminant.set(
          discriminantOf(this.#shared.signatures, (index) => this.#seen(index).pixels),
        );
        return null;
      case 'points':
        return this.#points(task.from, task.to);
      case 'tree':
        return growTree(this.#shared.points, POINT, task.seed);
      case 'candidates':
        for (let picture = task.from; picture < task.to; picture += 1)
          if (task.between?.asking[picture] !== 0) this.#candidates(picture, task.trees, task.between);
        return null;
      case 'near':
        return this.#fitting(task.pairs, (one, other) => this.#fitNear(one, other));
      case 'views':
        return this.#fitting(task.pairs, (one, other) => this.#fit(one, other));
      case 'pictures':
      case 'linked':
        return this.#fitting(task.pairs, (one, other) =>
          this.#fitPictures(one, other, task.kind === 'linked' ? mayBeTwin : isTwin),
        );
    }
  }

  #signatures(from: number, to: number): null {
    for (let view = from; view < to; view += 1) {
      const signature = this.#shared.signatures.subarray(view * SIGNATURE, (view + 1) * SIGNATURE);
      signatureOf(smoothed(this.#seen(view).pixels), parts[0]!, signature);
    }
    return null;
  }

  #points(from: number, to: number): null {
    const { signatures, discriminant, points } = this.#shared;
    for (let view = from; view < to; view += 1)
      pointOf(
        signatures.subarray(view * SIGNATURE, (view + 1) * SIGNATURE),
        discriminant,
        points.subarray(view * POINT, (view + 1) * POINT),
      );
    return null;
  }

  /** Looks for all parts of a picture's views among the whole of others. */
  #candidates(picture: number, trees: readonly Tree[], between?: Between): void {
    const { firsts, candidates, discriminant } = this.#shared;
    const [first, end] = [firsts[picture]!, firsts[picture + 1]!];
    const found = new NearestViews(between?.most ?? CANDIDATES, FAR);
    const isMeant = (other: number) =>
      (other < first || other >= end) && (!between || this.#isAcross(picture, other, between));
    for (let view = first; view < end; view += 1) {
      const smooth = smoothed(this.#seen(view).pixels);
      const add = (other: number, distance: number) => {
        if (isMeant(other)) found.add(candidate(other, view - first), distance);
      };
      this.#query += 1;
      for (const part of between ? widerParts : parts) {
        signatureOf(smooth, part, signature);
        pointOf(signature, discriminant, point);
        for (const tree of trees) this.#measure(tree, found, add);
      }
    }
    candidates.set(found.views, picture * CANDIDATES);
  }

  #isAcross(picture: number, view: number, { parts, planted }: Between): boolean {
    this.#pictures ??= picturesOfViews(this.#shared);
    const part = parts[this.#pictures[view]!]!;
    return part !== 0 && part !== planted && part !== parts[picture];
  }

  /** Measures how far the points in a leaf of a tree are from `point`; `add` is told of those that are nearer than was known in this query. */
  #measure(tree: Tree, found: NearestViews, add: (view: number, distance: number) => void): void {
    const { points } = this.#shared;
    const [from, to] = leafOf(tree, point, 0, POINT);
    // Distances are told as float32: none may be lost to what is left away then.
    let far = found.limit * 1.000001;
    for (let i = from; i < to; i += 1) {
      let distance = 0;
      // The first numbers tell most: what is far by these alone need not be measured to the end.
      for (let k = 0; k < BEGIN; k += 1) {
        const difference = point[k]! - tree.begins[i * BEGIN + k]!;
        distance += difference * difference;
      }
      if (distance > far) continue;
      const view = tree.order[i]!;
      const at = view * POINT;
      for (let k = BEGIN; k < POINT && distance <= far; k += 1) {
        const difference = point[k]! - points[at + k]!;
        distance += difference * difference;
      }
      if (distance > far) continue;
      const isKnown = this.#met[view] === this.#query;
      const told = Math.fround(distance);
      if (isKnown && told >= this.#distance[view]!) continue;
      this.#met[view] = this.#query;
      this.#distance[view] = told;
      add(view, told);
      far = found.limit * 1.000001;
    }
  }

  #fitting(pairs: Uint32Array, fit: (one: number, other: number) => Fit | null): Fitting {
    const fitting: Fitting = [];
    for (let pair = 0; 2 * pair < pairs.length; pair += 1) {
      const found = fit(pairs[2 * pair]!, pairs[2 * pair + 1]!);
      if (found) fitting.push({ pair, fit: found });
    }
    return fitting;
  }

  /**
   * How two views lie over each other if they are twins, else null. One may find its way over the other where that does
   * not find it back: both are tried when it was close. @param again both are tried in any case.
   */
  #fit(one: number, other: number, holds = isTwin, again = false): Fit | null {
    const fit = align(this.#limited.of(one), this.#limited.of(other));
    if (fit && holds(fit)) return fit;
    if (!fit && !again) return null;
    const back = align(this.#limited.of(other), this.#limited.of(one));
    return back && holds(back) ? { ...back, affine: inverseOf(back.affine) } : null;
  }

  #fitNear(one: number, other: number): Fit | null {
    const { inner, limits } = this.#shared;
    const near = (index: number): Near => ({
      isInner: inner[index] === 1,
      limited: this.#limited.of(index),
      limit: limits[index]!,
      asItIs: () => (limits[index] === 255 ? this.#limited : this.#plain).of(index),
    });
    return nearFit(near(one), near(other));
  }

  #fitPictures(one: number, other: number, holds: typeof isTwin): Fit | null {
    const { firsts } = this.#shared;
    const [mine, its] = [firsts[one]!, firsts[other]!];
    for (const [view, of] of viewPairs(firsts[one + 1]! - mine, firsts[other + 1]! - its)) {
      const fit = this.#fit(mine + view, its + of, holds, true);
      if (fit) return fit;
    }
    return null;
  }

  /** A view without what is brighter than its limit. */
  #seen(index: number): View {
    return limited(viewOn(this.#shared, index), this.#shared.limits[index]!);
  }
}

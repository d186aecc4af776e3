import { POINT } from './discriminant.ts';
import type { Crew } from './twin-workers.ts';
import type { Tree } from './forest.ts';
import type { Links } from './links.ts';
import { picturesOfViews, type Shelf } from './pictures.ts';
import { SIGNATURE } from './signature.ts';
import {
  candidateMine,
  CANDIDATES,
  candidateView,
  type Between,
  type Fitting,
  type PairTask,
  type Shared,
  type Task,
} from './tasks.ts';

const TREES = 10;
/** Views, and pairs of them, in a task: some milliseconds. */
const [VIEWS, PAIRS] = [128, 64];
/** How many candidates in a row may turn out to be strangers before a picture's search ends. */
const PATIENCE = 8;

/** Room for what a search finds out about the views. */
export function sharedFor(shelf: Shelf): Shared {
  const [views, pictures] = [shelf.boxes.length / 4, shelf.firsts.length - 1];
  const floats = (length: number) => new Float32Array(new SharedArrayBuffer(4 * length));
  return {
    ...shelf,
    signatures: floats(views * SIGNATURE),
    discriminant: floats(POINT * SIGNATURE),
    points: floats(views * POINT),
    candidates: new Uint32Array(new SharedArrayBuffer(4 * pictures * CANDIDATES)),
  };
}

/** Finds for each picture those whose signatures are nearest. @param onProgress share done, 0 to 1. */
export async function findCandidates(
  shared: Shared,
  crew: Crew,
  onProgress: (share: number) => void,
): Promise<void> {
  const trees = await learn(shared, crew, (share) => onProgress(0.4 * share));
  await nearest(shared, crew, trees, (share) => onProgress(0.4 + 0.6 * share));
}

/** Describes each view, and learns of all what tells scans apart. @returns trees to find those near to one in. */
export async function learn(
  shared: Shared,
  crew: Crew,
  onProgress: (share: number) => void,
): Promise<Tree[]> {
  const views = shared.boxes.length / 4;
  const each = (kind: 'signatures' | 'points') => ranges(views).map((range): Task => ({ kind, ...range }));
  await crew.all(each('signatures'));
  await crew.all([{ kind: 'discriminant' }]);
  onProgress(0.5);
  await crew.all(each('points'));
  const trees = (await crew.all(
    Array.from({ length: TREES }, (_, seed): Task => ({ kind: 'tree', seed })),
  )) as Tree[];
  onProgress(1);
  return trees;
}

/** Candidates of each picture, in place of earlier ones. @param between only in other parts, and for those that ask. */
export async function nearest(
  shared: Shared,
  crew: Crew,
  trees: Tree[],
  onProgress: (share: number) => void,
  between?: Between,
): Promise<void> {
  shared.candidates.fill(0);
  const queries = ranges(shared.firsts.length - 1).map((range): Task => ({
    kind: 'candidates',
    ...range,
    trees,
    between,
  }));
  await crew.all(queries, (done) => onProgress(done / queries.length));
}

const ranges = (total: number): { from: number; to: number }[] =>
  Array.from({ length: Math.ceil(total / VIEWS) }, (_, i) => ({
    from: i * VIEWS,
    to: Math.min(total, (i + 1) * VIEWS),
  }));

/**
 * Compares pictures with their candidates and links those that are twins. In rounds, each with one candidate of every
 * picture whose search has not ended, so that what is found does not depend on which thread is done first.
 * @returns pairs compared.
 */
export async function linkTwins(
  shared: Shared,
  crew: Crew,
  links: Links,
  onProgress: (share: number) => void,
): Promise<number> {
  const search = new Rounds(shared, links);
  const pictures = shared.firsts.length - 1;
  let compared = 0;
  let waiting = Array.from({ length: pictures }, (_, index) => index);
  while (waiting.length > 0) {
    const proposed = search.propose(waiting);
    waiting = proposed.waiting;
    const { pairs } = proposed;
    const twins = await compareAll(crew, 'views', pairs, {
      onProgress: (done) => onProgress(1 - (waiting.length / pictures) * (1 - 0.3 * done)),
    });
    search.learn(pairs, twins);
    compared += pairs.length / 2;
  }
  return compared;
}

/**
 * Which of the pairs are twins, and how they fit, in the pairs' order. @param pairs uint32 [n, 2].
 * @param places of the views, near ones near to each other: what is compared one after the other is mostly ready then. As they come by default.
 */
export async function compareAll(
  crew: Crew,
  kind: PairTask,
  pairs: Uint32Array,
  { onProgress, places }: { onProgress?: (share: number) => void; places?: Uint32Array } = {},
): Promise<Fitting> {
  const order = places && inOrderOf(pairs, places);
  const sorted = order ? Uint32Array.from(pairs, (_, at) => pairs[2 * order[at >> 1]! + (at % 2)]!) : pairs;
  const tasks: Task[] = [];
  for (let from = 0; from < sorted.length; from += 2 * PAIRS)
    tasks.push({ kind, pairs: sorted.slice(from, from + 2 * PAIRS) });
  const results = await crew.all(tasks, (done) => onProgress?.(done / tasks.length));
  const found = results.flatMap((fitting, task) =>
    (fitting as Fitting).map(({ pair, fit }) => ({ pair: task * PAIRS + pair, fit })),
  );
  return order
    ? found.map(({ pair, fit }) => ({ pair: order[pair]!, fit })).sort((a, b) => a.pair - b.pair)
    : found;
}

/** Which pair comes first, second, …: by the lesser place of its views, then by the other. */
function inOrderOf(pairs: Uint32Array, places: Uint32Array): Uint32Array {
  const keys = Float64Array.from({ length: pairs.length / 2 }, (_, pair) => {
    const [one, other] = [places[pairs[2 * pair]!]!, places[pairs[2 * pair + 1]!]!];
    return Math.min(one, other) * places.length + Math.max(one, other);
  });
  return Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]!);
}

/** Of each view its place in a tree: near ones mostly lie near to each other. */
export function placesIn({ order }: Tree): Uint32Array {
  const places = new Uint32Array(order.length);
  order.forEach((view, place) => {
    places[view] = place;
  });
  return places;
}

/** Where each picture's search stands. */
class Rounds {
  readonly #shared: Shared;
  readonly #links: Links;
  readonly #pictureOf: Uint32Array;
  /** Pairs of views, as `#key` names them, that are no twins. */
  readonly #strangers = new Set<number>();
  readonly #position: Uint8Array;
  readonly #missed: Uint8Array;

  constructor(shared: Shared, links: Links) {
    this.#shared = shared;
    this.#links = links;
    const pictures = shared.firsts.length - 1;
    this.#pictureOf = picturesOfViews(shared);
    this.#position = new Uint8Array(pictures);
    this.#missed = new Uint8Array(pictures);
  }

  /** The next pair of each picture, each pair once. @returns the pictures whose search goes on; uint32 [n, 2] of views. */
  propose(pictures: readonly number[]): { waiting: number[]; pairs: Uint32Array } {
    const waiting: number[] = [];
    const keys = new Set<number>();
    for (const picture of pictures) {
      const key = this.#next(picture);
      if (key === null) continue;
      waiting.push(picture);
      keys.add(key);
    }
    const views = this.#pictureOf.length;
    const pairs = Uint32Array.from([...keys].flatMap((key) => [Math.floor(key / views), key % views]));
    return { waiting, pairs };
  }

  learn(pairs: Uint32Array, twins: Fitting): void {
    let next = 0;
    for (let pair = 0; 2 * pair < pairs.length; pair += 1) {
      const [one, other] = [pairs[2 * pair]!, pairs[2 * pair + 1]!];
      if (twins[next]?.pair === pair) {
        next += 1;
        this.#links.add(this.#pictureOf[one]!, this.#pictureOf[other]!);
      } else this.#strangers.add(this.#key(one, other));
    }
  }

  /** The pair of a picture and its first candidate of which nothing is known yet; null when its search has ended. */
  #next(picture: number): number | null {
    const { candidates, firsts } = this.#shared;
    while (this.#position[picture]! < CANDIDATES && this.#missed[picture]! < PATIENCE) {
      const packed = candidates[picture * CANDIDATES + this.#position[picture]!]!;
      if (packed === 0) return null;
      const view = candidateView(packed);
      const key = this.#key(firsts[picture]! + candidateMine(packed), view);
      if (this.#links.areTogether(picture, this.#pictureOf[view]!)) this.#missed[picture] = 0;
      else if (this.#strangers.has(key)) this.#missed[picture]! += 1;
      else return key;
      this.#position[picture]! += 1;
    }
    return null;
  }

  #key(one: number, other: number): number {
    return Math.min(one, other) * this.#pictureOf.length + Math.max(one, other);
  }
}

import type { TwinLink } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import type { Dataset, ImageRecord } from '../contract/records.ts';
import { DERIVED_AT_ONCE } from '../import/derived.ts';
import { inOrder } from '../images/in-order.ts';
import type { Registry } from '../registry/registry.ts';
import { randomFrom } from '../statistics/random.ts';
import { alteredSquare } from './alter-square.ts';
import type { Fit } from './align.ts';
import { changeOf } from './change.ts';
import { byContents, pictureOf } from './check-handlers.ts';
import type { Tree } from './forest.ts';
import { widerViewsOf } from './head.ts';
import { limitOf } from './limited.ts';
import { Pictures, picturesOfViews } from './pictures.ts';
import { linksThatHold, scansOf, type Evidence } from './scan-groups.ts';
import { compareAll, learn, nearest, placesIn, sharedFor } from './search.ts';
import { candidateMine, CANDIDATES, candidateView, type Shared } from './tasks.ts';
import { threadsFor, TwinWorkers, type Crew } from './twin-workers.ts';

/** What a search between the parts of a split came to. */
export interface AcrossParts {
  /** Pairs laid over each other, but those that were in an earlier search already. */
  compared: number;
  /** Of images in different parts that are likely one scan, and that nobody has said are not. */
  links: TwinLink[];
  /** Altered copies of images of one part that were put among those of another, and those of them that were found. */
  planted: number;
  recovered: number;
}

export interface AcrossOptions {
  registry: Registry;
  dataset: Dataset;
  evidence: Evidence;
  /** Share of the preparation that is done, 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface Parted {
  evidence: Evidence;
  /** Image id → number of its part, 1 to 200; images that are not there are left out. */
  partOf: ReadonlyMap<number, number>;
  /** Whether the images of a part are looked for in all others; those of the rest are only found. */
  asks: (part: number) => boolean;
  /** Share of this search that is done, 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
}

/** One way of looking at all views: a search of its own for those that are near. */
type Net = { shared: Shared; crew: Crew; trees: Tree[] };

/** Views that a picture is laid over in each net. */
const NEAREST = 20;
/** Copies that are planted at most. */
const PLANTED = 120;
/** The part of planted copies: they ask, and are not found. */
const PLANT = 255;

/**
 * Looks for one scan in two parts of a split, by a wider net than the search for twins: each image is laid over all that are
 * nearest in other parts, without end after so many strangers, and less alike is enough (`isLikelyTwin`); its head is also
 * looked for without text and lines across it (`widerViewsOf`), and compared where nothing lies over it (`nearFit`). Which are nearest
 * is told twice, by views as they are and by views without what is brighter than most of a head (`limitOf`): bright text makes the one
 * another picture, a head that is dark inside the other. What it would find is measured beside it on altered copies of the dataset's own images. Pictures are read and learnt once, and a pair
 * is compared once, however often parts are drawn.
 */
export class AcrossSearch {
  readonly #copies: readonly (readonly number[])[];
  /** Of each planted copy, by its picture: the picture that it was made of. */
  readonly #sourceOf: ReadonlyMap<number, number>;
  readonly #nets: readonly Net[];
  readonly #crew: TwinWorkers;
  readonly #pictureOf: Uint32Array;
  /** Pairs of views that were laid over each other, as `#key` names them, rising; and of those that are alike how they fit. */
  #compared = new Float64Array(0);
  readonly #fits = new Map<number, Fit>();

  private constructor({
    copies,
    sourceOf,
    nets,
    crew,
  }: {
    copies: readonly (readonly number[])[];
    sourceOf: ReadonlyMap<number, number>;
    nets: readonly Net[];
    crew: TwinWorkers;
  }) {
    this.#copies = copies;
    this.#sourceOf = sourceOf;
    this.#nets = nets;
    this.#crew = crew;
    this.#pictureOf = picturesOfViews(nets[0]!.shared);
  }

  /** @throws FalxError `cancelled`, now and of what it is asked later. */
  static async open({
    registry,
    dataset,
    evidence,
    onProgress,
    signal,
  }: AcrossOptions): Promise<AcrossSearch> {
    const stop = () => {
      if (signal?.aborted) throw new FalxError('checkCancelled', { dataset: dataset.id });
    };
    const images = byContents(registry.images.list(dataset.id).filter(({ id }) => !evidence.dropped.has(id)));
    const pictures = new Pictures(widerViewsOf, limitOf);
    const sources = planting(images);
    const planted: { source: number; grey: Uint8Array }[] = [];
    let done = 0;
    for await (const read of inOrder(images, DERIVED_AT_ONCE, (image) =>
      pictureOf(registry, dataset, image),
    )) {
      stop();
      onProgress?.((0.6 * (done += 1)) / images.length);
      if ('reason' in read) continue;
      const before = pictures.copies.length;
      pictures.add(read.id, read.sha256, read.grey);
      // A copy of a file that is there already lies in its part: exact duplicates are never parted.
      if (pictures.copies.length > before && sources.has(read.id))
        planted.push({ source: before, grey: alteredSquare(read.grey, randomFrom(7, read.sha256)) });
    }
    const sourceOf = new Map<number, number>();
    for (const { source, grey } of planted) {
      sourceOf.set(pictures.copies.length, source);
      pictures.add(-1 - source, `planted ${source}`, grey);
    }
    const shelf = pictures.shelf();
    const searches = [shelf, { ...shelf, limits: new Uint8Array(shelf.limits.length).fill(255) }].map(
      sharedFor,
    );
    const crew = new TwinWorkers(searches, threadsFor(pictures.copies.length), () =>
      new Promise<void>((resolve) => setImmediate(resolve)).then(stop),
    );
    const nets = searches.map((shared, at): Net => ({ shared, crew: crew.of(at), trees: [] }));
    const search = new AcrossSearch({ copies: pictures.copies, sourceOf, nets, crew });
    try {
      if (hasPairs(shelf))
        for (const [at, net] of nets.entries())
          net.trees = await learn(net.shared, net.crew, (share) => onProgress?.(0.6 + 0.2 * (at + share)));
      return search;
    } catch (error) {
      await search.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#crew.close();
  }

  /** @throws FalxError `cancelled`. */
  async between({ evidence, partOf, asks, onProgress }: Parted): Promise<AcrossParts> {
    if (!hasPairs(this.#nets[0]!.shared)) return { compared: 0, links: [], planted: 0, recovered: 0 };
    const parts = Uint8Array.from(this.#copies, (ids, picture) =>
      this.#sourceOf.has(picture) ? PLANT : (ids.map((id) => partOf.get(id)).find(Boolean) ?? 0),
    );
    const asking = parts.map((part) => Number(part === PLANT || (part > 0 && asks(part))));
    for (const [at, { shared, crew, trees }] of this.#nets.entries())
      await nearest(shared, crew, trees, (share) => onProgress?.(0.2 * (at + share)), {
        ...{ parts, asking },
        ...{ planted: PLANT, most: NEAREST },
      });
    const proposed = this.#proposed();
    const compared = await this.#compare(proposed, (share) => onProgress?.(0.4 + 0.6 * share));
    const scans = scansOf(evidence);
    const scanOf = (picture: number) => scans[evidence.places.get(this.#copies[picture]![0]!)!];
    const recovered = new Set<number>();
    const links: TwinLink[] = [];
    for (const { one, other, fit } of this.#alike(proposed)) {
      // Planted copies come after all others.
      const source = this.#sourceOf.get(other);
      if (source === undefined) links.push(linkOf(this.#copies[one]![0]!, this.#copies[other]![0]!, fit));
      else if (scanOf(source) === scanOf(one)) recovered.add(other);
    }
    return {
      compared,
      links: linksThatHold({ ...evidence, links }),
      planted: this.#sourceOf.size,
      recovered: recovered.size,
    };
  }

  /** The nearest of all pictures in each net as pairs of views, each once, rising. */
  #proposed(): Float64Array {
    const keys: number[] = [];
    for (const { firsts, candidates } of this.#nets.map(({ shared }) => shared))
      for (let place = 0; place < candidates.length; place += 1) {
        const packed = candidates[place]!;
        if (packed === 0) continue;
        const picture = Math.floor(place / CANDIDATES);
        keys.push(this.#key(firsts[picture]! + candidateMine(packed), candidateView(packed)));
      }
    return distinct(Float64Array.from(keys).sort());
  }

  /** Lays those over each other that were not yet. @returns how many. */
  async #compare(keys: Float64Array, onProgress: (share: number) => void): Promise<number> {
    const anew = without(keys, this.#compared);
    const views = Uint32Array.from({ length: 2 * anew.length }, (_, at) => {
      const [one, other] = this.#views(anew[at >> 1]!);
      return at % 2 === 0 ? one : other;
    });
    const [{ crew, trees }] = this.#nets as readonly [Net, Net];
    const found = await compareAll(crew, 'near', views, { onProgress, places: placesIn(trees[0]!) });
    for (const { pair, fit } of found) this.#fits.set(anew[pair]!, fit);
    const all = new Float64Array(this.#compared.length + anew.length);
    all.set(this.#compared);
    all.set(anew, this.#compared.length);
    this.#compared = all.sort();
    return anew.length;
  }

  /** Pictures of which views are alike, with how the best of these fit. */
  #alike(keys: Float64Array): Iterable<{ one: number; other: number; fit: Fit }> {
    const best = new Map<number, { one: number; other: number; fit: Fit }>();
    for (const key of keys) {
      const fit = this.#fits.get(key);
      if (!fit) continue;
      const [one, other] = this.#views(key).map((view) => this.#pictureOf[view]!) as [number, number];
      const pair = one * this.#copies.length + other;
      if ((best.get(pair)?.fit.detail ?? -1) < fit.detail) best.set(pair, { one, other, fit });
    }
    return best.values();
  }

  /** A pair of views, the first one first: those of a picture come before those of the next. */
  #key(one: number, other: number): number {
    return Math.min(one, other) * this.#pictureOf.length + Math.max(one, other);
  }

  #views(key: number): [number, number] {
    const views = this.#pictureOf.length;
    return [Math.floor(key / views), key % views];
  }
}

/** Whether there is anything to be laid over anything. */
const hasPairs = ({ boxes }: Pick<Shared, 'boxes'>): boolean => boxes.length > 4;

/** Images that copies are made of, evenly drawn. */
function planting(images: readonly ImageRecord[]): Set<number> {
  const count = Math.min(PLANTED, images.length);
  return new Set(
    Array.from({ length: count }, (_, k) => images[Math.floor((k * images.length) / count)]!.id),
  );
}

/** @param sorted rising. */
function distinct(sorted: Float64Array): Float64Array {
  let count = 0;
  for (let at = 0; at < sorted.length; at += 1)
    if (at === 0 || sorted[at] !== sorted[at - 1]) sorted[count++] = sorted[at]!;
  return sorted.subarray(0, count);
}

/** Those that are not among others, both rising. */
function without(all: Float64Array, others: Float64Array): Float64Array {
  let at = 0;
  return all.filter((one) => {
    while (at < others.length && others[at]! < one) at += 1;
    return others[at] !== one;
  });
}

const linkOf = (firstId: number, otherId: number, fit: Fit): TwinLink => ({
  firstId,
  otherId,
  correlation: fit.grey,
  detail: fit.detail,
  change: changeOf(fit),
});

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
import { Pictures, picturesOfViews } from './pictures.ts';
import { linksThatHold, scansOf, type Evidence } from './scan-groups.ts';
import { compareAll, findCandidates, sharedFor } from './search.ts';
import { candidateMine, CANDIDATES, candidateView, type Shared } from './tasks.ts';
import { threadsFor, TwinWorkers } from './twin-workers.ts';

/** What a search between the parts of a split came to. */
export interface AcrossParts {
  /** Pairs of pictures laid over each other. */
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
  /** Image id → number of its part, 1 to 200; images that are not there are left out. */
  partOf: ReadonlyMap<number, number>;
  /** Whether the images of a part are looked for in all others; those of the rest are only found. */
  asks: (part: number) => boolean;
  onProgress?: ((done: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Copies that are planted at most. */
const PLANTED = 120;
/** The part of planted copies: they ask, and are not found. */
const PLANT = 255;

/**
 * Looks for one scan in two parts of a split, by a wider net than the search for twins: each image is laid over all that are
 * nearest in other parts, without end after so many strangers, and less alike is enough (`isLikelyTwin`). What it would find
 * is measured beside it on altered copies of the dataset's own images.
 * @throws FalxError `cancelled`.
 */
export async function searchAcross(options: AcrossOptions): Promise<AcrossParts> {
  const { registry, dataset, evidence, partOf, asks, onProgress, signal } = options;
  const stop = () => {
    if (signal?.aborted) throw new FalxError('checkCancelled', { dataset: dataset.id });
  };
  const images = byContents(
    registry.images.list(dataset.id).filter(({ id }) => partOf.has(id) && !evidence.dropped.has(id)),
  );
  const total = 2 * images.length;
  const pictures = new Pictures();
  const parts: number[] = [];
  const sources = planting(images, ({ id }) => asks(partOf.get(id)!));
  const planted: { source: number; grey: Uint8Array }[] = [];
  let done = 0;
  for await (const read of inOrder(images, DERIVED_AT_ONCE, (image) => pictureOf(registry, dataset, image))) {
    stop();
    onProgress?.((done += 1), total);
    if ('reason' in read) continue;
    pictures.add(read.id, read.sha256, read.grey);
    // A copy of a file that is there already lies in its part: exact duplicates are never parted.
    if (parts.length === pictures.copies.length) continue;
    parts.push(partOf.get(read.id)!);
    if (sources.has(read.id))
      planted.push({
        source: pictures.copies.length - 1,
        grey: alteredSquare(read.grey, randomFrom(7, read.sha256)),
      });
  }
  const sourceOf = new Map<number, number>();
  for (const { source, grey } of planted) {
    sourceOf.set(pictures.copies.length, source);
    pictures.add(-1 - source, `planted ${source}`, grey);
    parts.push(PLANT);
  }
  const asking = parts.map((part) => part === PLANT || asks(part));
  const shared = sharedFor(pictures.shelf());
  const crew = new TwinWorkers(shared, threadsFor(parts.length), () =>
    new Promise<void>((resolve) => setImmediate(resolve)).then(stop),
  );
  try {
    if (shared.boxes.length <= 4) return { compared: 0, links: [], planted: 0, recovered: 0 };
    const told = (share: number) => onProgress?.(Math.round((total / 2) * (1 + share)), total);
    await findCandidates(shared, crew, (share) => told(0.4 * share), {
      parts: Uint8Array.from(parts),
      planted: PLANT,
      asking: Uint8Array.from(asking, Number),
    });
    const pairs = proposed(shared);
    const found = await compareAll(crew, 'near', pairs.views, (share) => told(0.4 + 0.6 * share));
    const best = new Map<number, { one: number; other: number; fit: Fit }>();
    for (const { pair, fit } of found) {
      const [one, other] = [pairs.pictures[2 * pair]!, pairs.pictures[2 * pair + 1]!];
      const key = Math.min(one, other) * parts.length + Math.max(one, other);
      if ((best.get(key)?.fit.detail ?? -1) < fit.detail) best.set(key, { one, other, fit });
    }
    const scans = scansOf(evidence);
    const scanOf = (picture: number) => scans[evidence.places.get(pictures.copies[picture]![0]!)!];
    const recovered = new Set<number>();
    const links: TwinLink[] = [];
    for (const { one, other, fit } of best.values()) {
      const source = sourceOf.get(one);
      if (source === undefined)
        links.push(linkOf(pictures.copies[one]![0]!, pictures.copies[other]![0]!, fit));
      else if (scanOf(source) === scanOf(other)) recovered.add(one);
    }
    return {
      compared: pairs.views.length / 2,
      links: linksThatHold({ ...evidence, links }),
      planted: planted.length,
      recovered: recovered.size,
    };
  } finally {
    await crew.close();
  }
}

/** Images that copies are made of, evenly drawn from the parts that do not ask; from all, where all do. */
function planting(images: readonly ImageRecord[], asks: (image: ImageRecord) => boolean): Set<number> {
  const found = images.filter((image) => !asks(image));
  const from = found.length > 0 ? found : images;
  const count = Math.min(PLANTED, from.length);
  return new Set(Array.from({ length: count }, (_, k) => from[Math.floor((k * from.length) / count)]!.id));
}

/** All candidates of all pictures, nearest first; pairs of views and of the pictures these are of. */
function proposed(shared: Shared): { views: Uint32Array; pictures: Uint32Array } {
  const { firsts, candidates } = shared;
  const pictureOf = picturesOfViews(shared);
  const [views, pictures]: [number[], number[]] = [[], []];
  const met = new Set<number>();
  for (let place = 0; place < candidates.length; place += 1) {
    const packed = candidates[place]!;
    if (packed === 0) continue;
    const picture = Math.floor(place / CANDIDATES);
    const [one, other] = [firsts[picture]! + candidateMine(packed), candidateView(packed)];
    const key = Math.min(one, other) * pictureOf.length + Math.max(one, other);
    if (met.has(key)) continue;
    met.add(key);
    views.push(one, other);
    pictures.push(picture, pictureOf[other]!);
  }
  return { views: Uint32Array.from(views), pictures: Uint32Array.from(pictures) };
}

const linkOf = (firstId: number, otherId: number, fit: Fit): TwinLink => ({
  firstId,
  otherId,
  correlation: fit.grey,
  detail: fit.detail,
  change: changeOf(fit),
});

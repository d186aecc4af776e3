import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { align, type Fit } from '../../src-main/check/align.ts';
import { TwinWorkers } from '../../src-main/check/twin-workers.ts';
import { SQUARE, viewsOf } from '../../src-main/check/head.ts';
import { Pictures, viewOn } from '../../src-main/check/pictures.ts';
import { Pyramid } from '../../src-main/check/pyramid.ts';
import { findCandidates, sharedFor } from '../../src-main/check/search.ts';
import { CANDIDATES, candidateMine, candidateView } from '../../src-main/check/tasks.ts';
import { findTwins } from '../../src-main/check/twins.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import { altered, greyOf, squareOf } from './check-fixtures.ts';

const data = path.join(import.meta.dirname, '../../../shared/data');

/** Files of a dataset's two classes, relative to shared/data. */
function filesOf(dataset: string): string[] {
  return readdirSync(path.join(data, dataset), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(path.join(data, dataset, name)).map((file) => `${dataset}/${name}/${file}`),
    )
    .sort();
}

/**
 * Distinct scans of each dataset: one of each group that the search finds over all of them, preferably the first
 * dataset's. Pairs that the search itself misses or wrongly joins here must be judged by eye: see `sample-pairs.ts`.
 */
export async function distinctScans(datasets: readonly string[]): Promise<string[][]> {
  const files = datasets.flatMap(filesOf);
  const pictures = new Pictures();
  for (const [index, file] of files.entries()) {
    const square = await squareOf(await greyOf(path.join(data, file)), SQUARE);
    pictures.add(index, sha256Of(readFileSync(path.join(data, file))), square);
  }
  const { groups } = await findTwins(pictures);
  const left = new Set<number>();
  for (const { first, others } of groups) {
    const [, ...rest] = [first, ...others.map(({ id }) => id)].sort((a, b) => a - b);
    for (const id of rest) left.add(id);
  }
  const scans = files.filter((_, index) => !left.has(index));
  return datasets.map((dataset) => scans.filter((file) => file.startsWith(`${dataset}/`)));
}

/** Counts with their totals. */
export interface Count {
  right: number;
  of: number;
}

export interface Found {
  /** Twins found in one group with their scan, by how they were made. */
  recall: Map<string, Count>;
  /** Pictures that were grouped with a picture of the same scan. */
  precision: Count;
  /** Files of different scans that were called twins. */
  wrong: string[];
}

/** Searches for twins among scans and twins made of them. @param hows keys of `alterations` for the scan of that index. */
export async function findMade(
  scans: readonly string[],
  hows: (scan: number) => readonly string[],
): Promise<Found> {
  const pictures = new Pictures();
  const made: { scan: number; how: string }[] = [];
  for (const [scan, file] of scans.entries()) {
    const grey = await greyOf(path.join(data, file));
    const add = (how: string, square: Uint8Array) => {
      pictures.add(made.length, String(made.length), square);
      made.push({ scan, how });
    };
    add('', await squareOf(grey, SQUARE));
    for (const how of hows(scan)) add(how, await squareOf(await altered(grey, how, 7, file), SQUARE));
  }
  const { groups } = await findTwins(pictures);
  const groupOf = new Map<number, number>();
  const precision: Count = { right: 0, of: 0 };
  const wrong = new Set<string>();
  groups.forEach(({ first, others }, number) => {
    // Groups that share a picture are merged.
    const joined = [first, ...others.map(({ id }) => id)].flatMap((id) => groupOf.get(id) ?? []);
    for (const [id, group] of groupOf) if (joined.includes(group)) groupOf.set(id, number);
    groupOf.set(first, number);
    for (const { id } of others) {
      groupOf.set(id, number);
      precision.of += 1;
      if (made[id]!.scan === made[first]!.scan) precision.right += 1;
      else wrong.add([scans[made[first]!.scan]!, scans[made[id]!.scan]!].toSorted().join(' | '));
    }
  });
  const recall = new Map<string, Count>();
  let original = 0;
  made.forEach(({ how }, id) => {
    if (how === '') original = id;
    else {
      const count = recall.get(how) ?? { right: 0, of: 0 };
      recall.set(how, count);
      count.of += 1;
      if (groupOf.has(id) && groupOf.get(id) === groupOf.get(original)) count.right += 1;
    }
  });
  return { recall, precision, wrong: [...wrong] };
}

/** Sums counts. */
export function total(counts: Iterable<Count>): Count {
  const sum = { right: 0, of: 0 };
  for (const { right, of } of counts) {
    sum.right += right;
    sum.of += of;
  }
  return sum;
}

/** How well twins made of scans align with these, by the best of their views; and scans with those most similar to them. */
export async function fitsOf(
  scans: readonly string[],
  how: (scan: number) => string,
): Promise<{ twins: (Fit | null)[]; strangers: Fit[] }> {
  const pictures = new Pictures();
  const twins: (Fit | null)[] = [];
  for (const [scan, file] of scans.entries()) {
    const grey = await greyOf(path.join(data, file));
    const [one, other] = [grey, await altered(grey, how(scan), 11, file)];
    const [mine, its] = [await squareOf(one, SQUARE), await squareOf(other, SQUARE)];
    pictures.add(scan, file, mine);
    const fits = viewsOf(mine).flatMap((view) =>
      viewsOf(its).map((of) => align(new Pyramid(view), new Pyramid(of))),
    );
    twins.push(fits.reduce((best, fit) => (!best || (fit && fit.detail > best.detail) ? fit : best), null));
  }
  const shared = sharedFor(pictures.shelf());
  const crew = new TwinWorkers([shared], 0, () => Promise.resolve());
  await findCandidates(shared, crew, () => undefined);
  const strangers: Fit[] = [];
  for (let picture = 0; picture < scans.length; picture += 1)
    for (let place = 0; place < 8; place += 1) {
      const packed = shared.candidates[picture * CANDIDATES + place]!;
      if (packed === 0) break;
      const mine = new Pyramid(viewOn(shared, shared.firsts[picture]! + candidateMine(packed)));
      const fit = align(mine, new Pyramid(viewOn(shared, candidateView(packed))));
      if (fit) strangers.push(fit);
    }
  return { twins, strangers };
}

import { FalxError } from '../../contract/errors.ts';
import type { Dataset, ImageRecord } from '../../contract/records.ts';
import { randomFrom, shuffled } from '../../statistics/random.ts';
import { inOrder } from '../../images/in-order.ts';
import { derivativeOf, DERIVED_AT_ONCE } from '../../import/derived.ts';
import type { Registry } from '../../registry/registry.ts';
import { featuresFrom, type Features } from './features.ts';

/** An image, the number of its group, and what was measured of it. */
export interface Row {
  image: ImageRecord;
  group: number;
  features: Features;
}

/** More of one group, or more groups, would only take longer. */
const MOST_OF_GROUP = 8;
const MOST_GROUPS = 8000;

/**
 * The images that are measured: all of them, or of a large dataset as many as tell enough, drawn from the seed.
 * @param labels the group of each image, in the same order.
 * @returns places of images, groups together.
 */
export function chosen(labels: ArrayLike<number>, places: readonly number[], seed: number): number[] {
  const random = randomFrom(seed, 'sample');
  const groups = new Map<number, number[]>();
  for (const place of places) {
    const group = groups.get(labels[place]!);
    if (group) group.push(place);
    else groups.set(labels[place]!, [place]);
  }
  return some([...groups.values()], MOST_GROUPS, random).flatMap((group) =>
    some(group, MOST_OF_GROUP, random),
  );
}

/** Some of a list, at random, in its order. */
function some<T>(all: readonly T[], most: number, random: () => number): readonly T[] {
  if (all.length <= most) return all;
  return shuffled(all.length, random)
    .slice(0, most)
    .sort((a, b) => a - b)
    .map((at) => all[at]!);
}

/** What was measured of images at the import; those that can't be read any more are left out: the check names them. */
export async function readRows(
  registry: Registry,
  dataset: Dataset,
  images: readonly { image: ImageRecord; group: number }[],
  onRead: (done: number) => void,
): Promise<Row[]> {
  const rows: Row[] = [];
  let done = 0;
  for await (const row of inOrder(images, DERIVED_AT_ONCE, (one) => readRow(registry, dataset, one))) {
    if (row) rows.push(row);
    onRead(++done);
  }
  return rows;
}

async function readRow(
  registry: Registry,
  dataset: Dataset,
  { image, group }: { image: ImageRecord; group: number },
): Promise<Row | null> {
  try {
    const { measures } = await derivativeOf(registry, dataset, image);
    // The bytes of a file with several pictures are not those of one of them.
    const bytes = image.frame === null ? image.bytes : 0;
    return { image, group, features: featuresFrom(measures, { ...image, bytes }) };
  } catch (error) {
    if (error instanceof FalxError) return null;
    throw error;
  }
}

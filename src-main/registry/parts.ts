import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { Part, partNames } from '../contract/records.ts';
import type { PartCounts } from '../contract/views.ts';
import type { Query } from './counts.ts';

export const ImagePart = z.object({ imageId: z.int(), part: Part });
export type ImagePart = z.infer<typeof ImagePart>;

/** A split's part as it is stored: its images together, and how many each class has. */
export const PartRow = z.object({
  part: Part,
  classes: z.record(z.string(), z.int()),
  /** Rising. */
  imageIds: z.array(z.int()),
});
export type PartRow = z.infer<typeof PartRow>;

/** As it goes into the table: made beforehand, so that storing several large splits as one takes no longer than the disk. */
export interface StoredPart {
  part: Part;
  classes: string;
  imageIds: string;
}

export function storedPart(row: PartRow): StoredPart {
  const { part, classes, imageIds } = PartRow.parse(row);
  return { part, classes: JSON.stringify(classes), imageIds: JSON.stringify(imageIds) };
}

/** The parts that images lie in, one by one. */
export function partRows(query: Query, images: readonly ImagePart[]): PartRow[] {
  return partNames.map((part) => {
    const imageIds = images.flatMap((image) => (image.part === part ? [image.imageId] : []));
    imageIds.sort((a, b) => a - b);
    return { part, imageIds, classes: counted(query, imageIds) };
  });
}

function counted(query: Query, imageIds: readonly number[]): Record<string, number> {
  const rows = query(
    `SELECT className, count(*) AS count FROM json_each(?) JOIN images ON images.id = value GROUP BY className`,
    JSON.stringify(imageIds),
  ).map((row) => z.object({ className: z.string(), count: z.int() }).parse(row));
  if (rows.reduce((sum, { count }) => sum + count, 0) !== imageIds.length)
    throw new FalxError('registry', 'A split names an image that is not there. Split the dataset again.', {
      imageIds: imageIds.slice(0, 100),
    });
  return Object.fromEntries(rows.map(({ className, count }) => [className, count]));
}

/** Images of each part of a split by class; parts and classes without images are there with 0. */
export function partCounts(rows: readonly Pick<PartRow, 'part' | 'classes'>[], classes: readonly string[]) {
  const of = (part: Part) => rows.find((row) => row.part === part)?.classes;
  const entries = partNames.map((part) => [
    part,
    Object.fromEntries(classes.map((name) => [name, of(part)?.[name] ?? 0])),
  ]);
  return Object.fromEntries(entries) as PartCounts;
}

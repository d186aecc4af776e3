import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { Part, partNames } from '../contract/records.ts';
import type { PartCounts } from '../contract/views.ts';
import type { Query } from './counts.ts';
import { parsed, type RegistryDatabase } from './database.ts';
import type { Datasets } from './datasets.ts';
import type { Splits } from './splits.ts';

export const ImagePart = z.object({ imageId: z.int(), part: Part });
export type ImagePart = z.infer<typeof ImagePart>;

/** Which images are in which set of a split. */
export class Parts {
  readonly #db: RegistryDatabase;
  readonly #datasets: Datasets;
  readonly #splits: Splits;

  constructor(db: RegistryDatabase, datasets: Datasets, splits: Splits) {
    this.#db = db;
    this.#datasets = datasets;
    this.#splits = splits;
  }

  /** In image id order. */
  list(splitId: string): ImagePart[] {
    return this.#rows(splitId, 'part, classes, imageIds')
      .flatMap(({ part, imageIds }) => imageIds.map((imageId) => ({ imageId, part })))
      .sort((a, b) => a.imageId - b.imageId);
  }

  /** Images of each set by class. @throws FalxError `not-found` */
  counts(splitId: string): PartCounts {
    const { classes } = this.#datasets.get(this.#splits.get(splitId).datasetId);
    return partCounts(this.#rows(splitId, `part, classes, '[]' AS imageIds`), classes);
  }

  #rows(splitId: string, columns: string): PartRow[] {
    return this.#db
      .query(`SELECT ${columns} FROM parts WHERE splitId = ?`, splitId)
      .map((row) =>
        this.#db.read(
          PartRow,
          { ...row, classes: parsed(row['classes']), imageIds: parsed(row['imageIds']) },
          'parts',
        ),
      );
  }
}

/** A set of a split as stored: its images, and how many each class has. */
export const PartRow = z.object({
  part: Part,
  classes: z.record(z.string(), z.int()),
  /** Ascending. */
  imageIds: z.array(z.int()),
});
export type PartRow = z.infer<typeof PartRow>;

/**
 * As written to the table: prepared beforehand, so that storing several large splits in one transaction takes no longer than the
 * disk.
 */
export interface StoredPart {
  part: Part;
  classes: string;
  imageIds: string;
}

export function storedPart(row: PartRow): StoredPart {
  const { part, classes, imageIds } = PartRow.parse(row);
  return { part, classes: JSON.stringify(classes), imageIds: JSON.stringify(imageIds) };
}

/** Groups images by their set. */
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
    throw new FalxError('splitImageGone', { imageIds: imageIds.slice(0, 100) });
  return Object.fromEntries(rows.map(({ className, count }) => [className, count]));
}

/** Images of each set of a split by class; sets and classes without images have 0. */
export function partCounts(rows: readonly Pick<PartRow, 'part' | 'classes'>[], classes: readonly string[]) {
  const of = (part: Part) => rows.find((row) => row.part === part)?.classes;
  const entries = partNames.map((part) => [
    part,
    Object.fromEntries(classes.map((name) => [name, of(part)?.[name] ?? 0])),
  ]);
  return Object.fromEntries(entries) as PartCounts;
}

import { FalxError } from '../contract/errors.ts';
import { ImageRecord } from '../contract/records.ts';
import { imageCounts, type ImageCounts } from './counts.ts';
import { parsed, type RegistryDatabase, type Row } from './database.ts';
import type { Datasets } from './datasets.ts';

/** The images of datasets. They never change once a dataset is stored. */
export class Images {
  readonly #db: RegistryDatabase;
  readonly #datasets: Datasets;
  readonly #counts = new Map<string, ImageCounts>();

  constructor(db: RegistryDatabase, datasets: Datasets) {
    this.#db = db;
    this.#datasets = datasets;
  }

  /** In id order, which is the row order of the dataset's pixel cache. */
  list(datasetId: string): ImageRecord[] {
    return this.#db
      .query('SELECT * FROM images WHERE datasetId = ? ORDER BY id', datasetId)
      .map((row) => this.#image(row));
  }

  /** The SHA-256 of each, in id order: cheap even for many images. */
  hashes(datasetId: string): { id: number; sha256: string }[] {
    return this.#db
      .query('SELECT id, sha256 FROM images WHERE datasetId = ? ORDER BY id', datasetId)
      .map(({ id, sha256 }) => ({ id: id as number, sha256: sha256 as string }));
  }

  /** One image of any dataset. @throws FalxError `not-found` */
  get(id: number): ImageRecord {
    const row = this.#db.row('SELECT * FROM images WHERE id = ?', id);
    if (row) return this.#image(row);
    throw new FalxError('imageGone', { kind: 'image', id, where: 'home' });
  }

  /** Some of a dataset's images in id order, and the total number. @param className only images of that class; null for all. */
  page(
    datasetId: string,
    { className, offset, limit }: { className: string | null; offset: number; limit: number },
  ): { total: number; images: ImageRecord[] } {
    const [where, values] =
      className === null
        ? ['datasetId = ?', [datasetId]]
        : ['datasetId = ? AND className = ?', [datasetId, className]];
    const counted = this.#db.row(`SELECT count(*) AS total FROM images WHERE ${where}`, ...values);
    // Skipped rows are counted in the index; only requested rows are read.
    const rows = this.#db.query(
      `SELECT * FROM images
       WHERE id IN (SELECT id FROM images WHERE ${where} ORDER BY id LIMIT ? OFFSET ?) ORDER BY id`,
      ...values,
      limit,
      offset,
    );
    return {
      total: counted!['total'] as number,
      images: rows.map((row) => this.#image(row)),
    };
  }

  /** Images by class, format and size, cached. @throws FalxError `not-found` */
  counts(datasetId: string): ImageCounts {
    const dataset = this.#datasets.get(datasetId);
    const known = this.#counts.get(dataset.id) ?? imageCounts(this.#db.query, dataset);
    this.#counts.set(dataset.id, known);
    return known;
  }

  /** Clears cached counts: the registry was replaced. */
  forgetCounts(): void {
    this.#counts.clear();
  }

  #image(row: Row): ImageRecord {
    return this.#db.read(ImageRecord, { ...row, facts: parsed(row['facts']) }, 'images');
  }
}

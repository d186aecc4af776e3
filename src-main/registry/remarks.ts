import { Remark } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import type { RegistryDatabase } from './database.ts';

/** Users' notes on scans. */
export class Remarks {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /** Those of a dataset, marked labels first, then by file. */
  list(datasetId: string): Remark[] {
    return this.#db
      .query(
        `SELECT imageId, file, className, note, wrongLabel = 1 AS wrongLabel, remarks.created
         FROM remarks JOIN images ON images.id = imageId WHERE datasetId = ?
         ORDER BY remarks.wrongLabel DESC, file, imageId`,
        datasetId,
      )
      .map((row) => this.#db.read(Remark, { ...row, wrongLabel: row['wrongLabel'] === 1 }, 'remarks'));
  }

  /**
   * Replaces an image's remark; an empty one deletes it.
   * @returns it as stored, or null. @throws FalxError `not-found` for an image of another dataset.
   */
  put(
    datasetId: string,
    { imageId, note, wrongLabel }: Pick<Remark, 'imageId' | 'note' | 'wrongLabel'>,
  ): Remark | null {
    const { query, run, write } = this.#db;
    write(() => {
      if (query('SELECT 1 FROM images WHERE id = ? AND datasetId = ?', imageId, datasetId).length === 0)
        throw new FalxError('imageGone', { kind: 'image', id: imageId, where: 'dataset' });
      if (note === '' && !wrongLabel) run('DELETE FROM remarks WHERE imageId = ?', imageId);
      else
        run(
          'INSERT OR REPLACE INTO remarks VALUES (?, ?, ?, ?)',
          imageId,
          note,
          wrongLabel ? 1 : 0,
          new Date().toISOString(),
        );
    });
    return this.list(datasetId).find((one) => one.imageId === imageId) ?? null;
  }
}

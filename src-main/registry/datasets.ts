import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { Dataset, Quarantined } from '../contract/records.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RegistryDatabase, Row } from './database.ts';
import { noteTrash, removedFilter, type Removed } from './in-use.ts';
import { DatasetNotes, imageRow, quarantinedRow, type Imports, type NewImage } from './imports.ts';
import { requireLabels } from './labelled.ts';
import { notFound } from './not-found.ts';
import type { Quarantine } from './quarantine.ts';

/** Imported folders of images. */
export class Datasets {
  readonly #db: RegistryDatabase;
  readonly #audit: AuditTrail;
  readonly #imports: Imports;
  readonly #quarantine: Quarantine;

  constructor(db: RegistryDatabase, audit: AuditTrail, imports: Imports, quarantine: Quarantine) {
    this.#db = db;
    this.#audit = audit;
    this.#imports = imports;
    this.#quarantine = quarantine;
  }

  /**
   * Adds a dataset with all its images, or nothing.
   * @returns the dataset as stored: a name that is taken gets a number, "scans" becoming "scans-2".
   */
  add(
    dataset: Dataset,
    images: readonly NewImage[],
    quarantined: readonly Quarantined[],
    notes: DatasetNotes = { warnings: [], positiveSure: true },
  ): Dataset {
    const { insert, write } = this.#db;
    return write(() => {
      const stored = Dataset.parse({ ...dataset, name: this.#freeName(dataset.name) });
      const { warnings, positiveSure } = DatasetNotes.parse(notes);
      insert('datasets', {
        ...stored,
        classes: JSON.stringify(stored.classes),
        warnings: JSON.stringify(warnings),
        positiveSure: Number(positiveSure),
      });
      const datasetId = stored.id;
      for (const image of images) insert('images', { ...imageRow(image), datasetId });
      for (const file of quarantined)
        insert('quarantined', { ...quarantinedRow(Quarantined.parse(file)), datasetId });
      this.#noteImport(stored);
      return stored;
    });
  }

  /** Completes a dataset that `imports` has stored, under a free name. @param hash over all its images. */
  finish(id: string, wanted: string, hash: string, notes: DatasetNotes): Dataset {
    return this.#db.write(() => {
      this.#imports.finish(id, this.#freeName(wanted), hash, notes);
      const stored = this.get(id);
      this.#noteImport(stored);
      return stored;
    });
  }

  #noteImport({ id, hash, positive }: Dataset): void {
    const images = this.#db.row('SELECT count(*) AS count FROM images WHERE datasetId = ?', id)!['count'];
    this.#audit.append('dataset-imported', {
      dataset: id,
      hash,
      images: images as number,
      quarantined: this.#quarantine.count(id),
      positive,
    });
  }

  /** By id, else by the name of one in use. @throws FalxError `not-found` */
  get(idOrName: string): Dataset {
    const row =
      this.#db.row('SELECT * FROM datasets WHERE id = ? AND storedBy IS NULL', idOrName) ??
      this.#db.row(
        'SELECT * FROM datasets WHERE name = ? AND removed IS NULL AND storedBy IS NULL',
        idOrName,
      );
    if (row) return this.#dataset(row);
    const known = this.list().flatMap((dataset) => [dataset.id, dataset.name]);
    throw notFound('dataset', idOrName, known, 'falx import DIR');
  }

  /** In the order they were added, like every list of the registry. */
  list(filter: { removed?: Removed } = {}): Dataset[] {
    return this.#db
      .query(
        `SELECT * FROM datasets WHERE storedBy IS NULL AND ${removedFilter('datasets', filter.removed)}
         ORDER BY number`,
      )
      .map((row) => this.#dataset(row));
  }

  /** The warnings of its import. @throws FalxError `not-found` */
  notes(id: string): DatasetNotes {
    const row = this.#db.row('SELECT warnings, positiveSure FROM datasets WHERE id = ?', id);
    if (!row) {
      const known = this.list().map((dataset) => dataset.id);
      throw notFound('dataset', id, known, 'falx import DIR');
    }
    const warnings: unknown = JSON.parse(row['warnings'] as string);
    return this.#db.read(DatasetNotes, { warnings, positiveSure: row['positiveSure'] === 1 }, 'datasets');
  }

  /**
   * Changes a dataset's name, positive class, or time of removal.
   * @throws FalxError `bad-usage` for a name that is taken, or an unknown class; `bad-dataset` for another positive class once it
   *   has a run, whose results would change their meaning.
   */
  update(id: string, change: Partial<Pick<Dataset, 'name' | 'positive' | 'removed'>>): Dataset {
    return this.#db.write(() => {
      const before = this.get(id);
      const after = Dataset.parse({ ...before, ...change });
      if (after.name !== before.name) this.#refuseTakenName(after.name);
      if (after.positive !== before.positive) this.#refusePositive(after);
      const sure = change.positive === undefined ? '' : ', positiveSure = 1';
      this.#db.run(
        `UPDATE datasets SET name = @name, positive = @positive, removed = @removed${sure} WHERE id = @id`,
        { id: after.id, name: after.name, positive: after.positive, removed: after.removed },
      );
      if (after.name !== before.name) this.#audit.append('dataset-renamed', { dataset: id });
      if (after.positive !== before.positive)
        this.#audit.append('positive-class-set', {
          dataset: id,
          positive: after.positive,
          before: before.positive,
        });
      noteTrash(this.#audit, 'dataset', before, after);
      return after;
    });
  }

  /**
   * Deletes a dataset with its images' records, check and decisions, once it has no splits. No file is touched.
   * @throws FalxError `bad-dataset` if it is not in the trash; `registry` while it has a split.
   */
  delete(id: string): void {
    this.#db.write(() => {
      const { name, removed, hash } = this.get(id);
      if (removed === null) throw new FalxError('datasetInUse', { dataset: id, name });
      this.#db.run('DELETE FROM datasets WHERE id = ?', id);
      this.#audit.append('deleted', { kind: 'dataset', id, hash });
    });
  }

  /** Ids of datasets that came with an imported run, without images. */
  withoutImages(): Set<string> {
    const rows = this.#db.query(
      'SELECT id FROM datasets WHERE storedBy IS NULL AND NOT EXISTS (SELECT 1 FROM images WHERE datasetId = datasets.id)',
    );
    return new Set(rows.map(({ id }) => id as string));
  }

  /** Number of splits and runs made from a dataset; removed ones are left out. */
  dependents(datasetId: string): { splits: number; runs: number } {
    const row = this.#db.row(
      `SELECT count(DISTINCT splits.id) AS splits, count(runs.id) AS runs
       FROM splits LEFT JOIN runs ON runs.splitId = splits.id AND runs.removed IS NULL
       WHERE datasetId = ? AND splits.removed IS NULL`,
      datasetId,
    );
    return z.object({ splits: z.int(), runs: z.int() }).parse(row);
  }

  #dataset(row: Row): Dataset {
    return this.#db.read(Dataset, { ...row, classes: JSON.parse(row['classes'] as string) }, 'datasets');
  }

  #refuseTakenName(name: string): void {
    const row = this.#db.row('SELECT removed FROM datasets WHERE name = ?', name);
    if (!row) return;
    throw new FalxError('datasetNameTaken', { name, removed: row['removed'] === null ? 'no' : 'yes' });
  }

  #refusePositive(dataset: Dataset): void {
    requireLabels(dataset);
    const { id, name, classes, positive } = dataset;
    const [first = '', second = ''] = classes;
    if (!classes.includes(positive))
      throw new FalxError('datasetLacksClass', { dataset: id, name, positive, first, second });
    const run = this.#db.row(
      'SELECT runs.id FROM runs JOIN splits ON splits.id = splitId WHERE datasetId = ? LIMIT 1',
      id,
    );
    if (run) throw new FalxError('positiveFixed', { name, dataset: id, run: run['id'] as string });
  }

  #freeName(wanted: string): string {
    const taken = new Set(this.#db.query('SELECT name FROM datasets').map((row) => row['name']));
    if (!taken.has(wanted)) return wanted;
    for (let number = 2; ; number += 1) {
      if (!taken.has(`${wanted}-${number}`)) return `${wanted}-${number}`;
    }
  }
}

import { FalxError } from '../contract/errors.ts';
import { Split } from '../contract/records.ts';
import type { AuditTrail } from './audit-trail.ts';
import { parsed, stringified, type RegistryDatabase, type Row } from './database.ts';
import type { Datasets } from './datasets.ts';
import { noteTrash, removedFilter, type Removed } from './in-use.ts';
import { notFound } from './not-found.ts';
import { partRows, storedPart, type ImagePart, type StoredPart } from './parts.ts';

/** Splits of datasets into train, validation and test. */
export class Splits {
  readonly #db: RegistryDatabase;
  readonly #audit: AuditTrail;
  readonly #datasets: Datasets;

  constructor(db: RegistryDatabase, audit: AuditTrail, datasets: Datasets) {
    this.#db = db;
    this.#audit = audit;
    this.#datasets = datasets;
  }

  /** @returns it as stored: its certificate names the audit trail's entry of its creation. */
  add(split: Split, images: readonly ImagePart[]): Split {
    return this.addStored(split, partRows(this.#db.query, images).map(storedPart));
  }

  /** The same for sets that were prepared before. */
  addStored(split: Split, parts: readonly StoredPart[]): Split {
    const { insert, write } = this.#db;
    return write(() => {
      const made = Split.parse(split);
      const { id, datasetId, hash, method, seed, fold } = made;
      const auditHead = this.#audit.append('split-made', {
        split: id,
        dataset: datasetId,
        hash,
        method,
        seed,
        ...(fold && { set: fold.set, fold: fold.index, of: fold.of }),
      });
      const stored = { ...made, certificate: made.certificate && { ...made.certificate, auditHead } };
      insert('splits', {
        ...stored,
        certificate: stringified(stored.certificate),
        fold: stringified(stored.fold),
      });
      for (const part of parts) insert('parts', { ...part, splitId: id });
      return stored;
    });
  }

  /** @throws FalxError `not-found` */
  get(id: string): Split {
    const row = this.#db.row('SELECT * FROM splits WHERE id = ?', id);
    if (row) return this.#split(row);
    const known = this.list().map((split) => split.id);
    throw notFound('split', id, known, 'falx split DATASET');
  }

  /** Without those in the trash, unless requested; splits of a dataset in the trash are included. */
  list(datasetId?: string, filter: { removed?: Removed } = {}): Split[] {
    return this.#db
      .query(
        `SELECT * FROM splits
         WHERE (@datasetId IS NULL OR datasetId = @datasetId) AND ${removedFilter('splits', filter.removed)}
         ORDER BY number`,
        { datasetId: datasetId ?? null },
      )
      .map((row) => this.#split(row));
  }

  /** Moves a split with its runs to the trash, or restores it. */
  update(id: string, { removed }: Pick<Split, 'removed'>): void {
    this.#db.write(() => {
      const before = this.get(id);
      const after = Split.parse({ ...before, removed });
      this.#db.run('UPDATE splits SET removed = ? WHERE id = ?', after.removed, id);
      noteTrash(this.#audit, 'split', before, after);
    });
  }

  /** Deletes a split without runs. @throws FalxError `bad-split` if it is not in the trash; `registry` while it has a run. */
  delete(id: string): void {
    this.#db.write(() => {
      const { datasetId, removed } = this.get(id);
      if (removed === null && this.#datasets.get(datasetId).removed === null)
        throw new FalxError('splitInUse', { split: id });
      this.#db.run('DELETE FROM splits WHERE id = ?', id);
      this.#audit.append('deleted', { kind: 'split', id });
    });
  }

  /** The splits of a set of folds, in fold order; none for an unknown set. */
  folds(set: string): Split[] {
    return this.#db
      .query(
        `SELECT * FROM splits WHERE fold ->> 'set' = ? AND removed IS NULL ORDER BY fold ->> 'index'`,
        set,
      )
      .map((row) => this.#split(row));
  }

  #split(row: Row): Split {
    const [certificate, fold] = [parsed(row['certificate']), parsed(row['fold'])];
    return this.#db.read(Split, { ...row, certificate, fold }, 'splits');
  }
}

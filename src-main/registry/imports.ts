import { z } from 'zod';
import { ClassChoice } from '../contract/labels.ts';
import { Part as Message } from '../contract/messages/parameters.ts';
import { Dataset, ImageRecord, Part, Quarantined } from '../contract/records.ts';
import { parsed, type RegistryDatabase, type Row } from './database.ts';
import { sentenceIn, toldColumn } from './told-columns.ts';

export const NewImage = ImageRecord.omit({ id: true, datasetId: true });
export type NewImage = z.infer<typeof NewImage>;

/** A file in quarantine with what it would have been; null if unknown. */
export const NewQuarantined = Quarantined.extend({
  className: z.string().nullable().default(null),
  givenPart: Part.nullable().default(null),
  patient: z.string().nullable().default(null),
});
export type NewQuarantined = z.infer<typeof NewQuarantined>;

/** Notes of an import on a dataset besides its record. */
export const DatasetNotes = z.object({
  warnings: z.array(Message),
  /** Whether class names or the user identified the positive class. */
  positiveSure: z.boolean(),
});
export type DatasetNotes = z.infer<typeof DatasetNotes>;

/** How a dataset was imported: decides whether another import of the same folder can reuse its records. */
export const Source = z.object({
  /** Version of the rules by which files are read: records of other versions are not reused. */
  reader: z.string(),
  /** Plane along which volumes were sliced, if given. */
  plane: z.enum(['axial', 'coronal', 'sagittal']).nullable(),
  /** Most slices per volume. */
  slices: z.int().nullable(),
  /** File name of the archive that the folder was unpacked from. */
  archive: z.string().nullable(),
  /** The CSV with labels or patients. */
  labels: z.object({ file: z.string(), patients: z.boolean() }).nullable(),
  /** The two classes that were requested. */
  classes: z.array(ClassChoice).nullable().default(null),
});
export type Source = z.infer<typeof Source>;

/** A file as it was when it was read. `stamp` is null if a change could have gone unnoticed. */
export const StampedFile = z.object({ file: z.string(), stamp: z.string().nullable() });
export type StampedFile = z.infer<typeof StampedFile>;

const Unfinished = z.object({
  id: z.string(),
  folder: z.string(),
  pid: z.int(),
  resume: z.string(),
  created: z.string(),
});

/** Rows of a dataset that is being stored. */
export interface Batch {
  images: readonly NewImage[];
  quarantined: readonly NewQuarantined[];
  files: readonly StampedFile[];
}

/** The result of an earlier import for one file. */
export interface EarlierFile {
  stamp: string | null;
  images: ImageRecord[];
  quarantined: NewQuarantined | null;
}

/**
 * Stores datasets in batches, none of which blocks the registry for long. Until `finish` a dataset is invisible; one whose process
 * died is `unfinished`: the next import of the same folder takes over its rows, and deletes it.
 */
export class Imports {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /**
   * Begins to store a dataset. @param pid the process that does.
   * @param resume key of an import that may continue this one; '' if none may. Stored in place of the hash.
   */
  begin(dataset: Omit<Dataset, 'name' | 'hash' | 'removed'>, source: Source, pid: number, resume = ''): void {
    const { id, folder, created, classes, positive } = dataset;
    this.#db.write(() =>
      this.#db.run(
        `INSERT INTO datasets (id, name, folder, created, classes, positive, hash, source, storedBy)
         VALUES (@id, @id, @folder, @created, @classes, @positive, @resume, @source, @pid)`,
        {
          id,
          folder,
          created,
          classes: JSON.stringify(classes),
          positive,
          resume,
          source: JSON.stringify(Source.parse(source)),
          pid,
        },
      ),
    );
  }

  /** Adds rows, all or none. Images get their ids in this order. */
  add(datasetId: string, { images, quarantined, files }: Batch): void {
    const { prepare, run, write } = this.#db;
    write(() => {
      const [image, file] = [prepare(insertImage), prepare('INSERT INTO files VALUES (?, ?, ?)')];
      for (const one of images) {
        const row = imageRow(one);
        image.run(...imageColumns.map((column) => row[column]), datasetId);
      }
      for (const one of quarantined)
        run(insertQuarantined, { ...quarantinedRow(NewQuarantined.parse(one)), datasetId });
      for (const one of files) file.run(datasetId, one.file, one.stamp);
    });
  }

  /** Completes a dataset, which makes it visible. @param name a free one. */
  finish(datasetId: string, name: string, hash: string, notes: DatasetNotes): void {
    const { warnings, positiveSure } = DatasetNotes.parse(notes);
    this.#db.run(
      `UPDATE datasets SET name = @name, hash = @hash, warnings = @warnings, positiveSure = @sure, storedBy = NULL
       WHERE id = @id AND storedBy IS NOT NULL`,
      {
        id: datasetId,
        name,
        hash: Dataset.shape.hash.parse(hash),
        warnings: JSON.stringify(warnings),
        sure: Number(positiveSure),
      },
    );
  }

  /** Datasets being stored, oldest first, and their processes, alive or dead; 0 is none. */
  unfinished(): z.infer<typeof Unfinished>[] {
    return this.#db
      .query(
        'SELECT id, folder, storedBy AS pid, hash AS resume, created FROM datasets WHERE storedBy IS NOT NULL ORDER BY number',
      )
      .map((row) => Unfinished.parse(row));
  }

  /** Assigns an unfinished dataset to another process, if it still belongs to `from`. @returns whether it did. */
  handOver(datasetId: string, from: number, to: number): boolean {
    const { query, run, write } = this.#db;
    return write(() => {
      const whose = 'SELECT 1 FROM datasets WHERE id = ? AND storedBy = ?';
      if (query(whose, datasetId, from).length === 0) return false;
      run('UPDATE datasets SET storedBy = ? WHERE id = ?', to, datasetId);
      return true;
    });
  }

  /** Deletes some rows of an unfinished dataset. @returns whether there are more. */
  dropSome(datasetId: string): boolean {
    const { query, run, write } = this.#db;
    return write(() => {
      const stored = query('SELECT 1 FROM datasets WHERE id = ? AND storedBy IS NOT NULL', datasetId);
      if (stored.length === 0) return false;
      for (const [table, key] of [
        ['images', 'id'],
        ['files', 'file'],
        ['quarantined', 'file'],
      ]) {
        const some = `SELECT ${key} FROM ${table} WHERE datasetId = @datasetId LIMIT 500`;
        if (query(some, { datasetId }).length === 0) continue;
        run(`DELETE FROM ${table} WHERE datasetId = @datasetId AND ${key} IN (${some})`, { datasetId });
        return true;
      }
      run('DELETE FROM datasets WHERE id = ?', datasetId);
      return false;
    });
  }

  /** Null for a dataset of an older version of Falx. */
  source(datasetId: string): Source | null {
    const { query, read } = this.#db;
    const text = query('SELECT source FROM datasets WHERE id = ?', datasetId)[0]?.['source'];
    return typeof text === 'string' ? read(Source, JSON.parse(text), 'datasets') : null;
  }

  /** Stores how the dataset's files were read last, with the same result. */
  setSource(datasetId: string, source: Source): void {
    const text = JSON.stringify(Source.parse(source));
    this.#db.run('UPDATE datasets SET source = ? WHERE id = ?', text, datasetId);
  }

  /** The newest dataset of a folder whose files are known, preferably one in use. */
  newestOf(folder: string): string | null {
    const row = this.#db.query(
      `SELECT id FROM datasets WHERE folder = ? AND source IS NOT NULL AND storedBy IS NULL
       ORDER BY removed IS NULL DESC, number DESC LIMIT 1`,
      folder,
    )[0];
    return row ? (row['id'] as string) : null;
  }

  /** Number of files in a dataset, including those in quarantine. */
  fileCount(datasetId: string): number {
    return this.#db.query('SELECT count(*) AS count FROM files WHERE datasetId = ?', datasetId)[0]![
      'count'
    ] as number;
  }

  /** The result for a file, or null if the dataset has none of this name. */
  file(datasetId: string, file: string): EarlierFile | null {
    const { query, read } = this.#db;
    const known = query('SELECT stamp FROM files WHERE datasetId = ? AND file = ?', datasetId, file)[0];
    // Pictures of one file differ in what follows "#", which sorts just before "$".
    const rows = [
      ...query('SELECT * FROM images WHERE datasetId = ? AND file = ?', datasetId, file),
      ...query(
        `SELECT * FROM images WHERE datasetId = ? AND file >= ? AND file < ? AND frame IS NOT NULL ORDER BY id`,
        datasetId,
        `${file}#`,
        `${file}$`,
      ),
    ];
    const images = rows
      .map((row) => read(ImageRecord, { ...row, facts: parsed(row['facts']) }, 'images'))
      .filter((image) => image.file === (image.frame === null ? file : `${file}#${image.frame}`));
    const left = query('SELECT * FROM quarantined WHERE datasetId = ? AND file = ?', datasetId, file)[0];
    if (!known && images.length === 0 && !left) return null;
    const quarantined = left ? read(NewQuarantined, quarantinedIn(left), 'quarantined') : null;
    return { stamp: (known?.['stamp'] ?? null) as string | null, images, quarantined };
  }

  /** The dataset's quarantined files by name, with what they would have been. */
  quarantined(datasetId: string): NewQuarantined[] {
    const { query, read } = this.#db;
    return query('SELECT * FROM quarantined WHERE datasetId = ? ORDER BY file', datasetId).map((row) =>
      read(NewQuarantined, quarantinedIn(row), 'quarantined'),
    );
  }

  /** The stamp of a file when it was read; null if unknown, or if the dataset has no file of this name. */
  stamp(datasetId: string, file: string): string | null {
    const sql = 'SELECT stamp FROM files WHERE datasetId = ? AND file = ?';
    return (this.#db.query(sql, datasetId, file)[0]?.['stamp'] ?? null) as string | null;
  }

  /** Updates the stamps of files whose content is unchanged, so that they are recognised again. */
  restamp(datasetId: string, files: readonly StampedFile[]): void {
    const { run, write } = this.#db;
    write(() => {
      for (const { file, stamp } of files)
        run('UPDATE files SET stamp = ? WHERE datasetId = ? AND file = ?', stamp, datasetId, file);
    });
  }

  /** Names of a dataset's files in order, `limit` at a time. None for a dataset of an older version of Falx. */
  fileNames(datasetId: string, after: string, limit: number): string[] {
    const sql = 'SELECT file FROM files WHERE datasetId = ? AND file > ? ORDER BY file LIMIT ?';
    return this.#db.query(sql, datasetId, after, limit).map((row) => row['file'] as string);
  }
}

export function imageRow(image: NewImage): Record<string, unknown> {
  const row = NewImage.parse(image);
  return { ...row, facts: row.facts && JSON.stringify(row.facts) };
}

/** A row of a file in quarantine, as its record. */
export function quarantinedIn({ told, ...row }: Row): Record<string, unknown> {
  const { sentence, ...facts } = sentenceIn(told, true);
  return { ...row, reason: sentence, ...facts };
}

export const quarantinedRow = ({ reason, facts, ...file }: Quarantined): Row => ({
  ...file,
  told: toldColumn(reason, facts),
});

const insertInto = (table: string, columns: readonly string[]): string =>
  `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `@${column}`).join(', ')})`;
const imageColumns = Object.keys(NewImage.shape);
/** Values in column order: with so many rows, looking up names for each would be slow. */
const insertImage = `INSERT INTO images (${imageColumns.join(', ')}, datasetId) VALUES (${imageColumns.map(() => '?').join(', ')}, ?)`;
const { reason: _, facts: __, ...ofQuarantined } = NewQuarantined.shape;
const insertQuarantined = insertInto('quarantined', [...Object.keys(ofQuarantined), 'told', 'datasetId']);

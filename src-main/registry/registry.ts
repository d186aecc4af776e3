import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import type { Part } from '../contract/records.ts';
import {
  Dataset,
  Epoch,
  ImageRecord,
  Metrics,
  Prediction,
  Quarantined,
  Run,
  Split,
  type RunStatus,
} from '../contract/records.ts';
import { defaultPreferences, JudgedImage, Preferences, type PartCounts } from '../contract/views.ts';
import { AuditTrail } from './audit-trail.ts';
import { Checks, type Tables } from './checks.ts';
import { EvaluationErrors } from './evaluation-errors.ts';
import { restoreBackup, type Restored } from './backups.ts';
import { changedFormat } from './format.ts';
import { connect, guard } from './connection.ts';
import { imageCounts, runProgress, type ImageCounts, type RunProgress } from './counts.ts';
import { DatasetNotes, imageRow, Imports, NewImage, quarantinedRow, withFacts } from './imports.ts';
import { requireLabels } from './labelled.ts';
import { knownFormat } from './migrations/migrations.ts';
import { RunLocks } from './lock.ts';
import { nearest } from './nearest.ts';
import { homeReadOnly, isReadOnly, openReadOnly } from './read-only.ts';
import { breakSeal, seal } from './seal.ts';
import { sha256Of } from '../system/hashes.ts';
import { shortly } from '../system/said.ts';
import { mendRights } from '../system/rights.ts';
import { partCounts, PartRow, partRows, storedPart, type ImagePart, type StoredPart } from './parts.ts';

export type { DatasetNotes, NewImage } from './imports.ts';
export type { ImagePart } from './parts.ts';

const TestPrediction = z.object({
  imageId: z.int(),
  /** 1: the positive class. */
  label: z.union([z.literal(0), z.literal(1)]),
  probability: z.number().min(0).max(1),
});
export type TestPrediction = z.infer<typeof TestPrediction>;

/** What is left out, or undefined, stays as it is. */
export type PreferencesChange = { [Name in keyof Preferences]?: Preferences[Name] | undefined };

/** Which records a list has: those in use (`false`, the default), those that were hidden, or both. */
export type Removed = boolean | 'any';

type Row = Record<string, unknown>;

/**
 * All that Falx remembers, in one SQLite file. Every record is checked with the contract's schema on its way in
 * and out. Any number of processes may have the same home open: a write waits for the other's, none is lost.
 *
 * Every verb throws FalxError `disk` or `registry` when SQLite fails; those that take an id throw `not-found`.
 */
export class Registry {
  #db: Database;
  readonly #locks: RunLocks;
  /** Checks for twins, decisions and shortcut audits. */
  readonly checks: Checks;
  /** Datasets on their way in. */
  readonly imports: Imports;
  readonly evaluationErrors: EvaluationErrors;
  /** What was done in this home. */
  readonly audit: AuditTrail;
  /** Files and folders that other users could read until it was opened; null where that could not be changed. */
  readonly mended: number | null;
  /** The database, absolute. */
  readonly file: string;
  /** It may be read, but not written: what it held when it was opened is shown, and every change is refused. */
  readonly readOnly: boolean;

  private constructor(db: Database, file: string, mended: number | null, readOnly = false) {
    this.#db = db;
    this.file = file;
    this.readOnly = readOnly;
    this.#locks = new RunLocks(path.dirname(file));
    this.mended = mended;
    const tables: Tables = {
      query: this.#query,
      run: (sql, ...values) => this.#write(() => void this.#prepare(sql).run(...values)),
      write: (work) => this.#write(work),
      read: (schema, row, table) => this.#read(schema, row, table),
    };
    this.audit = new AuditTrail(tables, this.home);
    this.checks = new Checks(tables, this.audit);
    this.imports = new Imports(tables);
    this.evaluationErrors = new EvaluationErrors(tables);
  }

  /** Opens `<home>/registry.sqlite`, creating and migrating it as needed; where it can't be written, to read. */
  static open(home: string): Registry {
    const file = path.join(home, 'registry.sqlite');
    if (isReadOnly(file))
      return new Registry(
        guard(file, () => openReadOnly(file)),
        file,
        0,
        true,
      );
    const db = connect(home);
    try {
      return new Registry(db, file, mendRights(home));
    } catch (error) {
      // Somebody else's home: they alone can change what others may do there.
      if (['EPERM', 'EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? ''))
        return new Registry(db, file, null);
      db.close();
      throw error;
    }
  }

  close(): void {
    this.#locks.close();
    this.#db.close();
    if (!this.readOnly) seal(this.file);
  }

  /**
   * Puts a backup in the place of all that is here, and goes on with it. What was here is kept; until it is done nothing else
   * can be asked.
   * @param wanted a path, or the name of a file in the backups' folder.
   * @throws FalxError as `restoreBackup`; nothing has changed then.
   */
  async restore(wanted: string): Promise<Restored> {
    const { home } = this;
    if (this.readOnly) throw homeReadOnly(home);
    this.#locks.close();
    this.#statements.clear();
    this.#format = undefined;
    this.#db.close();
    try {
      return await restoreBackup(home, wanted, knownFormat);
    } finally {
      this.#db = connect(home);
      this.#imageCounts.clear();
      this.#sealBroken = false;
      this.#seenVersion = undefined;
    }
  }

  /** The folder that holds everything. */
  get home(): string {
    return path.dirname(this.file);
  }

  /** Runs several verbs as one: all of them are stored, or none when one throws. */
  together<T>(work: () => T): T {
    return this.#write(work);
  }

  // ── datasets ────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Adds a dataset with all its images, or nothing.
   * @returns the dataset as stored: a name that is taken gets a number, "scans" becoming "scans-2".
   */
  addDataset(
    dataset: Dataset,
    images: readonly NewImage[],
    quarantined: readonly Quarantined[],
    notes: DatasetNotes = { warnings: [], positiveSure: true },
  ): Dataset {
    return this.#write(() => {
      const stored = Dataset.parse({ ...dataset, name: this.#freeName(dataset.name) });
      const { warnings, positiveSure } = DatasetNotes.parse(notes);
      this.#insert('datasets', {
        ...stored,
        classes: JSON.stringify(stored.classes),
        warnings: JSON.stringify(warnings),
        positiveSure: Number(positiveSure),
      });
      const [datasetId, ofImages] = [
        stored.id,
        this.#inserter('images', [...Object.keys(NewImage.shape), 'datasetId']),
      ];
      for (const image of images) ofImages.run({ ...imageRow(image), datasetId });
      for (const file of quarantined) {
        this.#insert('quarantined', { ...quarantinedRow(Quarantined.parse(file)), datasetId });
      }
      this.#noteImport(stored);
      return stored;
    });
  }

  /**
   * Makes a dataset whole that `imports` has stored, under a free name.
   * @param hash over all its images.
   */
  finishDataset(id: string, wanted: string, hash: string, notes: DatasetNotes): Dataset {
    return this.#write(() => {
      this.imports.finish(id, this.#freeName(wanted), hash, notes);
      const stored = this.dataset(id);
      this.#noteImport(stored);
      return stored;
    });
  }

  #noteImport({ id, hash, positive }: Dataset): void {
    const images = this.#row('SELECT count(*) AS count FROM images WHERE datasetId = ?', id)!['count'];
    this.audit.append('dataset-imported', {
      dataset: id,
      hash,
      images: images as number,
      quarantined: this.quarantinedCount(id),
      positive,
    });
  }

  /** By id, else by the name of one in use. */
  dataset(idOrName: string): Dataset {
    const row =
      this.#row('SELECT * FROM datasets WHERE id = ? AND storedBy IS NULL', idOrName) ??
      this.#row('SELECT * FROM datasets WHERE name = ? AND removed IS NULL AND storedBy IS NULL', idOrName);
    if (row) return this.#dataset(row);
    const known = this.datasets().flatMap((dataset) => [dataset.id, dataset.name]);
    throw notFound('dataset', idOrName, known, 'falx import DIR');
  }

  /** In the order they were added, as every list here. */
  datasets(filter: { removed?: Removed } = {}): Dataset[] {
    return this.#rows(
      `SELECT * FROM datasets WHERE storedBy IS NULL AND ${which('datasets', filter.removed)} ORDER BY number`,
    ).map((row) => this.#dataset(row));
  }

  /** What its import had to say. */
  datasetNotes(id: string): DatasetNotes {
    const row = this.#row('SELECT warnings, positiveSure FROM datasets WHERE id = ?', id);
    if (!row) throw this.#noDataset(id);
    const warnings: unknown = JSON.parse(row['warnings'] as string);
    return this.#read(DatasetNotes, { warnings, positiveSure: row['positiveSure'] === 1 }, 'datasets');
  }

  /**
   * Changes a dataset's name, positive class, or when it was hidden.
   * @throws FalxError `bad-usage` a name that is taken, or a class it has not; `bad-dataset` another positive class
   *   once a run stands on it, whose labels would change their meaning.
   */
  updateDataset(id: string, change: Partial<Pick<Dataset, 'name' | 'positive' | 'removed'>>): Dataset {
    return this.#write(() => {
      const before = this.dataset(id);
      const after = Dataset.parse({ ...before, ...change });
      if (after.name !== before.name) this.#refuseTakenName(after.name);
      if (after.positive !== before.positive) this.#refusePositive(after);
      const told = change.positive === undefined ? '' : ', positiveSure = 1';
      this.#prepare(
        `UPDATE datasets SET name = @name, positive = @positive, removed = @removed${told} WHERE id = @id`,
      ).run({ id: after.id, name: after.name, positive: after.positive, removed: after.removed });
      if (after.name !== before.name) this.audit.append('dataset-renamed', { dataset: id });
      if (after.positive !== before.positive)
        this.audit.append('positive-class-set', {
          dataset: id,
          positive: after.positive,
          before: before.positive,
        });
      this.#noteTrash('dataset', before, after);
      return after;
    });
  }

  /**
   * Deletes a dataset with its images' records, check and decisions, once no split stands on it any more. No file is touched.
   * @throws FalxError `bad-dataset` when it is not in the trash; `registry` while a split stands on it.
   */
  deleteDataset(id: string): void {
    this.#write(() => {
      const { name, removed, hash } = this.dataset(id);
      if (removed === null)
        throw new FalxError('bad-dataset', `"${name}" is in use: remove it before it is deleted for good.`, {
          dataset: id,
        });
      this.#prepare('DELETE FROM datasets WHERE id = ?').run(id);
      this.audit.append('deleted', { kind: 'dataset', id, hash });
    });
    this.#imageCounts.delete(id);
  }

  /** That a record was put in the trash, or taken out of it. */
  #noteTrash(
    kind: 'dataset' | 'split' | 'run',
    before: { removed: string | null },
    after: { id: string; removed: string | null },
  ): void {
    if ((before.removed === null) === (after.removed === null)) return;
    this.audit.append(after.removed === null ? 'restored' : 'removed', { kind, id: after.id });
  }

  /** Splits and runs that stand on a dataset; hidden runs are left out. */
  standingOn(datasetId: string): { splits: number; runs: number } {
    const row = this.#row(
      `SELECT count(DISTINCT splits.id) AS splits, count(runs.id) AS runs
       FROM splits LEFT JOIN runs ON runs.splitId = splits.id AND runs.removed IS NULL
       WHERE datasetId = ? AND splits.removed IS NULL`,
      datasetId,
    );
    return z.object({ splits: z.int(), runs: z.int() }).parse(row);
  }

  /** In id order, which is the row order of the dataset's pixel cache. */
  images(datasetId: string): ImageRecord[] {
    return this.#rows('SELECT * FROM images WHERE datasetId = ? ORDER BY id', datasetId).map((row) =>
      this.#image(row),
    );
  }

  /** One image, whichever dataset it is of. */
  image(id: number): ImageRecord {
    const row = this.#row('SELECT * FROM images WHERE id = ?', id);
    if (row) return this.#image(row);
    throw new FalxError('not-found', `There is no image ${id} in this home folder.`, { kind: 'image', id });
  }

  /**
   * Some of a dataset's images in id order, and how many there are in all.
   * @param className only images of that class; null for all.
   */
  imagePage(
    datasetId: string,
    { className, offset, limit }: { className: string | null; offset: number; limit: number },
  ): { total: number; images: ImageRecord[] } {
    const [where, values] =
      className === null
        ? ['datasetId = ?', [datasetId]]
        : ['datasetId = ? AND className = ?', [datasetId, className]];
    const counted = this.#row(`SELECT count(*) AS total FROM images WHERE ${where}`, ...values);
    // The skipped rows are counted off in the index; only those asked for are read.
    const rows = this.#rows(
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

  /** Images by class, format and size, counted once: the images of a dataset never change. */
  imageCounts(datasetId: string): ImageCounts {
    const known = this.#imageCounts.get(datasetId) ?? imageCounts(this.#query, this.dataset(datasetId));
    this.#imageCounts.set(datasetId, known);
    return known;
  }

  readonly #imageCounts = new Map<string, ImageCounts>();

  quarantinedCount(datasetId: string): number {
    const row = this.#row('SELECT count(*) AS count FROM quarantined WHERE datasetId = ?', datasetId);
    return row!['count'] as number;
  }

  /** Files that could not be read at import, by name. */
  quarantined(datasetId: string): Quarantined[] {
    return this.#rows('SELECT * FROM quarantined WHERE datasetId = ? ORDER BY file', datasetId).map((row) =>
      this.#read(Quarantined, withFacts(row), 'quarantined'),
    );
  }

  // ── splits ──────────────────────────────────────────────────────────────────────────────────────────────────

  addSplit(split: Split, images: readonly ImagePart[]): void {
    this.addSplitOf(split, partRows(this.#query, images).map(storedPart));
  }

  /** The same of parts that were put together before. */
  addSplitOf(split: Split, parts: readonly StoredPart[]): void {
    this.#write(() => {
      const stored = Split.parse(split);
      this.#insert('splits', {
        ...stored,
        certificate: stored.certificate && JSON.stringify(stored.certificate),
        fold: stored.fold && JSON.stringify(stored.fold),
      });
      for (const part of parts) this.#insert('parts', { ...part, splitId: stored.id });
      const { id, datasetId, hash, method, seed, fold } = stored;
      this.audit.append('split-made', {
        split: id,
        dataset: datasetId,
        hash,
        method,
        seed,
        ...(fold && { set: fold.set, fold: fold.index, of: fold.of }),
      });
    });
  }

  split(id: string): Split {
    const row = this.#row('SELECT * FROM splits WHERE id = ?', id);
    if (!row)
      throw notFound(
        'split',
        id,
        this.splits().map((split) => split.id),
        'falx split DATASET',
      );
    return this.#split(row);
  }

  /** Without those in the trash, unless asked for; those of a dataset in the trash are there. */
  splits(datasetId?: string, filter: { removed?: Removed } = {}): Split[] {
    return this.#rows(
      `SELECT * FROM splits WHERE (@datasetId IS NULL OR datasetId = @datasetId) AND ${which('splits', filter.removed)}
       ORDER BY number`,
      { datasetId: datasetId ?? null },
    ).map((row) => this.#split(row));
  }

  /** Puts a split in the trash, with its runs, or takes it out. */
  updateSplit(id: string, { removed }: Pick<Split, 'removed'>): void {
    this.#write(() => {
      const before = this.split(id);
      const after = Split.parse({ ...before, removed });
      this.#prepare('UPDATE splits SET removed = ? WHERE id = ?').run(after.removed, id);
      this.#noteTrash('split', before, after);
    });
  }

  /**
   * Deletes a split that no run stands on any more.
   * @throws FalxError `bad-split` when it is not in the trash; `registry` while a run stands on it.
   */
  deleteSplit(id: string): void {
    this.#write(() => {
      if (this.split(id).removed === null && this.dataset(this.split(id).datasetId).removed === null)
        throw new FalxError('bad-split', `${id} is in use: remove it before it is deleted for good.`, {
          split: id,
        });
      this.#prepare('DELETE FROM splits WHERE id = ?').run(id);
      this.audit.append('deleted', { kind: 'split', id });
    });
  }

  /** The splits that were made with a fold, in the order of folds; none for a set that is not there. */
  folds(set: string): Split[] {
    return this.#rows(
      `SELECT * FROM splits WHERE fold ->> 'set' = ? AND removed IS NULL ORDER BY fold ->> 'index'`,
      set,
    ).map((row) => this.#split(row));
  }

  /** In image id order. */
  parts(splitId: string): ImagePart[] {
    return this.#partRows(splitId, 'part, classes, imageIds')
      .flatMap(({ part, imageIds }) => imageIds.map((imageId) => ({ imageId, part })))
      .sort((a, b) => a.imageId - b.imageId);
  }

  /** Images of each part by class. */
  partCounts(splitId: string): PartCounts {
    const { classes } = this.dataset(this.split(splitId).datasetId);
    return partCounts(this.#partRows(splitId, `part, classes, '[]' AS imageIds`), classes);
  }

  #partRows(splitId: string, columns: string): PartRow[] {
    return this.#rows(`SELECT ${columns} FROM parts WHERE splitId = ?`, splitId).map((row) =>
      this.#read(
        PartRow,
        { ...row, classes: parsed(row['classes']), imageIds: parsed(row['imageIds']) },
        'parts',
      ),
    );
  }

  // ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Adds a run; one that waits goes to the end of the queue. */
  addRun(run: Run): void {
    this.#write(() => {
      const last = this.#row('SELECT max(queuePosition) AS position FROM runs');
      const queuePosition = ((last?.['position'] as number | null) ?? 0) + 1;
      const stored = Run.parse(run);
      this.#insert('runs', { ...runRow(stored), queuePosition });
      this.#noteQueued(stored);
    });
  }

  #noteQueued({ id, splitId, network, datasetHash, splitHash, settings }: Run): void {
    this.audit.append('run-queued', {
      run: id,
      split: splitId,
      network,
      datasetHash,
      splitHash,
      settings: sha256Of(JSON.stringify(settings)),
    });
  }

  run(id: string): Run {
    const row = this.#row('SELECT * FROM runs WHERE id = ?', id);
    if (!row)
      throw notFound(
        'run',
        id,
        this.runs().map((run) => run.id),
        'falx train SPLIT',
      );
    return this.#run(row);
  }

  /** Without those that were hidden, by themselves or with their dataset, unless asked for. */
  runs(filter: { splitId?: string; status?: RunStatus; removed?: Removed } = {}): Run[] {
    return this.#rows(
      `SELECT * FROM runs
       WHERE (@splitId IS NULL OR splitId = @splitId) AND (@status IS NULL OR status = @status)
         AND ${which('runs', filter.removed)} ORDER BY number`,
      { splitId: filter.splitId ?? null, status: filter.status ?? null },
    ).map((row) => this.#run(row));
  }

  /** Changes some fields of a run. One that is no longer running belongs to no process any more. */
  updateRun(id: string, change: Partial<Omit<Run, 'id'>>): void {
    this.#write(() => {
      const { errorFacts, ...before } = this.run(id);
      // Facts are those of the error beside them.
      const kept = change.error === undefined && errorFacts ? { errorFacts } : {};
      const run = Run.parse({ ...before, ...kept, ...change, id });
      const columns = Object.keys(runRow(run)).map((column) => `${column} = @${column}`);
      this.#prepare(`UPDATE runs SET ${columns.join(', ')} WHERE id = @id`).run(runRow(run));
      if (run.status !== 'running') this.#prepare('UPDATE runs SET pid = NULL WHERE id = ?').run(id);
      if (run.status !== before.status) this.#noteStatus(run);
      this.#noteTrash('run', before, run);
    });
    const { status } = this.run(id);
    // Not before the change is kept: until then others would take it for abandoned.
    if (status !== 'running' && !this.#db.inTransaction) this.#locks.release(id);
  }

  #noteStatus(run: Run): void {
    const { id, status, bestEpoch, errorFacts } = run;
    if (status === 'queued') return this.#noteQueued(run);
    if (status === 'running') return this.audit.append('run-begun', { run: id });
    const why = errorFacts?.['why'];
    this.audit.append('run-ended', {
      run: id,
      status,
      bestEpoch,
      ...(typeof why === 'string' && { why }),
    });
  }

  /** Whether a living process has claimed a run; null for one that was claimed by an earlier Falx, before there were locks. */
  isHeld(runId: string): boolean | null {
    return this.#locks.isHeld(runId);
  }

  /**
   * Deletes a run with its epochs, metrics and predictions. Its folder is the caller's to delete.
   * @throws FalxError `bad-run` when neither it nor what it stands on was removed before.
   */
  deleteRun(id: string): void {
    this.#write(() => {
      const { splitId, removed } = this.run(id);
      const split = this.split(splitId);
      if (removed === null && split.removed === null && this.dataset(split.datasetId).removed === null)
        throw new FalxError('bad-run', `${id} is in use: remove it before it is deleted for good.`, {
          run: id,
        });
      this.#prepare('DELETE FROM runs WHERE id = ?').run(id);
      this.audit.append('deleted', { kind: 'run', id });
    });
  }

  /** The runs that wait, in the order they will be trained. */
  queue(): Run[] {
    return this.#rows(`SELECT * FROM runs WHERE ${waits} ORDER BY queuePosition`).map((row) =>
      this.#run(row),
    );
  }

  /**
   * Moves a waiting run to a place in the queue.
   * @param to from 0; beyond the end is the end.
   * @throws FalxError `bad-run` when it does not wait.
   */
  moveInQueue(id: string, to: number): void {
    this.#write(() => {
      const places = this.#rows(`SELECT id, queuePosition FROM runs WHERE ${waits} ORDER BY queuePosition`);
      const ids = places.map((row) => row['id'] as string);
      const from = ids.indexOf(id);
      if (from < 0) {
        const { status } = this.run(id);
        throw new FalxError('bad-run', `${id} is ${status}: only a run that waits can be moved.`, {
          run: id,
          status,
        });
      }
      ids.splice(from, 1);
      ids.splice(to, 0, id);
      // The same places, dealt anew: runs that do not wait keep theirs.
      places.forEach((place, index) => {
        this.#prepare('UPDATE runs SET queuePosition = ? WHERE id = ?').run(
          place['queuePosition'],
          ids[index],
        );
      });
    });
  }

  /**
   * Takes the first run of the queue for a process: it becomes `running`, started now. One statement, so two
   * processes never take the same one.
   * @param pid the process that will train it, kept so that others can see whether it still lives.
   * @param among ids to choose from; without it any run.
   */
  claimNextQueued(pid: number, among?: readonly string[]): Run | null {
    return this.#write(() => {
      const row = this.#prepare(
        `UPDATE runs SET status = 'running', pid = @pid, started = @started
         WHERE id = (
           SELECT id FROM runs
           WHERE ${waits} AND (@among IS NULL OR id IN (SELECT value FROM json_each(@among)))
           ORDER BY queuePosition LIMIT 1
         ) RETURNING *`,
      ).get({
        pid: z.int().parse(pid),
        started: new Date().toISOString(),
        among: among ? JSON.stringify(among) : null,
      }) as Row | undefined;
      if (!row) return null;
      const run = this.#run(row);
      this.#noteStatus(run);
      // Within the transaction: whoever sees that it is running sees its lock.
      if (this.#locks.take(run.id)) return run;
      throw new FalxError(
        'bad-run',
        `${run.id} is still held by another Falx on this machine. End that one, and try again.`,
        {
          why: 'runHeld',
          run: run.id,
        },
      );
    });
  }

  /** Id of the process that claimed a run that is `running`, else null. */
  runnerPid(runId: string): number | null {
    const row = this.#row('SELECT pid FROM runs WHERE id = ?', runId);
    return z
      .int()
      .nullable()
      .parse(row?.['pid'] ?? null);
  }

  // ── what came of a run ──────────────────────────────────────────────────────────────────────────────────────

  /** Adds an epoch; one trained again after an interruption takes the place of the first. */
  addEpoch(runId: string, epoch: Epoch): void {
    this.#write(() => this.#insert('epochs', { ...Epoch.parse(epoch), runId }, 'OR REPLACE'));
  }

  epochs(runId: string): Epoch[] {
    return this.#rows('SELECT * FROM epochs WHERE runId = ? ORDER BY epoch', runId).map((row) =>
      this.#read(Epoch, row, 'epochs'),
    );
  }

  /** Of several runs: run id → its epochs, in the order asked. */
  epochsOf(runIds: readonly string[]): Map<string, Epoch[]> {
    const found = new Map<string, Epoch[]>(runIds.map((id) => [id, []]));
    const rows = this.#rows(
      'SELECT * FROM epochs WHERE runId IN (SELECT value FROM json_each(?)) ORDER BY runId, epoch',
      JSON.stringify(runIds),
    );
    for (const row of rows) found.get(row['runId'] as string)!.push(this.#read(Epoch, row, 'epochs'));
    return found;
  }

  /** How far every run, or one, has come: run id → epochs done, and the best one's validation accuracy. */
  runProgress(runId?: string): Map<string, RunProgress> {
    return runProgress(this.#query, runId);
  }

  /** Stores the metrics of one part of a run, in place of earlier ones, and of why there were none. */
  putMetrics(metrics: Metrics): void {
    const record = Metrics.parse(metrics);
    this.#write(() => {
      this.#insert(
        'metrics',
        { runId: record.runId, part: record.part, record: JSON.stringify(record) },
        'OR REPLACE',
      );
      this.evaluationErrors.put(record.runId, null);
      const { runId, part } = record;
      this.audit.append('run-evaluated', { run: runId, part, metrics: sha256Of(JSON.stringify(record)) });
    });
  }

  metrics(runId: string, part?: Part): Metrics[] {
    return this.#rows('SELECT record FROM metrics WHERE runId = ? ORDER BY part', runId)
      .map((row) => this.#read(Metrics, JSON.parse(row['record'] as string), 'metrics'))
      .filter((metrics) => part === undefined || metrics.part === part);
  }

  /** Run id → the metrics of one part, for every run that has them. */
  metricsByRun(part: Part): Map<string, Metrics> {
    return new Map(
      this.#rows('SELECT runId, record FROM metrics WHERE part = ?', part).map((row) => [
        row['runId'] as string,
        this.#read(Metrics, JSON.parse(row['record'] as string), 'metrics'),
      ]),
    );
  }

  /** Stores the probability of each test image, in place of all earlier ones of the run. */
  addTestPredictions(runId: string, rows: readonly { imageId: number; probability: number }[]): void {
    this.#write(() => {
      this.#prepare('DELETE FROM testPredictions WHERE runId = ?').run(runId);
      for (const row of rows) {
        this.#insert('testPredictions', { ...TestPrediction.omit({ label: true }).parse(row), runId });
      }
    });
  }

  /** In image id order. */
  testPredictions(runId: string): TestPrediction[] {
    return this.#rows(
      `SELECT imageId, probability, className = positive AS label
       FROM testPredictions JOIN images ON images.id = imageId JOIN datasets ON datasets.id = datasetId
       WHERE runId = ? ORDER BY imageId`,
      runId,
    ).map((row) => this.#read(TestPrediction, row, 'testPredictions'));
  }

  /** The same with each image's file and class. */
  judgedImages(runId: string): JudgedImage[] {
    return this.#rows(
      `SELECT imageId, file, className, className = positive AS label, probability
       FROM testPredictions JOIN images ON images.id = imageId JOIN datasets ON datasets.id = datasetId
       WHERE runId = ? ORDER BY imageId`,
      runId,
    ).map((row) => this.#read(JudgedImage, row, 'testPredictions'));
  }

  /** @param model SHA-256 of what answered, where it is known. */
  addPrediction(prediction: Prediction, model: string | null = null): void {
    this.#write(() => {
      const record = Prediction.parse(prediction);
      const { runId, sha256, probability, positive, threshold, facts } = record;
      const why = facts?.['why'];
      // Neither the file nor the class's name: nothing here may say whose scan it was.
      this.audit.append('predicted', {
        run: runId,
        model,
        picture: sha256,
        ...(probability === null
          ? { answer: null, why: typeof why === 'string' ? why : null }
          : { answer: probability, positive, threshold }),
      });
      this.#insert('predictions', {
        ...record,
        facts: record.facts ? JSON.stringify(record.facts) : null,
        positive: record.positive === null ? null : Number(record.positive),
      });
    });
  }

  /** Oldest first; with a limit, the newest so many of them. */
  predictions(runId?: string, limit?: number): Prediction[] {
    return this.#rows(
      `SELECT * FROM (SELECT * FROM predictions WHERE @runId IS NULL OR runId = @runId ORDER BY number DESC LIMIT @limit)
       ORDER BY number`,
      { runId: runId ?? null, limit: limit ?? -1 },
    ).map((row) =>
      this.#read(
        Prediction,
        { ...withFacts(row), positive: row['positive'] === null ? null : row['positive'] === 1 },
        'predictions',
      ),
    );
  }

  /** The files that held a scan with this SHA-256 when it was predicted, newest first. */
  scanFiles(sha256: string): string[] {
    return this.#rows(
      'SELECT file FROM predictions WHERE sha256 = ? GROUP BY file ORDER BY max(number) DESC',
      sha256,
    ).map((row) => row['file'] as string);
  }

  // ── preferences ─────────────────────────────────────────────────────────────────────────────────────────────

  preferences(): Preferences {
    const row = this.#row('SELECT record FROM preferences');
    const stored: unknown = row ? JSON.parse(row['record'] as string) : {};
    // Who has data in here knows Falx from before it had first steps, or from the command line.
    const known = this.#row('SELECT 1 FROM datasets LIMIT 1') ? { firstSteps: 'done' } : {};
    return this.#read(Preferences, { ...defaultPreferences, ...known, ...(stored as object) }, 'preferences');
  }

  /** Changes some preferences. @returns all of them. */
  setPreferences(change: PreferencesChange): Preferences {
    const changed = Object.entries(change).filter(([, value]) => value !== undefined);
    return this.#write(() => {
      const preferences = Preferences.parse({ ...this.preferences(), ...Object.fromEntries(changed) });
      this.#insert('preferences', { number: 1, record: JSON.stringify(preferences) }, 'OR REPLACE');
      return preferences;
    });
  }

  // ── secrets ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** 32 random bytes in hex that belong to this home alone; drawn when they are first asked for. */
  secret(name: string): string {
    return this.#write(() => {
      this.#insert('secrets', { name, value: randomBytes(32).toString('hex') }, 'OR IGNORE');
      return z.string().parse(this.#row('SELECT value FROM secrets WHERE name = ?', name)?.['value']);
    });
  }

  /** Whether another process has written to this home since this was last asked. */
  changedByOthers(): boolean {
    // A number that SQLite raises for what other connections commit.
    const version = guard(this.file, () => this.#db.pragma('data_version', { simple: true }));
    const changed = this.#seenVersion !== undefined && version !== this.#seenVersion;
    this.#seenVersion = version;
    return changed;
  }

  #seenVersion: unknown;

  // ── the edge ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes the write lock first: a read that turned into a write could be refused for what another wrote between. */
  #write<T>(work: () => T): T {
    this.#refuseClosed();
    if (this.readOnly) throw homeReadOnly(this.home);
    return guard(this.file, () => {
      if (this.#db.inTransaction) return work();
      if (!this.#sealBroken) {
        this.#refuseOtherFormat();
        breakSeal(this.#db);
        this.#sealBroken = true;
      }
      let committed = false;
      try {
        const result = this.#db
          .transaction(() => {
            this.#refuseOtherFormat();
            return work();
          })
          .immediate();
        committed = true;
        return result;
      } finally {
        this.audit.settled(committed);
      }
    });
  }

  #sealBroken = false;

  /**
   * Another Falx may bring the registry to another format while this one has it open, which then must not write.
   * @throws FalxError `registry`
   */
  #refuseOtherFormat(): void {
    this.#format ??= this.#db.prepare<[], number>('PRAGMA user_version').pluck();
    const found = this.#format.get()!;
    if (found !== knownFormat) throw changedFormat(this.file, { found, known: knownFormat });
  }

  #format: Statement<[], number> | undefined;

  #insert(table: string, row: Row, conflict = ''): void {
    this.#inserter(table, Object.keys(row), conflict).run(row);
  }

  #inserter(table: string, columns: readonly string[], conflict = ''): Statement<unknown[]> {
    return this.#prepare(
      `INSERT ${conflict} INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `@${column}`).join(', ')})`,
    );
  }

  readonly #statements = new Map<string, Statement<unknown[]>>();

  #prepare(sql: string): Statement<unknown[]> {
    const statement = this.#statements.get(sql) ?? this.#db.prepare<unknown[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #refuseClosed(): void {
    if (this.#db.open) return;
    throw new FalxError(
      'registry',
      'A backup is being put in the place of the records. Try again in a moment.',
      {
        why: 'registryRestoring',
      },
    );
  }

  #rows(sql: string, ...values: unknown[]): Row[] {
    this.#refuseClosed();
    return guard(this.file, () => {
      try {
        return this.#prepare(sql).all(...values) as Row[];
      } catch (error) {
        this.#refuseOtherFormat(); // then this is why
        throw error;
      }
    });
  }

  readonly #query = (sql: string, ...values: unknown[]): Row[] => this.#rows(sql, ...values);

  #row(sql: string, ...values: unknown[]): Row | undefined {
    return this.#rows(sql, ...values)[0];
  }

  #read<T>(schema: z.ZodType<T>, row: unknown, table: string): T {
    const result = schema.safeParse(row);
    if (result.success) return result.data;
    this.#refuseOtherFormat(); // then this is why
    throw new FalxError(
      'registry',
      `The registry ${this.file} holds a row in "${table}" that is not what Falx wrote ` +
        `(${shortly(result.error)}). Restore the file from a backup, or move it away to start anew.`,
      { file: this.file, table, row },
      { cause: result.error },
    );
  }

  #dataset(row: Row): Dataset {
    return this.#read(Dataset, { ...row, classes: JSON.parse(row['classes'] as string) }, 'datasets');
  }

  #image(row: Row): ImageRecord {
    return this.#read(ImageRecord, { ...row, facts: parsed(row['facts']) }, 'images');
  }

  #split(row: Row): Split {
    const [certificate, fold] = [parsed(row['certificate']), parsed(row['fold'])];
    return this.#read(Split, { ...row, certificate, fold }, 'splits');
  }

  #run({ errorFacts, ...row }: Row): Run {
    const settings: unknown = JSON.parse(row['settings'] as string);
    const versions: unknown = JSON.parse(row['versions'] as string);
    const tags: unknown = JSON.parse(row['tags'] as string);
    const facts = errorFacts === null ? {} : { errorFacts: parsed(errorFacts) };
    const computedOn = parsed(row['computedOn']);
    return this.#read(Run, { ...row, ...facts, settings, versions, tags, computedOn }, 'runs');
  }

  #noDataset(id: string): FalxError {
    const known = this.datasets().map((dataset) => dataset.id);
    return notFound('dataset', id, known, 'falx import DIR');
  }

  #refuseTakenName(name: string): void {
    const row = this.#row('SELECT removed FROM datasets WHERE name = ?', name);
    if (!row) return;
    const hidden = row['removed'] === null ? '' : ' among those that were removed';
    throw new FalxError(
      'bad-usage',
      `There is a dataset called "${name}" already${hidden}. Choose another name.`,
      { why: 'datasetNameTaken', name },
    );
  }

  #refusePositive(dataset: Dataset): void {
    requireLabels(dataset);
    const { id, name, classes, positive } = dataset;
    if (!classes.includes(positive))
      throw new FalxError(
        'bad-usage',
        `"${name}" has no class "${positive}". Its classes are ${classes.map((each) => `"${each}"`).join(' and ')}.`,
        { dataset: id, positive, classes },
      );
    const run = this.#row(
      'SELECT runs.id FROM runs JOIN splits ON splits.id = splitId WHERE datasetId = ? LIMIT 1',
      id,
    );
    if (run)
      throw new FalxError(
        'bad-dataset',
        `The positive class of "${name}" is fixed, because ${run['id'] as string} was made with it and its answers would ` +
          'turn round. Import the folder again to train with the other class.',
        { why: 'positiveFixed', name, dataset: id, run: run['id'] },
      );
  }

  #freeName(wanted: string): string {
    const taken = new Set(this.#rows('SELECT name FROM datasets').map((row) => row['name']));
    if (!taken.has(wanted)) return wanted;
    for (let number = 2; ; number += 1) {
      if (!taken.has(`${wanted}-${number}`)) return `${wanted}-${number}`;
    }
  }
}

/** A JSON column that may be null. */
const parsed = (column: unknown): unknown => (column === null ? null : JSON.parse(column as string));

function runRow(run: Run): Row {
  return {
    ...run,
    settings: JSON.stringify(run.settings),
    versions: JSON.stringify(run.versions),
    tags: JSON.stringify(run.tags),
    errorFacts: run.errorFacts ? JSON.stringify(run.errorFacts) : null,
    computedOn: run.computedOn ? JSON.stringify(run.computedOn) : null,
  };
}

/** SQL for the rows a list has: runs are out of sight with their split or dataset. */
function which(table: 'datasets' | 'splits' | 'runs', removed: Removed = false): string {
  if (removed === 'any') return '1';
  if (removed) return 'removed IS NOT NULL';
  return table === 'runs' ? `removed IS NULL AND ${ofDatasetInUse}` : 'removed IS NULL';
}

const ofDatasetInUse =
  'splitId NOT IN (SELECT splits.id FROM splits JOIN datasets ON datasets.id = datasetId ' +
  'WHERE datasets.removed IS NOT NULL OR splits.removed IS NOT NULL)';

/** SQL for the runs that wait to be trained. */
const waits = `status = 'queued' AND removed IS NULL AND ${ofDatasetInUse}`;

function notFound(kind: string, wanted: string, known: string[], command: string): FalxError {
  const near = nearest(wanted, known, 5);
  const remedy =
    near.length > 0 ? `Nearest: ${near.join(', ')}.` : `There is none yet: make one with "${command}".`;
  return new FalxError('not-found', `There is no ${kind} "${wanted}" in this home folder. ${remedy}`, {
    why: 'recordGone',
    kind,
    id: wanted,
    near,
  });
}

/** Digits and letters without i, l, o, u: nothing in an id is misread or reads as a word. (Crockford's base 32.) */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new id such as `run-k3f9x2ma`: 40 random bits. */
export function newId(prefix: 'ds' | 'sp' | 'cv' | 'run' | 'job' | 'up'): string {
  return `${prefix}-${Array.from(randomBytes(8), (byte) => ALPHABET[byte & 31]).join('')}`;
}

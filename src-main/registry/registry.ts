import { randomBytes } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import {
  Dataset,
  Epoch,
  ImageRecord,
  Metrics,
  Part,
  Prediction,
  Quarantined,
  Run,
  Split,
} from '../contract/records.ts';
import { connect, guard } from './connection.ts';
import { nearest } from './nearest.ts';

const NewImage = ImageRecord.omit({ id: true, datasetId: true });
export type NewImage = z.infer<typeof NewImage>;

const ImagePart = z.object({ imageId: z.int(), part: Part });
export type ImagePart = z.infer<typeof ImagePart>;

const TestPrediction = z.object({
  imageId: z.int(),
  /** 1: the positive class. */
  label: z.union([z.literal(0), z.literal(1)]),
  probability: z.number().min(0).max(1),
});
export type TestPrediction = z.infer<typeof TestPrediction>;

type Row = Record<string, unknown>;

/**
 * All that Falx remembers, in one SQLite file. Every record is checked with the contract's schema on its way in
 * and out. Any number of processes may have the same home open: a write waits for the other's, none is lost.
 *
 * Every verb throws FalxError `disk` or `registry` when SQLite fails; those that take an id throw `not-found`.
 */
export class Registry {
  readonly #db: Database;

  private constructor(db: Database) {
    this.#db = db;
  }

  /** Opens `<home>/registry.sqlite`, creating and migrating it as needed. */
  static open(home: string): Registry {
    return new Registry(connect(home));
  }

  close(): void {
    this.#db.close();
  }

  // ── datasets ────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Adds a dataset with all its images, or nothing.
   * @returns the dataset as stored: a name that is taken gets a number, "scans" becoming "scans-2".
   */
  addDataset(dataset: Dataset, images: readonly NewImage[], quarantined: readonly Quarantined[]): Dataset {
    return this.#write(() => {
      const stored = Dataset.parse({ ...dataset, name: this.#freeName(dataset.name) });
      this.#insert('datasets', { ...stored, classes: JSON.stringify(stored.classes) });
      for (const image of images) this.#insert('images', { ...NewImage.parse(image), datasetId: stored.id });
      for (const file of quarantined) {
        this.#insert('quarantined', { ...Quarantined.parse(file), datasetId: stored.id });
      }
      return stored;
    });
  }

  /** By id, else by name. */
  dataset(idOrName: string): Dataset {
    const row =
      this.#row('SELECT * FROM datasets WHERE id = ?', idOrName) ??
      this.#row('SELECT * FROM datasets WHERE name = ?', idOrName);
    if (row) return this.#dataset(row);
    const known = this.datasets().flatMap((dataset) => [dataset.id, dataset.name]);
    throw notFound('dataset', idOrName, known, 'falx import DIR');
  }

  /** In the order they were added, as every list here. */
  datasets(): Dataset[] {
    return this.#rows('SELECT * FROM datasets ORDER BY number').map((row) => this.#dataset(row));
  }

  /** In id order, which is the row order of the dataset's pixel cache. */
  images(datasetId: string): ImageRecord[] {
    return this.#rows('SELECT * FROM images WHERE datasetId = ? ORDER BY id', datasetId).map((row) =>
      this.#read(ImageRecord, row, 'images'),
    );
  }

  /** Files that could not be read at import, by name. */
  quarantined(datasetId: string): Quarantined[] {
    return this.#rows('SELECT * FROM quarantined WHERE datasetId = ? ORDER BY file', datasetId).map((row) =>
      this.#read(Quarantined, row, 'quarantined'),
    );
  }

  // ── splits ──────────────────────────────────────────────────────────────────────────────────────────────────

  addSplit(split: Split, parts: readonly ImagePart[]): void {
    this.#write(() => {
      const stored = Split.parse(split);
      this.#insert('splits', stored);
      for (const part of parts) this.#insert('parts', { ...ImagePart.parse(part), splitId: stored.id });
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
    return this.#read(Split, row, 'splits');
  }

  splits(datasetId?: string): Split[] {
    const rows =
      datasetId === undefined
        ? this.#rows('SELECT * FROM splits ORDER BY number')
        : this.#rows('SELECT * FROM splits WHERE datasetId = ? ORDER BY number', datasetId);
    return rows.map((row) => this.#read(Split, row, 'splits'));
  }

  /** In image id order. */
  parts(splitId: string): ImagePart[] {
    return this.#rows('SELECT * FROM parts WHERE splitId = ? ORDER BY imageId', splitId).map((row) =>
      this.#read(ImagePart, row, 'parts'),
    );
  }

  // ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────

  addRun(run: Run): void {
    this.#write(() => this.#insert('runs', runRow(Run.parse(run))));
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

  runs(filter: { splitId?: string } = {}): Run[] {
    const rows =
      filter.splitId === undefined
        ? this.#rows('SELECT * FROM runs ORDER BY number')
        : this.#rows('SELECT * FROM runs WHERE splitId = ? ORDER BY number', filter.splitId);
    return rows.map((row) => this.#run(row));
  }

  /** Changes some fields of a run. One that is no longer running belongs to no process any more. */
  updateRun(id: string, change: Partial<Omit<Run, 'id'>>): void {
    this.#write(() => {
      const run = Run.parse({ ...this.run(id), ...change, id });
      const columns = Object.keys(runRow(run)).map((column) => `${column} = @${column}`);
      this.#prepare(`UPDATE runs SET ${columns.join(', ')} WHERE id = @id`).run(runRow(run));
      if (run.status !== 'running') this.#prepare('UPDATE runs SET pid = NULL WHERE id = ?').run(id);
    });
  }

  /**
   * Takes the oldest queued run for a process: it becomes `running`, started now. One statement, so two
   * processes never take the same one.
   * @param pid the process that will train it, kept so that others can see whether it still lives.
   * @param among ids to choose from; without it any run.
   */
  claimNextQueued(pid: number, among?: readonly string[]): Run | null {
    return this.#write(() => {
      const row = this.#prepare(
        `UPDATE runs SET status = 'running', pid = @pid, started = @started
         WHERE number = (
           SELECT min(number) FROM runs
           WHERE status = 'queued' AND (@among IS NULL OR id IN (SELECT value FROM json_each(@among)))
         ) RETURNING *`,
      ).get({
        pid: z.int().parse(pid),
        started: new Date().toISOString(),
        among: among ? JSON.stringify(among) : null,
      }) as Row | undefined;
      return row ? this.#run(row) : null;
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

  /** Stores the metrics of one part of a run, in place of earlier ones. */
  putMetrics(metrics: Metrics): void {
    const record = Metrics.parse(metrics);
    this.#write(() =>
      this.#insert(
        'metrics',
        { runId: record.runId, part: record.part, record: JSON.stringify(record) },
        'OR REPLACE',
      ),
    );
  }

  metrics(runId: string, part?: Part): Metrics[] {
    return this.#rows('SELECT record FROM metrics WHERE runId = ? ORDER BY part', runId)
      .map((row) => this.#read(Metrics, JSON.parse(row['record'] as string), 'metrics'))
      .filter((metrics) => part === undefined || metrics.part === part);
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

  addPrediction(prediction: Prediction): void {
    this.#write(() => {
      const record = Prediction.parse(prediction);
      this.#insert('predictions', {
        ...record,
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
        { ...row, positive: row['positive'] === null ? null : row['positive'] === 1 },
        'predictions',
      ),
    );
  }

  // ── the edge ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes the write lock first: a read that turned into a write could be refused for what another wrote between. */
  #write<T>(work: () => T): T {
    return guard(this.#db.name, () =>
      this.#db.inTransaction ? work() : this.#db.transaction(work).immediate(),
    );
  }

  #insert(table: string, row: Row, conflict = ''): void {
    const columns = Object.keys(row);
    this.#prepare(
      `INSERT ${conflict} INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `@${column}`).join(', ')})`,
    ).run(row);
  }

  readonly #statements = new Map<string, Statement<unknown[]>>();

  #prepare(sql: string): Statement<unknown[]> {
    const statement = this.#statements.get(sql) ?? this.#db.prepare<unknown[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #rows(sql: string, ...values: unknown[]): Row[] {
    return guard(this.#db.name, () => this.#prepare(sql).all(...values) as Row[]);
  }

  #row(sql: string, ...values: unknown[]): Row | undefined {
    return this.#rows(sql, ...values)[0];
  }

  #read<T>(schema: z.ZodType<T>, row: unknown, table: string): T {
    const result = schema.safeParse(row);
    if (result.success) return result.data;
    throw new FalxError(
      'registry',
      `The registry ${this.#db.name} holds a row in "${table}" that is not what Falx wrote ` +
        `(${z.prettifyError(result.error)}). Restore the file from a backup, or move it away to start anew.`,
      { file: this.#db.name, table, row },
      { cause: result.error },
    );
  }

  #dataset(row: Row): Dataset {
    return this.#read(Dataset, { ...row, classes: JSON.parse(row['classes'] as string) }, 'datasets');
  }

  #run(row: Row): Run {
    const settings: unknown = JSON.parse(row['settings'] as string);
    const versions: unknown = JSON.parse(row['versions'] as string);
    return this.#read(Run, { ...row, settings, versions }, 'runs');
  }

  #freeName(wanted: string): string {
    const taken = new Set(this.#rows('SELECT name FROM datasets').map((row) => row['name']));
    if (!taken.has(wanted)) return wanted;
    for (let number = 2; ; number += 1) {
      if (!taken.has(`${wanted}-${number}`)) return `${wanted}-${number}`;
    }
  }
}

function runRow(run: Run): Row {
  return { ...run, settings: JSON.stringify(run.settings), versions: JSON.stringify(run.versions) };
}

function notFound(kind: string, wanted: string, known: string[], command: string): FalxError {
  const near = nearest(wanted, known, 5);
  const remedy =
    near.length > 0 ? `Nearest: ${near.join(', ')}.` : `There is none yet: make one with "${command}".`;
  return new FalxError('not-found', `There is no ${kind} "${wanted}" in this home folder. ${remedy}`, {
    kind,
    id: wanted,
    near,
  });
}

/** Digits and letters without i, l, o, u: nothing in an id is misread or reads as a word. (Crockford's base 32.) */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new id such as `run-k3f9x2ma`: 40 random bits. */
export function newId(prefix: 'ds' | 'sp' | 'run'): string {
  return `${prefix}-${Array.from(randomBytes(8), (byte) => ALPHABET[byte & 31]).join('')}`;
}

import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { Run, type RunStatus } from '../contract/records.ts';
import { sha256Of } from '../system/hashes.ts';
import type { AuditTrail } from './audit-trail.ts';
import { parsed, stringified, type RegistryDatabase, type Row } from './database.ts';
import { sentenceIn, toldColumn } from './told-columns.ts';
import type { Datasets } from './datasets.ts';
import { noteTrash, removedFilter, type Removed } from './in-use.ts';
import type { RunLocks } from './process-lock.ts';
import { notFound } from './not-found.ts';
import type { Splits } from './splits.ts';

/** Trainings: waiting, running, and finished. */
export class Runs {
  readonly #db: RegistryDatabase;
  readonly #audit: AuditTrail;
  readonly #locks: RunLocks;
  readonly #datasets: Datasets;
  readonly #splits: Splits;

  constructor(db: RegistryDatabase, audit: AuditTrail, locks: RunLocks, datasets: Datasets, splits: Splits) {
    this.#db = db;
    this.#audit = audit;
    this.#locks = locks;
    this.#datasets = datasets;
    this.#splits = splits;
  }

  /** Adds a run; one that waits goes to the end of the queue. */
  add(run: Run): void {
    this.#db.write(() => {
      const last = this.#db.row('SELECT max(queuePosition) AS position FROM runs');
      const queuePosition = ((last?.['position'] as number | null) ?? 0) + 1;
      const stored = Run.parse(run);
      this.#db.insert('runs', { ...rowOf(stored), queuePosition });
      noteQueued(this.#audit, stored);
    });
  }

  /** @throws FalxError `not-found` */
  get(id: string): Run {
    const row = this.#db.row('SELECT * FROM runs WHERE id = ?', id);
    if (row) return readRun(this.#db, row);
    const known = this.list().map((run) => run.id);
    throw notFound('run', id, known, 'falx train SPLIT');
  }

  /** Without removed ones (by themselves or with their split or dataset), unless requested. */
  list(filter: { splitId?: string; status?: RunStatus; removed?: Removed } = {}): Run[] {
    return this.#db
      .query(
        `SELECT * FROM runs
         WHERE (@splitId IS NULL OR splitId = @splitId) AND (@status IS NULL OR status = @status)
           AND ${removedFilter('runs', filter.removed)} ORDER BY number`,
        { splitId: filter.splitId ?? null, status: filter.status ?? null },
      )
      .map((row) => readRun(this.#db, row));
  }

  /** Changes some fields of a run. Once it is not running any more, it belongs to no process. */
  update(id: string, change: Partial<Omit<Run, 'id'>>): void {
    this.#db.write(() => {
      const { errorFacts, ...before } = this.get(id);
      // Facts belong to the error beside them.
      const kept = change.error === undefined && errorFacts ? { errorFacts } : {};
      const run = Run.parse({ ...before, ...kept, ...change, id });
      const columns = Object.keys(rowOf(run)).map((column) => `${column} = @${column}`);
      this.#db.run(`UPDATE runs SET ${columns.join(', ')} WHERE id = @id`, rowOf(run));
      if (run.status !== 'running') this.#db.run('UPDATE runs SET pid = NULL WHERE id = ?', id);
      if (run.status !== before.status) noteStatus(this.#audit, run);
      noteTrash(this.#audit, 'run', before, run);
    });
    const { status } = this.get(id);
    // Not before the change is stored: until then others would consider it abandoned.
    if (status !== 'running' && !this.#db.inTransaction) this.#locks.release(id);
  }

  /**
   * Deletes a run with its epochs, metrics and predictions. The caller deletes its folder.
   * @throws FalxError `bad-run` if neither it nor its split or dataset is in the trash.
   */
  delete(id: string): void {
    this.#db.write(() => {
      const { splitId, removed } = this.get(id);
      const split = this.#splits.get(splitId);
      if (removed === null && split.removed === null && this.#datasets.get(split.datasetId).removed === null)
        throw new FalxError('runInUse', { run: id });
      this.#db.run('DELETE FROM runs WHERE id = ?', id);
      this.#audit.append('deleted', { kind: 'run', id });
    });
  }

  /** Whether a living process has claimed a run; null if an earlier version of Falx claimed it, before there were locks. */
  isHeld(id: string): boolean | null {
    return this.#locks.isHeld(id);
  }

  /** Id of the process that claimed a `running` run; otherwise null. */
  runnerPid(id: string): number | null {
    const row = this.#db.row('SELECT pid FROM runs WHERE id = ?', id);
    return z
      .int()
      .nullable()
      .parse(row?.['pid'] ?? null);
  }
}

export function readRun(db: RegistryDatabase, { told, ...row }: Row): Run {
  const settings: unknown = JSON.parse(row['settings'] as string);
  const versions: unknown = JSON.parse(row['versions'] as string);
  const tags: unknown = JSON.parse(row['tags'] as string);
  const { sentence: error, facts: errorFacts } = sentenceIn(told);
  const computedOn = parsed(row['computedOn']);
  return db.read(Run, { ...row, error, errorFacts, settings, versions, tags, computedOn }, 'runs');
}

function rowOf({ error, errorFacts, ...run }: Run): Row {
  return {
    ...run,
    settings: JSON.stringify(run.settings),
    versions: JSON.stringify(run.versions),
    tags: JSON.stringify(run.tags),
    told: toldColumn(error, errorFacts),
    computedOn: stringified(run.computedOn),
  };
}

/** Records in the trail how a run's status changed. */
export function noteStatus(audit: AuditTrail, run: Run): void {
  const { id, status, bestEpoch, errorFacts } = run;
  if (status === 'queued') return noteQueued(audit, run);
  if (status === 'running') return void audit.append('run-begun', { run: id });
  const why = errorFacts?.['why'];
  audit.append('run-ended', {
    run: id,
    status,
    bestEpoch,
    ...(typeof why === 'string' && { why }),
  });
}

function noteQueued(audit: AuditTrail, run: Run): void {
  const { id, splitId, network, datasetHash, splitHash, settings } = run;
  audit.append('run-queued', {
    run: id,
    split: splitId,
    network,
    datasetHash,
    splitHash,
    settings: sha256Of(JSON.stringify(settings)),
  });
}

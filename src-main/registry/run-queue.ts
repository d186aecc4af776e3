import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RegistryDatabase, Row } from './database.ts';
import { ofDatasetInUse } from './in-use.ts';
import type { RunLocks } from './process-lock.ts';
import { noteStatus, readRun, type Runs } from './runs.ts';

/** SQL for the runs that wait to be trained. */
const waits = `status = 'queued' AND removed IS NULL AND ${ofDatasetInUse}`;

/** The runs that wait, in the order they will be trained. */
export class RunQueue {
  readonly #db: RegistryDatabase;
  readonly #audit: AuditTrail;
  readonly #locks: RunLocks;
  readonly #runs: Runs;

  constructor(db: RegistryDatabase, audit: AuditTrail, locks: RunLocks, runs: Runs) {
    this.#db = db;
    this.#audit = audit;
    this.#locks = locks;
    this.#runs = runs;
  }

  list(): Run[] {
    return this.#db
      .query(`SELECT * FROM runs WHERE ${waits} ORDER BY queuePosition`)
      .map((row) => readRun(this.#db, row));
  }

  /**
   * Moves a waiting run to a position in the queue.
   * @param to from 0; beyond the end means the end.
   * @throws FalxError `bad-run` if it is not waiting.
   */
  move(id: string, to: number): void {
    const { query, run, write } = this.#db;
    write(() => {
      const places = query(`SELECT id, queuePosition FROM runs WHERE ${waits} ORDER BY queuePosition`);
      const ids = places.map((row) => row['id'] as string);
      const from = ids.indexOf(id);
      if (from < 0) {
        const { status } = this.#runs.get(id);
        throw new FalxError('runNotMovable', { run: id, status });
      }
      ids.splice(from, 1);
      ids.splice(to, 0, id);
      // The same places, redistributed: runs that are not waiting keep theirs.
      places.forEach((place, index) => {
        run('UPDATE runs SET queuePosition = ? WHERE id = ?', place['queuePosition'], ids[index]);
      });
    });
  }

  /**
   * Claims the first run of the queue for a process: it becomes `running`, started now. One statement, so two processes never take
   * the same one.
   * @param pid the process that will train it, stored so that others can see whether it is still alive.
   * @param among ids to choose from; all runs if left out.
   */
  claimNext(pid: number, among?: readonly string[]): Run | null {
    return this.#db.write(() => {
      const row = this.#db
        .prepare(
          `UPDATE runs SET status = 'running', pid = @pid, started = @started
           WHERE id = (
             SELECT id FROM runs
             WHERE ${waits} AND (@among IS NULL OR id IN (SELECT value FROM json_each(@among)))
             ORDER BY queuePosition LIMIT 1
           ) RETURNING *`,
        )
        .get({
          pid: z.int().parse(pid),
          started: new Date().toISOString(),
          among: among ? JSON.stringify(among) : null,
        }) as Row | undefined;
      if (!row) return null;
      const run = readRun(this.#db, row);
      noteStatus(this.#audit, run);
      // Within the transaction: any process that sees it running sees its lock.
      if (this.#locks.take(run.id)) return run;
      throw new FalxError('runHeld', { run: run.id });
    });
  }
}

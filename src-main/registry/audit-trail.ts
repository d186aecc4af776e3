import path from 'node:path';
import type { Database } from 'better-sqlite3';
import {
  AuditHead,
  AuditLine,
  type AuditAction,
  type AuditFacts,
  type AuditVerdict,
} from '../contract/audit.ts';
import { falxVersion } from '../version.ts';
import { lineOf, linkOf, NOTHING_BEFORE, type Link } from './audit-chain.ts';
import { keepHead, keptHead } from './audit-head.ts';
import { headsIn, verifyTrail, type OutsideHead } from './audit-verify.ts';
import type { RegistryDatabase } from './database.ts';
import { forgetRestoring, pendingRestore } from './restoring.ts';
import { breakSeal } from './seal.ts';

/** Entries read at once. */
const PAGE = 1000;

/**
 * What was done in a home, as an append-only hash chain. Each entry is written in the same transaction as the action it records:
 * either both are stored or neither. What it can and can't prove: docs/audit-trail.md.
 */
export class AuditTrail {
  readonly #db: RegistryDatabase;
  readonly #home: string;
  readonly #falx = falxVersion();
  #unkept: AuditHead | null = null;

  constructor(db: RegistryDatabase, home: string) {
    this.#db = db;
    this.#home = home;
  }

  /** Adds an entry. Must be called within the transaction that it records. @returns the trail's head, which is this entry. */
  append(action: AuditAction, facts: AuditFacts): AuditHead {
    const { query, run, write } = this.#db;
    return write(() => {
      const last = query('SELECT number, hash FROM auditTrail ORDER BY number DESC LIMIT 1')[0];
      const number = ((last?.['number'] as number | undefined) ?? 0) + 1;
      const { previous, hash, text } = linkOf((last?.['hash'] as string | undefined) ?? NOTHING_BEFORE, {
        number,
        time: new Date().toISOString(),
        action,
        facts,
        falx: this.#falx,
      });
      run(
        'INSERT INTO auditTrail (number, previous, hash, entry) VALUES (?, ?, ?, ?)',
        number,
        previous,
        hash,
        text,
      );
      return (this.#unkept = { number, hash });
    });
  }

  /** Called at the end of a transaction: the head is also written outside the registry. */
  settled(committed: boolean): void {
    if (committed && this.#unkept) keepHead(this.#home, this.#unkept);
    this.#unkept = null;
  }

  /** The newest entry's number and hash; null before the first. */
  head(): AuditHead | null {
    const row = this.#db.query('SELECT number, hash FROM auditTrail ORDER BY number DESC LIMIT 1')[0];
    return row ? { number: row['number'] as number, hash: row['hash'] as string } : null;
  }

  /** Newest first, starting before entry `before`. */
  newest(limit: number, before?: number): AuditLine[] {
    return this.#db
      .query(
        'SELECT * FROM auditTrail WHERE @before IS NULL OR number < @before ORDER BY number DESC LIMIT @limit',
        { before: before ?? null, limit },
      )
      .map((row) =>
        this.#db.read(
          AuditLine,
          {
            previous: row['previous'],
            hash: row['hash'],
            entry: JSON.parse(row['entry'] as string) as unknown,
          },
          'auditTrail',
        ),
      );
  }

  /** Verifies it, and compares it with the heads kept outside it. */
  verify(given: readonly AuditHead[] = []): AuditVerdict {
    return verifyTrail(this.links(), [
      ...headsIn(this.#home),
      ...this.#certified(),
      ...given.map((head) => ({ kind: 'given' as const, file: null, head })),
    ]);
  }

  /** The heads in the certificates of splits. */
  #certified(): OutsideHead[] {
    return this.#db
      .query(
        `SELECT id, certificate -> '$.auditHead' AS head FROM splits WHERE certificate ->> '$.auditHead' IS NOT NULL ORDER BY number`,
      )
      .map(({ id, head }) => ({
        kind: 'certificate',
        file: id as string,
        head: AuditHead.safeParse(JSON.parse(head as string)).data ?? null,
      }));
  }

  /** Oldest first, as lines of JSON Lines. */
  *lines(): Generator<string> {
    for (const link of this.links()) yield lineOf(link);
  }

  /** Oldest first, as stored, without verification. */
  *links(): Generator<Link> {
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const rows = this.#db.query(
        'SELECT number, previous, hash, entry AS text FROM auditTrail WHERE number > ? ORDER BY number LIMIT ?',
        after,
        PAGE,
      );
      for (const row of rows) yield row as unknown as Link;
      if (rows.length < PAGE) return;
      after = rows.at(-1)!['number'] as number;
    }
  }
}

/**
 * Begins the trail of a registry that has none: its first entry counts the existing records, and names the head found beside the
 * registry, if any. Then records a restored backup that is not in the trail yet.
 */
export function beginTrail(db: Database): void {
  const home = path.dirname(db.name);
  const head = (): AuditHead | null =>
    (db.prepare('SELECT number, hash FROM auditTrail ORDER BY number DESC LIMIT 1').get() as
      AuditHead | undefined) ?? null;
  const before = head();
  if (before !== null && pendingRestore(home, before) === null) return forgetRestoring(home);
  const append = (action: AuditAction, facts: AuditFacts) => {
    const last = head();
    const number = (last?.number ?? 0) + 1;
    const { previous, hash, text } = linkOf(last?.hash ?? NOTHING_BEFORE, {
      number,
      time: new Date().toISOString(),
      action,
      facts,
      falx: falxVersion(),
    });
    db.prepare('INSERT INTO auditTrail (number, previous, hash, entry) VALUES (?, ?, ?, ?)').run(
      number,
      previous,
      hash,
      text,
    );
  };
  breakSeal(db);
  db.transaction(() => {
    // Under the lock: another process may have been first.
    if (head() === null) append('trail-began', existingCounts(db, home));
    const restored = pendingRestore(home, head());
    const told = db.prepare(`SELECT 1 FROM auditTrail WHERE number > ? - 20 AND entry ->> '$.facts.id' = ?`);
    if (restored && !told.get(head()!.number, restored['id'])) append('registry-restored', restored);
  }).immediate();
  keepHead(home, head()!);
  forgetRestoring(home);
}

function existingCounts(db: Database, home: string): AuditFacts {
  const count = (table: string): number =>
    db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!;
  const earlier = keptHead(home);
  const [earlierNumber, earlierHash] =
    earlier === 'unreadable' ? [null, null] : [earlier?.number ?? null, earlier?.hash ?? null];
  return {
    datasets: count('datasets'),
    splits: count('splits'),
    runs: count('runs'),
    predictions: count('predictions'),
    ...(earlier === null ? {} : { earlierNumber, earlierHash }),
  };
}

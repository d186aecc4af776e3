import { z } from 'zod';
import type { AuditAction } from '../contract/audit.ts';
import { CheckRecord, Decision, DecisionOutline, ShortcutAudit, TwinLink } from '../contract/check.ts';
import { FalxError, messageOfWorded } from '../contract/errors.ts';
import { Part as Told } from '../contract/messages/parameters.ts';
import { ImageRecord, type Quarantined } from '../contract/records.ts';
import { sha256Of } from '../system/hashes.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RegistryDatabase } from './database.ts';
import { sentenceOf } from './told-columns.ts';

/** The fields of an image that decide its group: read for all images at once, so no more than necessary. */
export const ImageOutline = ImageRecord.pick({
  id: true,
  file: true,
  frame: true,
  className: true,
  sha256: true,
  givenPart: true,
  patient: true,
}).extend({
  /** Salted hash of its DICOM series. */
  series: z.string().nullable(),
});
export type ImageOutline = z.infer<typeof ImageOutline>;

/** A check as stored in the registry: codes in place of sentences. */
const StoredCheck = CheckRecord.extend({ unreadable: z.array(z.object({ file: z.string(), told: Told })) });
type StoredCheck = z.infer<typeof StoredCheck>;

const storedCheck = (record: CheckRecord): StoredCheck => ({
  ...record,
  unreadable: record.unreadable.map(({ file, reason, facts }) => ({
    file,
    told: messageOfWorded({ message: reason, facts: facts ?? null }),
  })),
});

function quarantinedOf({ file, told }: StoredCheck['unreadable'][number]): Quarantined {
  const { sentence, facts } = sentenceOf(told, true);
  return { file, reason: sentence, ...(facts && { facts }) };
}

const outlines = z.array(ImageOutline);
/** Rows read at once: some milliseconds. */
const PAGE = 2000;

/** The check of a dataset, users' decisions about it, and its shortcut audit. */
export class Checks {
  readonly #db: RegistryDatabase;
  readonly #audit: AuditTrail;

  constructor(db: RegistryDatabase, audit: AuditTrail) {
    this.#db = db;
    this.#audit = audit;
  }

  /** Stores a check with the twins it found, replacing the dataset's earlier one. Decisions stay. */
  put(record: CheckRecord, links: readonly TwinLink[]): void {
    const { run, write } = this.#db;
    const { datasetId } = record;
    write(() => {
      run('DELETE FROM twins WHERE datasetId = ?', datasetId);
      this.#keep(record);
      this.#link(datasetId, links);
    });
  }

  /** Adds pairs found by a search between sets to the dataset's check, marked as such. */
  join(datasetId: string, links: readonly TwinLink[]): void {
    this.#db.write(() => {
      const record = this.record(datasetId);
      if (!record) return;
      this.#keep({ ...record, joined: [...(record.joined ?? []), ...links] });
      this.#link(datasetId, links);
    });
  }

  #keep(record: CheckRecord): void {
    const stored = JSON.stringify(storedCheck(CheckRecord.parse(record)));
    this.#db.run('INSERT OR REPLACE INTO checks VALUES (?, ?)', record.datasetId, stored);
  }

  /** An existing pair is unchanged. */
  #link(datasetId: string, links: readonly TwinLink[]): void {
    for (const link of links) {
      const { change, ...rest } = TwinLink.parse(link);
      this.#db.run(
        `INSERT OR IGNORE INTO twins (datasetId, firstId, otherId, correlation, detail, change)
         VALUES (@datasetId, @firstId, @otherId, @correlation, @detail, @change)`,
        { ...rest, datasetId, change: change && JSON.stringify(change) },
      );
    }
  }

  /** Null before the first check. */
  record(datasetId: string): CheckRecord | null {
    const stored = this.#record(StoredCheck, 'checks', datasetId);
    return stored && { ...stored, unreadable: stored.unreadable.map(quarantinedOf) };
  }

  /** Twins as found, regardless of later decisions. */
  links(datasetId: string): TwinLink[] {
    return [...this.linkPages(datasetId)].flat();
  }

  /** The same, page by page. */
  *linkPages(datasetId: string): Generator<TwinLink[]> {
    const { query, read } = this.#db;
    for (let last: Partial<TwinLink> = {}; ;) {
      const page = query(
        `SELECT * FROM twins WHERE datasetId = @datasetId AND (firstId, otherId) > (@firstId, @otherId)
         ORDER BY firstId, otherId LIMIT ${PAGE}`,
        { datasetId, firstId: last.firstId ?? 0, otherId: last.otherId ?? 0 },
      ).map((row) =>
        read(TwinLink, { ...row, change: row['change'] && JSON.parse(row['change'] as string) }, 'twins'),
      );
      yield page;
      if (page.length < PAGE) return;
      last = page.at(-1)!;
    }
  }

  /** Of all images, in id order, page by page. */
  *outlinePages(datasetId: string): Generator<ImageOutline[]> {
    const { query, read } = this.#db;
    const columns = Object.keys(ImageOutline.omit({ series: true }).shape).join(', ');
    for (let last = 0; ;) {
      const page = read(
        outlines,
        query(
          `SELECT ${columns}, facts ->> 'series' AS series FROM images
           WHERE datasetId = @datasetId AND id > @last ORDER BY id LIMIT ${PAGE}`,
          { datasetId, last },
        ),
        'images',
      );
      yield page;
      if (page.length < PAGE) return;
      last = page.at(-1)!.id;
    }
  }

  /**
   * Version of everything that groups depend on: `images` changes with the class folders merged into a class (the images themselves
   * never change), `twins` with the check, `decisions` with the decisions. Quick, so that derived results can be cached until it
   * changes; also across restarts, and when a backup replaces the registry.
   */
  state(datasetId: string): { images: string; twins: string; decisions: string } {
    const [row] = this.#db.query(
      `SELECT
         (SELECT hash || ifnull(source ->> 'classes', '') || ifnull(source ->> 'labels', '')
          FROM datasets WHERE id = @datasetId)
           || (SELECT '/' || ifnull(max(id), 0) FROM images WHERE datasetId = @datasetId) AS images,
         ifnull((SELECT record ->> 'created' FROM checks WHERE datasetId = @datasetId), '')
           || (SELECT '/' || count(*) FROM twins WHERE datasetId = @datasetId) AS twins,
         (SELECT count(*) || '/' || count(undone) || '/' || ifnull(max(number), 0) || '/' || ifnull(max(created), '')
          FROM decisions WHERE datasetId = @datasetId) AS decisions`,
      { datasetId },
    );
    return z.object({ images: z.string(), twins: z.string(), decisions: z.string() }).parse(row);
  }

  // ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Oldest first, undone ones at the end. */
  decisions(datasetId: string): Decision[] {
    return this.#db
      .query('SELECT * FROM decisions WHERE datasetId = ? ORDER BY number', datasetId)
      .map((row) => this.#decision(row));
  }

  /** The same without their images. */
  decisionOutlines(datasetId: string): DecisionOutline[] {
    return this.#db
      .query(
        `SELECT number, datasetId, kind, created, undone, json_array_length(imageIds) AS images FROM decisions
         WHERE datasetId = ? ORDER BY number`,
        datasetId,
      )
      .map((row) => this.#db.read(DecisionOutline, row, 'decisions'));
  }

  /**
   * Adds a decision. Undone decisions can't be redone any more, and are deleted.
   * @throws FalxError `not-found` for an image of another dataset.
   */
  decide(datasetId: string, kind: Decision['kind'], imageIds: readonly number[]): Decision {
    const { query, run, write } = this.#db;
    const ids = [...new Set(imageIds)].sort((a, b) => a - b);
    return write(() => {
      this.#refuseStrangers(datasetId, ids);
      run('DELETE FROM decisions WHERE datasetId = ? AND undone IS NOT NULL', datasetId);
      const [row] = query(
        'INSERT INTO decisions (datasetId, kind, imageIds, created) VALUES (?, ?, ?, ?) RETURNING *',
        datasetId,
        kind,
        JSON.stringify(ids),
        new Date().toISOString(),
      );
      const decision = this.#decision(row!);
      this.#note('decision-made', decision);
      return decision;
    });
  }

  /**
   * Copies the decisions in force to another dataset, for its images of the same files; its own are deleted. For a dataset that
   * replaces another, before any decision about it.
   */
  copyDecisions(fromDatasetId: string, toDatasetId: string): void {
    this.#db.write(() => {
      this.#db.run('DELETE FROM decisions WHERE datasetId = ?', toDatasetId);
      this.#db.run(
        `INSERT INTO decisions (datasetId, kind, imageIds, created)
         SELECT @toDatasetId, kind, json_group_array(images.id ORDER BY images.id), decisions.created
         FROM decisions, json_each(imageIds) JOIN images AS old ON old.id = json_each.value
           JOIN images ON images.datasetId = @toDatasetId AND images.file = old.file
         WHERE decisions.datasetId = @fromDatasetId AND undone IS NULL
         GROUP BY number ORDER BY number`,
        { fromDatasetId, toDatasetId },
      );
      this.#audit.append('decisions-copied', {
        from: fromDatasetId,
        to: toDatasetId,
        decisions: this.decisions(toDatasetId).length,
      });
    });
  }

  /** Undoes the newest decision in force. @returns null if none is left. */
  undo(datasetId: string): Decision | null {
    return this.#change(
      'decision-undone',
      `UPDATE decisions SET undone = @now WHERE number =
         (SELECT max(number) FROM decisions WHERE datasetId = @datasetId AND undone IS NULL) RETURNING *`,
      datasetId,
    );
  }

  /** Redoes the decision that was undone last. @returns null if there is none. */
  redo(datasetId: string): Decision | null {
    return this.#change(
      'decision-redone',
      `UPDATE decisions SET undone = NULL WHERE @now IS NOT NULL AND number =
         (SELECT min(number) FROM decisions WHERE datasetId = @datasetId AND undone IS NOT NULL) RETURNING *`,
      datasetId,
    );
  }

  // ── shortcuts ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Stores a shortcut audit, replacing the dataset's earlier one. */
  putShortcuts(audit: ShortcutAudit): void {
    const { run, write } = this.#db;
    const record = JSON.stringify(ShortcutAudit.parse(audit));
    write(() => run('INSERT OR REPLACE INTO shortcutAudits VALUES (?, ?)', audit.datasetId, record));
  }

  /** Null before the first audit. */
  shortcuts(datasetId: string): ShortcutAudit | null {
    return this.#record(ShortcutAudit, 'shortcutAudits', datasetId);
  }

  #record<T>(schema: z.ZodType<T>, table: 'checks' | 'shortcutAudits', datasetId: string): T | null {
    const [row] = this.#db.query(`SELECT record FROM ${table} WHERE datasetId = ?`, datasetId);
    return row ? this.#db.read(schema, JSON.parse(row['record'] as string), table) : null;
  }

  #change(action: 'decision-undone' | 'decision-redone', sql: string, datasetId: string): Decision | null {
    const { query, write } = this.#db;
    return write(() => {
      const [row] = query(sql, { datasetId, now: new Date().toISOString() });
      if (!row) return null;
      const decision = this.#decision(row);
      this.#note(action, decision);
      return decision;
    });
  }

  /** Image ids are recorded by a hash: there may be a hundred thousand. */
  #note(action: AuditAction, { datasetId, number, kind, imageIds }: Decision): void {
    this.#audit.append(action, {
      dataset: datasetId,
      decision: number,
      kind,
      images: imageIds.length,
      imageIds: sha256Of(JSON.stringify(imageIds)),
    });
  }

  #decision(row: Record<string, unknown>): Decision {
    const imageIds: unknown = JSON.parse(row['imageIds'] as string);
    return this.#db.read(Decision, { ...row, imageIds }, 'decisions');
  }

  #refuseStrangers(datasetId: string, imageIds: readonly number[]): void {
    const [stranger] = this.#db.query(
      `SELECT value AS id FROM json_each(?) WHERE value NOT IN (SELECT id FROM images WHERE datasetId = ?) LIMIT 1`,
      JSON.stringify(imageIds),
      datasetId,
    );
    if (stranger)
      throw new FalxError('imageGone', { kind: 'image', id: Number(stranger['id']), where: 'dataset' });
  }
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src-main/contract/audit.ts';
import { linkIn, linkOf } from '../../src-main/registry/audit-chain.ts';
import { headsIn, verifyTrail } from '../../src-main/registry/audit-verify.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from './sample-records.ts';

let home: string;
let registry: Registry;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-trail-'));
  registry = Registry.open(home);
});
afterEach(() => {
  registry.close();
  rmSync(home, { recursive: true, force: true });
});

const prediction = {
  runId: 'run-1',
  file: '/scans/Miller_John_1950.png',
  sha256: 'd'.repeat(64),
  answer: 'unsure' as const,
  notices: [],
  calibrated: null,
  conformal: null,
  probability: 0.75,
  label: 'Brain Tumor',
  positive: true,
  threshold: 0.5,
  milliseconds: 3,
  error: null,
  created: '2026-01-02T03:04:05.678Z',
};

/** A short history of a home folder. */
function work(): void {
  registry.datasets.add(
    sample.dataset('ds-1'),
    [sample.image('Healthy/a.jpg'), sample.image('Healthy/b.jpg')],
    [],
  );
  registry.datasets.update('ds-1', { name: 'Miller' });
  registry.datasets.update('ds-1', { positive: 'Healthy' });
  const [first] = registry.images.list('ds-1');
  registry.checks.decide('ds-1', 'drop', [first!.id]);
  registry.checks.undo('ds-1');
  registry.checks.redo('ds-1');
  registry.splits.add(sample.split('sp-1', 'ds-1'), [{ imageId: first!.id, part: 'train' }]);
  registry.runs.add(sample.run('run-1', 'sp-1'));
  registry.queue.claimNext(process.pid);
  registry.runs.update('run-1', { bestEpoch: 2 });
  registry.runs.update('run-1', { status: 'done' });
  registry.predictions.add(prediction, 'e'.repeat(64));
  registry.runs.update('run-1', { removed: '2026-01-02T03:04:05.678Z' });
  registry.runs.delete('run-1');
  registry.datasets.update('ds-1', { removed: '2026-01-02T03:04:05.678Z' });
  registry.datasets.update('ds-1', { removed: null });
}

const actions = () =>
  registry.audit
    .newest(100)
    .reverse()
    .map(({ entry }) => entry.action);

describe('the audit trail', () => {
  test('tells what was done, in order, each in the transaction of what it tells of', () => {
    work();
    expect(actions()).toEqual([
      'trail-began',
      'dataset-imported',
      'dataset-renamed',
      'positive-class-set',
      'decision-made',
      'decision-undone',
      'decision-redone',
      'split-made',
      'run-queued',
      'run-begun',
      'run-ended',
      'predicted',
      'removed',
      'deleted',
      'removed',
      'restored',
    ]);
    expect(() =>
      registry.transaction(() => {
        registry.datasets.add(sample.dataset('ds-2'), [], []);
        throw new Error('broken off');
      }),
    ).toThrow('broken off');
    expect(actions()).toHaveLength(16);
    expect(registry.audit.verify()).toMatchObject({ whole: true, entries: 16, fault: null });
  });

  test('holds of a prediction the hashes of picture and model and the answer, and nobody’s name', () => {
    registry.transaction(work);
    const { entry } = registry.audit.newest(100).find(({ entry: { action } }) => action === 'predicted')!;
    expect(entry.facts).toEqual({
      run: 'run-1',
      model: 'e'.repeat(64),
      picture: 'd'.repeat(64),
      answer: 0.75,
      said: 'unsure',
      positive: true,
      threshold: 0.5,
    });
    const all = [...registry.audit.lines()].join('\n');
    expect(all).not.toMatch(/Miller|\.png|\.jpg|\/scans/);
  });

  test('is hashed as written down: SHA-256 over the hash before and the sorted JSON of the entry', () => {
    registry.transaction(work);
    let previous = '0'.repeat(64);
    for (const { entry, hash, ...line } of registry.audit.newest(100).reverse()) {
      const sorted = (value: object) =>
        Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
      const text = JSON.stringify(sorted({ ...entry, facts: sorted(entry.facts) }));
      expect(line.previous).toBe(previous);
      expect(hash).toBe(
        createHash('sha256')
          .update(previous + text)
          .digest('hex'),
      );
      previous = hash;
    }
    expect(JSON.parse(readFileSync(path.join(home, 'audit-head.json'), 'utf8'))).toEqual({
      number: 16,
      hash: previous,
    });
  });

  test('finds any edit, deletion, insertion and reorder of its lines: 100 seeded tries', () => {
    registry.transaction(work);
    const lines = [...registry.audit.lines()];
    const outside = headsIn(home);
    const verdict = (changed: readonly string[]) => verifyTrail(changed.map(linkIn), outside);
    expect(verdict(lines).whole).toBe(true);
    const random = seeded(7);
    const kinds = { edit: 0, delete: 0, cut: 0, swap: 0, repeat: 0 };
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const kind = Object.keys(kinds)[attempt % 5] as keyof typeof kinds;
      const changed = [...lines];
      const at = random(lines.length);
      if (kind === 'edit') {
        const line = Buffer.from(changed[at]!);
        line[random(line.length)]! ^= 1 << random(7); // one bit
        changed[at] = line.toString('latin1');
      } else if (kind === 'delete') changed.splice(at, 1 + random(3));
      else if (kind === 'cut') changed.splice(Math.min(at, lines.length - 1));
      else if (kind === 'repeat') changed.splice(random(lines.length), 0, changed[at]!);
      else {
        const other = (at + 1 + random(lines.length - 1)) % lines.length;
        [changed[at], changed[other]] = [changed[other]!, changed[at]!];
      }
      const { whole, fault } = verdict(changed);
      expect(whole, `attempt ${attempt}: ${kind} at ${at}`).toBe(false);
      expect(fault).not.toBeNull();
      kinds[kind] += 1;
    }
    expect(kinds).toEqual({ edit: 20, delete: 20, cut: 20, swap: 20, repeat: 20 });
  });

  /** What somebody with SQL could do after removing the triggers. */
  function behindItsBack(sql: string): void {
    const db = new SQLite(path.join(home, 'registry.sqlite'));
    for (const name of db.prepare(`SELECT name FROM sqlite_master WHERE type = 'trigger'`).pluck().all())
      db.exec(`DROP TRIGGER ${name as string}`);
    db.exec(sql);
    db.close();
  }

  test.each([
    [`UPDATE auditTrail SET entry = replace(entry, '0.75', '0.25')`, { number: 12, fault: 'edited' }],
    ['DELETE FROM auditTrail WHERE number = 5', { number: 5, fault: 'missing' }],
    ['DELETE FROM auditTrail WHERE number > 10', { number: 11, fault: 'cut-off' }],
    ['DELETE FROM auditTrail', { number: 1, fault: 'cut-off' }],
    [
      `UPDATE auditTrail SET number = -1 WHERE number = 6; UPDATE auditTrail SET number = 6 WHERE number = 7;
       UPDATE auditTrail SET number = 7 WHERE number = -1`,
      { number: 6, fault: 'reordered' },
    ],
  ])('finds what was done behind its back: %s', (sql, fault) => {
    registry.transaction(work);
    behindItsBack(sql);
    expect(registry.audit.verify()).toMatchObject({ whole: false, fault });
  });

  test('finds an entry that was changed and hashed anew, by the next one’s link, with no head to compare', () => {
    registry.transaction(work);
    const links = [...registry.audit.links()];
    const { previous, text } = links[5]!;
    const entry = { ...(JSON.parse(text) as AuditEntry), time: '2026-01-02T03:04:05.678Z' };
    links[5] = linkOf(previous, entry);
    expect(verifyTrail(links)).toMatchObject({ whole: false, fault: { number: 7, fault: 'unlinked' } });
  });

  test('detects a completely forged trail by a head that was kept elsewhere', () => {
    registry.transaction(work);
    const told = registry.audit.head()!;
    registry.close();
    rmSync(home, { recursive: true, force: true });
    registry = Registry.open(home); // another trail, valid by itself, with its own head beside it
    registry.transaction(work);
    registry.datasets.update('ds-1', { name: 'other' });
    expect(registry.audit.verify()).toMatchObject({ whole: true });
    expect(registry.audit.verify([told])).toMatchObject({
      whole: false,
      fault: { number: told.number, fault: 'replaced' },
    });
  });

  const certificate = {
    grouping: { by: 'twins' as const },
    ...{ checked: null, groups: 1, largestGroup: 1, groupsAcross: 0, twinsAcross: 0, testImagesWithTwins: 0 },
    ...{ patientsAcross: null, patientKnown: 0, given: null, moved: null, shortcuts: null },
    ...{ dropped: 0, searched: null, auditHead: null },
  };

  test('tells that it was rewritten as a whole, with the head beside it, by the certificates of its splits', () => {
    registry.transaction(work);
    const split = registry.splits.add({ ...sample.split('sp-2', 'ds-1'), certificate }, []);
    expect(split).toEqual(registry.splits.get('sp-2'));
    expect(split.certificate!.auditHead).toEqual(registry.audit.head());
    registry.datasets.update('ds-1', { name: 'later' });
    const certified = { kind: 'certificate', file: 'sp-2', head: split.certificate!.auditHead };
    const before = registry.audit.verify();
    expect(before.whole).toBe(true);
    expect(before.witnesses).toContainEqual({ ...certified, result: 'agrees' });

    // Every entry rewritten, with another answer in one of them, and all hashes recomputed.
    let previous = '0'.repeat(64);
    const forged = [...registry.audit.links()].map(({ text }, index) => {
      const link = linkOf(previous, JSON.parse(text.replace('0.75', '0.25')) as AuditEntry);
      previous = link.hash;
      return `UPDATE auditTrail SET previous = '${link.previous}', hash = '${link.hash}', entry = '${link.text}' WHERE number = ${index + 1}`;
    });
    behindItsBack(forged.join(';'));
    const head = registry.audit.head()!;
    expect(head).toEqual({ number: before.entries, hash: previous });
    writeFileSync(path.join(home, 'audit-head.json'), JSON.stringify(head));

    const after = registry.audit.verify();
    expect(after).toMatchObject({ whole: false, entries: before.entries });
    expect(after.fault).toEqual({ number: split.certificate!.auditHead!.number, fault: 'replaced' });
    expect(after.witnesses).toContainEqual({ ...certified, result: 'disagrees' });
  });

  test('tells of a registry that was deleted: it begins anew beside the head of the other', () => {
    registry.transaction(work);
    registry.close();
    rmSync(path.join(home, 'registry.sqlite'));
    registry = Registry.open(home);
    expect(registry.audit.newest(1)[0]!.entry.facts).toMatchObject({ earlierNumber: 16 });
    expect(registry.audit.verify()).toMatchObject({ whole: false, fault: { number: 1, fault: 'replaced' } });
  });

  test('goes on where the head beside it is behind, as after a power cut, or can’t be read', () => {
    registry.transaction(work);
    const [first] = registry.audit.newest(1, 3);
    const { entry, hash } = first!;
    writeFileSync(path.join(home, 'audit-head.json'), JSON.stringify({ number: entry.number, hash }));
    expect(registry.audit.verify()).toMatchObject({ whole: true, witnesses: [{ result: 'agrees' }] });
    writeFileSync(path.join(home, 'audit-head.json'), 'nothing');
    expect(registry.audit.verify()).toMatchObject({ whole: true, witnesses: [{ result: 'unreadable' }] });
  });
});

/** Marsaglia's xorshift32: integers from 0 below `end`. */
function seeded(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  backUpInUse,
  backUpToday,
  listBackups,
  newestWhole,
  restoreBackup,
} from '../../src-main/registry/backups.ts';
import { registryLines } from '../../src-main/registry/json-lines.ts';
import { knownFormat } from '../../src-main/registry/migrations/migrations.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { sealOf } from '../../src-main/registry/seal.ts';
import { quickCheck, quickCheckAside } from '../../src-main/registry/soundness.ts';
import * as sample from './sample-records.ts';

let home: string;
let registry: Registry;
let file: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-backups-'));
  registry = Registry.open(home);
  ({ file } = registry);
  registry.datasets.add(sample.dataset('ds-1'), [sample.image('Healthy/a.jpg')], []);
});
afterEach(() => {
  registry.close();
  rmSync(home, { recursive: true, force: true });
});

const namesIn = (backup: string): unknown[] => {
  const db = new SQLite(backup, { readonly: true });
  const names = db.prepare('SELECT name FROM datasets').pluck().all();
  db.close();
  return names;
};

/** Overwrites a page in the middle of a file, as a failing disk does. */
function spoil(target: string): void {
  const handle = openSync(target, 'r+');
  const page = Math.floor(statSync(target).size / 4096 / 2);
  for (let at = page; at < page + 6; at += 1) writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, at * 4096);
  closeSync(handle);
}

/** Overwrites its first page, so that SQLite can't detect whether another process has it open. */
function spoilHeader(target: string): void {
  const handle = openSync(target, 'r+');
  writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, 0);
  closeSync(handle);
}

describe('a backup', () => {
  test('of a registry in use holds what was there when it began, and nothing lies about', async () => {
    const making = backUpInUse(file);
    registry.datasets.add(sample.dataset('ds-2'), [], []);
    const { file: backup, daily } = await making;
    expect(daily).toBe(false);
    expect(namesIn(backup)).toEqual(['ds-1']);
    expect(readdirSync(path.join(home, 'backups')).toSorted()).toEqual(
      [path.basename(backup), path.basename(sealOf(backup))].toSorted(),
    );
    expect((statSync(backup).mode & 0o777).toString(8)).toBe('600');
  });

  test('is made once a day, of seven days, beside those made before a change', async () => {
    const [first, again] = [await backUpToday(file), await backUpToday(file)];
    expect(first).toMatchObject({ daily: true, format: knownFormat });
    expect(again).toBeNull();
    const own = await backUpInUse(file);
    const folder = path.join(home, 'backups');
    // As left by the previous ten days, one of them twice.
    const before = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map((day) => `${day}T08`).concat('19T09');
    for (const hour of before)
      writeFileSync(path.join(folder, `registry-daily-9-202001${hour}0000000Z.sqlite`), 'old');
    rmSync(first!.file);
    await backUpToday(file);
    const days = listBackups(home).filter(({ daily }) => daily);
    expect(days.map(({ made }) => made.slice(0, 13))).toEqual([
      new Date().toISOString().slice(0, 13),
      ...[19, 18, 17, 16, 15].map((day) => `2020-01-${day}T0${day === 19 ? 9 : 8}`),
    ]);
    expect(existsSync(own.file)).toBe(true);
  });

  test('that was broken off by a kill goes with the next one', async () => {
    await backUpInUse(file);
    const left = path.join(home, 'backups', 'registry-9-20260101T000000000Z.sqlite.99999999.part');
    writeFileSync(left, 'half');
    await backUpInUse(file);
    expect(existsSync(left)).toBe(false);
    expect(listBackups(home)).toHaveLength(2);
  });

  test('that is damaged is passed over for the newest whole one', async () => {
    const whole = await backUpInUse(file);
    const later = await backUpInUse(file);
    spoil(later.file);
    rmSync(sealOf(later.file), { force: true });
    expect(newestWhole(home, knownFormat)?.file).toBe(whole.file);
  });
});

describe('a damaged registry', () => {
  test('is reported when it is opened, with the newest intact backup, which repairs it', async () => {
    for (let n = 0; n < 20; n += 1)
      registry.datasets.add(
        sample.dataset(`ds-x${n}`),
        Array.from({ length: 50 }, (_, i) => sample.image(`${i}.png`)),
        [],
      );
    const { file: backup } = await backUpInUse(file);
    registry.close();
    rmSync(sealOf(file), { force: true }); // as left by a killed process
    spoil(file);
    expect(quickCheck(file)).not.toBeNull();
    expect(await quickCheckAside(file)).toBe(quickCheck(file));
    expect(() => Registry.open(home)).toThrow(
      expect.objectContaining({
        code: 'registry',
        message: expect.stringContaining(`falx registry restore "${backup}"`) as unknown,
        facts: expect.objectContaining({ why: 'registryUnsound', file, backup }) as unknown,
      }),
    );
    const { kept, wasDamaged } = await restoreBackup(home, backup, knownFormat);
    expect(wasDamaged).toBe(true);
    registry = Registry.open(home);
    expect(registry.datasets.list()).toHaveLength(21);
    expect(registry.audit.newest(1)[0]!.entry).toMatchObject({
      action: 'registry-restored',
      facts: { backup: path.basename(backup), kept: path.basename(kept!), wasDamaged: true },
    });
    expect(registry.audit.verify()).toMatchObject({ whole: true });
  });
});

test('a backup put in place of an open registry is gone on with, and the trail tells of it', async () => {
  const { file: backup } = await backUpInUse(file);
  registry.datasets.update('ds-1', { name: 'later' });
  const lost = registry.audit.head()!;
  const restoring = registry.restore(path.basename(backup));
  expect(() => registry.datasets.list()).toThrow(
    expect.objectContaining({ facts: { why: 'registryRestoring' } }),
  );
  const { kept } = await restoring;
  expect(registry.datasets.list().map(({ name }) => name)).toEqual(['ds-1']);
  expect(namesIn(kept!)).toEqual(['later']);
  expect(registry.audit.newest(1)[0]!.entry.facts).toMatchObject({
    replacedNumber: lost.number,
    replacedHash: lost.hash,
  });
  // Who has kept the head of the replaced trail is told that, rather than that somebody forged it.
  expect(registry.audit.verify([lost])).toMatchObject({ whole: true });
  expect(registry.audit.verify([{ ...lost, hash: 'f'.repeat(64) }])).toMatchObject({ whole: false });
  // And back: a backup of the branch in between is made in turn.
  await backUpInUse(file, { daily: true });
  await registry.restore(path.basename(kept!));
  expect(registry.datasets.list().map(({ name }) => name)).toEqual(['later']);
  expect(registry.audit.verify([lost])).toMatchObject({ whole: true, fault: null });
});

test.runIf(process.platform !== 'win32')(
  'a restoring that can’t keep what is there leaves a registry that opens as before',
  async () => {
    const backup = await backUpInUse(file);
    registry.datasets.add(sample.dataset('ds-2', 'later'), [], []);
    registry.close(); // and sealed
    const elsewhere = path.join(home, 'elsewhere.sqlite');
    copyFileSync(backup.file, elsewhere);
    rmSync(path.dirname(backup.file), { recursive: true });
    symlinkSync(path.join(home, 'no', 'such', 'place'), path.dirname(backup.file));
    await expect(restoreBackup(home, elsewhere, knownFormat)).rejects.toMatchObject({ code: 'disk' });
    rmSync(path.dirname(backup.file));
    registry = Registry.open(home);
    expect(registry.datasets.list().map(({ name }) => name)).toEqual(['ds-1', 'later']);
  },
);

describe('a registry that was replaced while a process had it open', () => {
  const replaced: unknown = expect.objectContaining({
    facts: expect.objectContaining({ why: 'registryReplaced' }) as unknown,
  });

  test.each(['whole', 'damaged'])('is not replaced by Falx while it is %s: that is refused', async (how) => {
    const backup = await backUpInUse(file);
    if (how === 'damaged') spoilHeader(file);
    const before = readFileSync(file);
    await expect(restoreBackup(home, backup.file, knownFormat)).rejects.toMatchObject({
      facts: { why: 'registryInUse' },
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test.runIf(process.platform !== 'win32').each(['moved away', 'deleted'])(
    'since it was %s: neither reads nor writes there any more, and leaves the new one as it is',
    async (how) => {
      const backup = await backUpInUse(file);
      for (const end of ['', '-wal', '-shm'])
        if (how === 'deleted') rmSync(file + end, { force: true });
        else if (existsSync(file + end)) renameSync(file + end, `${file}.away${end}`);
      await restoreBackup(home, backup.file, knownFormat);
      const other = Registry.open(home);
      const names = () => other.datasets.list().map(({ name }) => name);
      try {
        const before = [
          names(),
          other.audit.head(),
          readFileSync(path.join(home, 'audit-head.json'), 'utf8'),
        ];
        expect(() => registry.datasets.list()).toThrow(replaced);
        expect(() => registry.datasets.update('ds-1', { name: 'nowhere' })).toThrow(replaced);
        expect(() => registry.audit.append('predicted', {})).toThrow(replaced);
        registry.close();
        const after = [names(), other.audit.head(), readFileSync(path.join(home, 'audit-head.json'), 'utf8')];
        expect(after).toEqual(before);
        other.datasets.update('ds-1', { name: 'here' });
        expect(other.audit.verify()).toMatchObject({ whole: true });
      } finally {
        other.close();
      }
      // Sealed, as what it is, by whichever process has it.
      registry = Registry.open(home);
      expect(registry.datasets.get('ds-1').name).toBe('here');
    },
  );

  /** Copies a backup over the registry as a person unaware of SQLite's log does. @returns the previous registry */
  const putOver = async (): Promise<string> => {
    const backup = await backUpInUse(file);
    const images = Array.from({ length: 300 }, (_, i) => sample.image(`Healthy/${i}.png`));
    registry.datasets.add(sample.dataset('ds-2', 'later'), images, []);
    const away = path.join(home, 'away.sqlite');
    linkSync(file, away);
    copyFileSync(backup.file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
    return away;
  };
  const names = () => registry.datasets.list().map(({ name }) => name);

  test.runIf(process.platform !== 'win32')(
    'by a file beside which its log still lies: the new one is not mixed with the old one’s log, which goes where it belongs',
    async () => {
      const away = await putOver();
      expect(() => registry.datasets.list()).toThrow(replaced);
      registry.close();
      expect(namesIn(away)).toEqual(['ds-1', 'later']);
      registry = Registry.open(home);
      expect(names()).toEqual(['ds-1']);
      expect(quickCheck(file)).toBeNull();
    },
  );

  test.runIf(process.platform !== 'win32')(
    'is followed: reads and writes go on with the new one',
    async () => {
      const away = await putOver();
      registry.follow();
      expect(names()).toEqual(['ds-1']);
      registry.datasets.update('ds-1', { name: 'followed' });
      registry.close();
      expect(namesIn(away)).toEqual(['ds-1', 'later']);
      registry = Registry.open(home);
      expect(names()).toEqual(['followed']);
      expect(quickCheck(file)).toBeNull();
    },
  );

  test.runIf(process.platform !== 'win32')(
    'by none, or by one that is damaged, is not followed: that is told, and nothing is made or changed',
    async () => {
      const away = await putOver();
      rmSync(file);
      expect(() => registry.follow()).toThrow(replaced);
      expect(existsSync(file)).toBe(false);
      copyFileSync(away, file);
      spoil(file);
      const before = readFileSync(file);
      expect(() => registry.follow()).toThrow(expect.objectContaining({ code: 'registry' }));
      expect(readFileSync(file).equals(before)).toBe(true);
      expect(() => registry.datasets.list()).toThrow(replaced);
    },
  );
});

test('all records as JSON Lines make the same registry again, by the script in docs/registry.md', () => {
  registry.splits.add(sample.split('sp-1', 'ds-1'), [
    { imageId: registry.images.list('ds-1')[0]!.id, part: 'train' },
  ]);
  registry.runs.add(sample.run('run-1', 'sp-1'));
  registry.epochs.add('run-1', sample.epoch(1));
  registry.secrets.get('patients');
  const doc = readFileSync(path.join(import.meta.dirname, '../../docs/registry.md'), 'utf8');
  const script = path.join(home, 'rebuild.py');
  writeFileSync(script, /```python\n([\s\S]*?)```/.exec(doc)![1]!);
  for (const secrets of [true, false]) {
    const lines = path.join(home, 'records.jsonl');
    const rebuilt = path.join(home, `rebuilt-${secrets}.sqlite`);
    writeFileSync(lines, [...registryLines(file, { secrets }), ''].join('\n'));
    execFileSync('python3', [script, lines, rebuilt]);
    const [before, after] = [file, rebuilt].map((from) => {
      const db = new SQLite(from, { readonly: true });
      const made = db
        .prepare(`SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name`)
        .all();
      const tables = db.prepare(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
      );
      const rows = tables
        .pluck()
        .all()
        .map((name) => [
          name,
          secrets || name !== 'secrets' ? db.prepare(`SELECT * FROM "${name as string}"`).all() : [],
        ]);
      const format = db.pragma('user_version', { simple: true });
      db.close();
      return { made, rows: Object.fromEntries(rows) as unknown, format };
    });
    expect(after).toEqual(before);
    expect(readFileSync(lines, 'utf8').includes(registry.secrets.get('patients'))).toBe(secrets);
    // A missing line or another digit is detected.
    const whole = readFileSync(lines, 'utf8');
    writeFileSync(lines, whole.replace('"seed":7', '"seed":8'));
    expect(() => execFileSync('python3', [script, lines, `${rebuilt}-2`], { stdio: 'pipe' })).toThrow();
  }
});

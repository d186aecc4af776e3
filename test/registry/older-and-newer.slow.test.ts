import { execFile, execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listBackups, restoreBackup } from '../../src-main/registry/backups.ts';
import { knownFormat, migrate, migrations } from '../../src-main/registry/migrations/migrations.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import * as sample from './sample-records.ts';

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-formats-'));
  file = path.join(home, 'registry.sqlite');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const hash = 'a'.repeat(64);

/** A home folder as left by a version with an earlier format, with scans in it. */
function older(format: number, images = 2): void {
  mkdirSync(home, { recursive: true });
  const db = new SQLite(file);
  db.pragma('journal_mode = WAL');
  migrate(db, migrations.slice(0, format));
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'scans', '/scans', '2026-01-02T03:04:05.678Z', '["Healthy","Tumour"]', 'Tumour', '${hash}');
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${images})
    INSERT INTO images (datasetId, file, className, sha256, bytes, format, width, height)
      SELECT 'ds-1', i || '.png', 'Healthy', '${hash}', 10, 'png', 8, 6 FROM n;
  `);
  db.close();
}

/** The same as left by a future version with another name for the datasets. */
function newer(): void {
  const registry = Registry.open(home);
  registry.datasets.add(sample.dataset('ds-1'), [sample.image('Healthy/a.jpg')], []);
  registry.close();
  bringFurther(file);
}

function bringFurther(file: string): void {
  const db = new SQLite(file);
  migrate(db, [
    ...migrations,
    { number: knownFormat + 1, sql: 'ALTER TABLE datasets RENAME TO collections' },
  ]);
  db.exec(`UPDATE formats SET falx = '9.8.7' WHERE number = ${knownFormat + 1}`);
  db.close();
}

const rowsIn = (file: string) => {
  const db = new SQLite(file, { readonly: true });
  try {
    return {
      format: db.pragma('user_version', { simple: true }),
      datasets: db.prepare('SELECT id, name FROM datasets').all(),
      images: db.prepare('SELECT file FROM images').all(),
    };
  } finally {
    db.close();
  }
};

/** Every file in the home folder with its hash and modification time. */
const traces = () =>
  readdirSync(home, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(home, name))
    .filter((each) => statSync(each).isFile())
    .map((each) => [each, sha256Of(readFileSync(each)), statSync(each).mtimeMs]);

describe('a registry of an older format', () => {
  test.each(migrations.slice(0, -1).map(({ number }) => number))(
    'is backed up as it was before it is brought from format %i to the newest',
    (format) => {
      older(format);
      const before = rowsIn(file);
      const registry = Registry.open(home);
      expect(registry.datasets.list().map(({ name }) => name)).toEqual(['scans']);
      expect(registry.images.list('ds-1').map((image) => image.file)).toEqual(['1.png', '2.png']);
      registry.close();
      const backups = listBackups(home);
      expect(backups).toEqual([expect.objectContaining({ format, bytes: statSync(backups[0]!.file).size })]);
      expect(rowsIn(backups[0]!.file)).toEqual(before);
      expect(readdirSync(path.join(home, 'backups'))).toHaveLength(2); // and its seal
      if (process.platform !== 'win32') expect(statSync(backups[0]!.file).mode & 0o777).toBe(0o600);
      // Nothing is left to do, and no other backup is made.
      Registry.open(home).close();
      expect(listBackups(home)).toEqual(backups);
    },
  );

  test('is not backed up where there was none', () => {
    Registry.open(home).close();
    expect(existsSync(path.join(home, 'backups'))).toBe(false);
  });

  test('keeps the last seven backups', () => {
    older(3);
    const copy = path.join(home, 'copy');
    copyFileSync(file, copy);
    for (let times = 0; times < 9; times++) {
      copyFileSync(copy, file);
      Registry.open(home).close();
    }
    const backups = listBackups(home);
    expect(backups).toHaveLength(7);
    expect(backups.map(({ made }) => made)).toEqual(
      backups
        .map(({ made }) => made)
        .toSorted()
        .toReversed(),
    );
  });

  test('stays as it is where no backup can be written, which is told', () => {
    older(3);
    writeFileSync(path.join(home, 'backups'), 'a file where the folder should be');
    const before = sha256Of(readFileSync(file));
    expect(() => Registry.open(home)).toThrow(
      expect.objectContaining({
        code: 'disk',
        facts: expect.objectContaining({ why: 'registryNoBackup', file, folder: path.join(home, 'backups') }),
      }),
    );
    expect(sha256Of(readFileSync(file))).toBe(before);
    expect(rowsIn(file).format).toBe(3);
  });

  test.skipIf(process.platform === 'win32')(
    'stays as it is on a full disk, and is brought further later',
    () => {
      older(3, 20_000);
      const before = rowsIn(file);
      // As if the disk were full for any file above 256 KiB; the registry is larger.
      const said = execFileSync(
        'bash',
        ['-c', 'ulimit -f 256; exec "$@"', '', process.execPath, child('open-home'), home],
        { encoding: 'utf8' },
      );
      expect(JSON.parse(said)).toMatchObject({ code: 'disk', why: 'registryNoBackup' });
      expect(rowsIn(file)).toEqual(before);
      expect(readdirSync(path.join(home, 'backups'))).toEqual([]);
      Registry.open(home).close();
      expect(rowsIn(listBackups(home)[0]!.file)).toEqual(before);
    },
  );

  test('is brought further once by two processes at once', async () => {
    older(3, 20_000);
    const before = rowsIn(file);
    const said = await Promise.all(
      [1, 2, 3].map(() => promisify(execFile)(process.execPath, [child('open-home'), home])),
    );
    expect(said.map(({ stdout }) => JSON.parse(stdout) as unknown)).toEqual(
      Array.from({ length: 3 }, () => ({ datasets: ['scans'] })),
    );
    expect(listBackups(home).map(({ file }) => rowsIn(file))).toEqual([before]);
  });

  test('is what it was when the process is killed while it is brought further, and is then brought further', async () => {
    older(3);
    const before = rowsIn(file);
    const killed = promisify(execFile)(process.execPath, [child('killed-migration'), home]);
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(rowsIn(file)).toEqual(before);
    writeFileSync(path.join(home, 'backups', 'registry-3-20260101T000000000Z.sqlite.part'), 'half');
    const registry = Registry.open(home);
    expect(registry.datasets.list().map(({ name }) => name)).toEqual(['scans']);
    registry.close();
    expect(readdirSync(path.join(home, 'backups')).filter((name) => name.endsWith('.part'))).toEqual([]);
    for (const backup of listBackups(home)) expect(rowsIn(backup.file)).toEqual(before);
  });

  test('that is damaged is not backed up over what is sound', () => {
    older(3, 2000);
    const whole = readFileSync(file);
    whole.fill(0xa5, 4096 * 3, 4096 * 6);
    writeFileSync(file, whole);
    expect(() => Registry.open(home)).toThrow(expect.objectContaining({ code: 'registry' }));
    expect(readFileSync(file).equals(whole)).toBe(true);
    expect(listBackups(home)).toEqual([]);
  });
});

const child = (name: string) => path.join(import.meta.dirname, `${name}.child.ts`);

describe('a registry of a newer format', () => {
  const refusal = {
    code: 'registry',
    facts: expect.objectContaining({
      why: 'registryNewer',
      found: knownFormat + 1,
      known: knownFormat,
      writer: '9.8.7',
      backup: 'none',
    }) as unknown,
  };

  test('is refused with what wrote it, and no file is touched', () => {
    newer();
    const before = traces();
    expect(() => Registry.open(home)).toThrow(expect.objectContaining(refusal));
    expect(() => Registry.open(home)).toThrow(/written by Falx 9\.8\.7 .* Update Falx/s);
    expect(traces()).toEqual(before);
  });

  test('is refused while the newer Falx is at it, or was killed: its change lies in the log alone', () => {
    const registry = Registry.open(home);
    registry.close();
    const db = new SQLite(file);
    db.pragma('journal_mode = WAL');
    bringFurther(file);
    expect(readFileSync(file).readUInt32BE(60)).toBe(knownFormat);
    const before = traces().filter(([name]) => !String(name).endsWith('-shm'));
    expect(() => Registry.open(home)).toThrow(expect.objectContaining(refusal));
    expect(traces().filter(([name]) => !String(name).endsWith('-shm'))).toEqual(before);
    db.close();
  });

  test('names the newest backup that can be used', () => {
    older(3);
    Registry.open(home).close();
    const backup = listBackups(home)[0]!.file;
    bringFurther(file);
    expect(() => Registry.open(home)).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ backup }) as unknown }),
    );
  });

  test('is written no more by a Falx that had it open when it was brought further', () => {
    const registry = Registry.open(home);
    registry.datasets.add(sample.dataset('ds-1'), [sample.image('Healthy/a.jpg')], []);
    bringFurther(file);
    const source = { reader: '1', plane: null, slices: null, archive: null, labels: null, classes: null };
    const told = expect.objectContaining({
      code: 'registry',
      facts: expect.objectContaining({ why: 'registryChanged', writer: '9.8.7', newer: 'yes' }) as unknown,
    });
    expect(() => registry.preferences.set({ theme: 'dark' })).toThrow(told);
    expect(() => registry.datasets.add(sample.dataset('ds-2'), [], [])).toThrow(told);
    expect(() => registry.imports.setSource('ds-1', source)).toThrow(told);
    // What it can't read any more is reported in the same way, not as a bug in Falx.
    expect(() => registry.datasets.list()).toThrow(told);
    registry.close();
    const db = new SQLite(file);
    expect(db.prepare('SELECT count(*) FROM preferences').pluck().get()).toBe(0);
    db.close();
  });
});

describe('restoring a backup', () => {
  /** A home folder migrated from format 3, then written to. */
  function writtenSince(): string {
    older(3);
    const registry = Registry.open(home);
    registry.datasets.add(sample.dataset('ds-2'), [], []);
    registry.close();
    return listBackups(home)[0]!.file;
  }
  const names = () => {
    const registry = Registry.open(home);
    try {
      return registry.datasets.list().map(({ id }) => id);
    } finally {
      registry.close();
    }
  };

  test('puts it in place, by path or name, and keeps what was there so that it can be taken back', async () => {
    const backup = writtenSince();
    const done = await restoreBackup(home, path.basename(backup), knownFormat);
    expect(done).toMatchObject({ restored: backup, format: 3, wasDamaged: false });
    expect(rowsIn(file)).toEqual(rowsIn(backup));
    expect(names()).toEqual(['ds-1']);
    await restoreBackup(home, done.kept!, knownFormat);
    expect(names()).toEqual(['ds-1', 'ds-2']);
  });

  test('goes back from a newer format, too', async () => {
    const backup = writtenSince();
    bringFurther(file);
    const { kept } = await restoreBackup(home, backup, knownFormat);
    expect(names()).toEqual(['ds-1']);
    expect(listBackups(home).find((each) => each.file === kept)?.format).toBe(knownFormat + 1);
  });

  test.each([
    ['cut off', () => truncateSync(file, 5000)],
    [
      'overwritten',
      () => writeFileSync(file, 'not a database at all, but long enough to be read as one'.repeat(40)),
    ],
  ])('takes the place of a registry that was %s, which is kept', async (_, damage) => {
    const backup = writtenSince();
    damage();
    const damaged = readFileSync(file);
    const { kept, wasDamaged } = await restoreBackup(home, backup, knownFormat);
    expect(wasDamaged).toBe(true);
    expect(readFileSync(kept!).equals(damaged)).toBe(true);
    expect(names()).toEqual(['ds-1']);
  });

  test('replaces a missing registry', async () => {
    const backup = writtenSince();
    rmSync(file);
    expect(await restoreBackup(home, backup, knownFormat)).toMatchObject({ kept: null });
    expect(names()).toEqual(['ds-1']);
  });

  test('is refused while another Falx has the registry open', async () => {
    const backup = writtenSince();
    const registry = Registry.open(home);
    await expect(restoreBackup(home, backup, knownFormat)).rejects.toMatchObject({
      facts: { why: 'registryInUse' },
    });
    expect(registry.datasets.list()).toHaveLength(2);
    registry.close();
  });

  test.each([
    ['is not there', () => 'registry-1-20200101T000000000Z.sqlite', 'backupGone'],
    [
      'is damaged',
      (backup: string) => {
        const content = readFileSync(backup);
        content.fill(0xa5, 4096, 4096 * 3);
        writeFileSync(path.join(home, 'other'), content);
        return path.join(home, 'other');
      },
      'backupUnsound',
    ],
    [
      'is no registry',
      () => {
        writeFileSync(path.join(home, 'other'), 'text');
        return path.join(home, 'other');
      },
      'backupUnsound',
    ],
    [
      'is newer than this Falx',
      (backup: string) => {
        copyFileSync(backup, path.join(home, 'other'));
        const db = new SQLite(path.join(home, 'other'));
        db.pragma('user_version = 99');
        db.close();
        return path.join(home, 'other');
      },
      'backupNewer',
    ],
  ])('is refused where the backup %s, and nothing changes', async (_, of, why) => {
    const wanted = of(writtenSince());
    const before = traces();
    await expect(restoreBackup(home, wanted, knownFormat)).rejects.toMatchObject({ facts: { why } });
    expect(traces()).toEqual(before);
  });
});

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { beginTrail } from '../../src-main/registry/audit-trail.ts';
import { backUpInUse, listBackups, restoreBackup } from '../../src-main/registry/backups.ts';
import { knownFormat, migrate, migrations } from '../../src-main/registry/migrations/migrations.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { isDamaged, seal } from '../../src-main/registry/seal.ts';
import * as sample from '../registry/sample-records.ts';
import { CutDisk } from './cut-disk.ts';
import type { Recorder } from './recorded.ts';

/*
 * Power cuts while a registry as a whole is replaced: by a newer version's migrations, by restoring a backup, and while a backup
 * is made. After a cut at each operation the registry is the old one or the new one, it opens, the audit trail is valid, and each
 * file that is named a backup is one.
 */

/** A home folder before, what is done there, and what the registry may contain after a cut. */
type Case = {
  name: string;
  make: (home: string) => Promise<void> | void;
  args: (home: string) => string[];
  /** Whether a registry that is already the new one must have a backup of the old beside it. */
  keepsOld: boolean;
  /** Whether Falx turns the old one into the new one when it opens it. */
  opensAsNew: boolean;
};

/** A registry's content; null if it is corrupt. Includes its log. */
function contents(file: string): string | null {
  const db = new SQLite(file, { fileMustExist: true });
  try {
    if (db.pragma('integrity_check', { simple: true }) !== 'ok') return null;
    const schema = db
      .prepare(`SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name`)
      .all() as { type: string; name: string }[];
    // The time of the migration, and the trail's entries about it, differ between attempts.
    const tables = schema.filter(
      ({ type, name }) => type === 'table' && name !== 'formats' && name !== 'auditTrail',
    );
    const rows = tables.map(({ name }) =>
      db
        .prepare(`SELECT * FROM ${name}`)
        .all()
        .map((row) => JSON.stringify(row))
        .sort(),
    );
    const format = db.pragma('user_version', { simple: true });
    return createHash('sha256')
      .update(JSON.stringify([format, schema, rows]))
      .digest('hex');
  } finally {
    db.close();
  }
}

const IMAGES = 600;

/** A home folder as left by a version with that format, with rows in all its first tables. */
function older(home: string, format: number): void {
  mkdirSync(home, { recursive: true });
  const file = path.join(home, 'registry.sqlite');
  const db = new SQLite(file);
  db.pragma('journal_mode = WAL');
  migrate(db, migrations.slice(0, 1));
  fill(db);
  migrate(db, migrations.slice(0, format));
  const hasTrail = db.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'auditTrail'`).get() !== undefined;
  if (hasTrail) beginTrail(db);
  db.close();
  if (hasTrail) seal(file);
}

function fill(db: Database): void {
  const created = '2026-01-02T03:04:05.678Z';
  const hash = 'a'.repeat(64);
  db.transaction(() => {
    db.exec(`
      INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
        VALUES ('ds-1', 'scans', '/scans', '${created}', '["Healthy","Tumour"]', 'Tumour', '${hash}');
      INSERT INTO quarantined (datasetId, file, reason) VALUES ('ds-1', 'bad.png', 'The file is empty.');
      INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
        VALUES ('sp-1', 'ds-1', '${created}', 'stratified', 7, 0.2, 0.1, '${hash}');
      INSERT INTO runs (id, splitId, network, status, settings, datasetHash, splitHash, folder, created, versions)
        VALUES ('run-1', 'sp-1', 'resnet50', 'done', '{}', '${hash}', '${hash}', '/1', '${created}', '{}');
    `);
    const image = db.prepare(
      `INSERT INTO images (id, datasetId, file, className, sha256, bytes, format, width, height) VALUES (?, 'ds-1', ?, ?, ?, 1000, 'png', 64, 64)`,
    );
    const part = db.prepare(`INSERT INTO parts VALUES ('sp-1', ?, ?)`);
    const answer = db.prepare(
      `INSERT INTO predictions (runId, file, probability, label, positive, milliseconds, created) VALUES ('run-1', ?, ?, 'Tumour', 1, 5, '${created}')`,
    );
    for (let i = 1; i <= IMAGES; i++) {
      image.run(
        i,
        `Tumour/${i}.png`,
        i % 2 ? 'Tumour' : 'Healthy',
        createHash('sha256').update(`${i}`).digest('hex'),
      );
      part.run(i, i % 5 === 0 ? 'test' : 'train');
      if (i % 3 === 0) answer.run(`${i}.png`, i / IMAGES);
    }
  })();
}

/** A home folder with a backup and something newer. */
async function backedUp(home: string): Promise<void> {
  mkdirSync(home, { recursive: true });
  const registry = Registry.open(home);
  const images = Array.from({ length: IMAGES }, (_, i) => sample.image(`Healthy/${i}.png`));
  registry.datasets.add(sample.dataset('ds-1', 'first'), images, []);
  await backUpInUse(registry.file);
  registry.datasets.add(sample.dataset('ds-2', 'second'), images, []);
  registry.close();
}

const migrated = (formats: readonly number[]): Case[] =>
  formats.map((format) => ({
    name: `migration from format ${format}`,
    make: (home) => older(home, format),
    args: () => ['registry', 'check', '--json'],
    keepsOld: true,
    opensAsNew: true,
  }));

const backups: readonly Case[] = [
  {
    name: 'restored backup',
    make: backedUp,
    args: (home) => ['registry', 'restore', listBackups(home)[0]!.file, '--json'],
    keepsOld: true,
    opensAsNew: false,
  },
  {
    name: 'backup that is made',
    make: backedUp,
    args: () => ['registry', 'backup', '--json'],
    keepsOld: false,
    opensAsNew: false,
  },
];

export type RegistryCuts = { tried: number; wrong: string[]; said: string[] };

/**
 * @param each cuts after each operation: all unsynced data lost; nothing lost; the rest at random.
 * @param formats to migrate from.
 * @param withBackups whether to make and restore a backup, too.
 */
export async function cutRegistry(
  recorder: Recorder,
  folder: string,
  {
    random,
    each,
    formats,
    withBackups,
    onCut,
  }: {
    random: () => number;
    each: number;
    formats: readonly number[];
    withBackups: boolean;
    onCut: (what: string) => void;
  },
): Promise<RegistryCuts> {
  const wrong: string[] = [];
  const said: string[] = [];
  let tried = 0;
  for (const one of [...migrated(formats), ...(withBackups ? backups : [])]) {
    const home = path.join(folder, 'registry', 'home');
    const [before, aside] = [path.join(folder, 'registry', 'before'), path.join(folder, 'registry', 'aside')];
    const file = path.join(home, 'registry.sqlite');
    for (const gone of [home, before]) rmSync(gone, { recursive: true, force: true });
    await one.make(home);
    cpSync(home, before, { recursive: true });
    const [old, earlier] = [contents(file), new Set(listBackups(home).map(({ file }) => contents(file)))];
    cpSync(before, home, { recursive: true, force: true });
    const operations = await recorder.operations(home, one.args(home));
    const whole = contents(file);
    if (old === null || whole === null || (one.keepsOld && old === whole))
      throw new Error(`${one.name}: nothing happened undisturbed`);
    earlier.add(old);

    const disk = new CutDisk(before, home);
    let committed = false;
    for (const [at, operation] of operations.entries()) {
      disk.apply(operation);
      const what = `${operation.what} ${path.relative(home, operation.path)}`;
      const name = `${one.name}, cut after operation ${at + 1} of ${operations.length} (${what})`;
      for (let i = 0; i < each; i++) {
        tried++;
        for (const gone of [home, aside]) rmSync(gone, { recursive: true, force: true });
        disk.leave(home, i === 0 ? null : random, i === 1);
        const how = i === 0 ? 'all lost' : i === 1 ? 'nothing lost' : 'by chance';
        const problem = (text: string) => {
          wrong.push(`${name}, ${how}: ${text}`);
          process.stderr.write(`WRONG  ${wrong.at(-1)!}
          `); // at once: the whole takes an hour on a busy machine
        };
        try {
          cpSync(home, aside, { recursive: true });
          const found = contents(path.join(aside, 'registry.sqlite'));
          const isNew = found === whole && old !== whole;
          if (found !== old && found !== whole)
            problem('the registry is neither the old one nor the new one');
          if (committed && found !== whole) problem('what was committed is gone');
          committed ||= i === 0 && isNew;
          const beside = listBackups(aside).map((backup) => ({
            backup: path.basename(backup.file),
            damaged: isDamaged(backup.file),
            holds: contents(backup.file),
          }));
          for (const { backup, damaged, holds } of beside)
            if (damaged || holds === null || !earlier.has(holds)) problem(`${backup} is no whole backup`);
          if (isNew && one.keepsOld && !beside.some(({ holds }) => holds === old))
            problem('the new registry has no backup of the old beside it');
          opens(home, one.opensAsNew || isNew ? whole : old, problem);
          if (one.opensAsNew && tried % 20 === 0) await goesBack(home, old, whole, problem);
        } catch (error) {
          problem(String(error));
        }
        onCut(name);
      }
    }
    said.push(`${one.name}: ${operations.length} operations`);
  }
  return { tried, wrong, said };
}

/** Opens it with Falx, twice: it is still intact after it was closed. */
function opens(home: string, holds: string, problem: (text: string) => void): void {
  for (const time of ['opened', 'opened again']) {
    const registry = Registry.open(home);
    try {
      const verdict = registry.audit.verify();
      if (!verdict.whole) problem(`${time}: the audit trail: ${JSON.stringify(verdict.fault)}`);
    } finally {
      registry.close();
    }
    if (contents(path.join(home, 'registry.sqlite')) !== holds) problem(`${time}: it holds something else`);
  }
}

/** The backup from before the migration can replace it, and is then migrated. */
async function goesBack(
  home: string,
  old: string,
  whole: string,
  problem: (text: string) => void,
): Promise<void> {
  const backup = listBackups(home).find(({ file }) => contents(file) === old);
  if (!backup) return void problem('opened: no backup of the old registry is there');
  await restoreBackup(home, backup.file, knownFormat);
  opens(home, whole, problem);
}

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backUp, listBackups, restoreBackup } from '../../src-main/registry/backups.ts';
import { knownFormat } from '../../src-main/registry/migrations/migrations.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { sealOf } from '../../src-main/registry/seal.ts';
import * as sample from './sample-records.ts';

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-seal-'));
  file = path.join(home, 'registry.sqlite');
  const registry = Registry.open(home);
  registry.datasets.add(
    { ...sample.dataset('ds-1', 'scans'), folder: '/scans-104' },
    [sample.image('Tumour/104.png', 'Tumour')],
    [],
  );
  registry.close();
});
afterEach(() => rmSync(home, { recursive: true }));

/** Flips one bit in a folder's name: SQLite does not notice. */
function flip(where: string, text = '/scans-104'): void {
  const bytes = readFileSync(where);
  const at = bytes.indexOf(text);
  expect(at).toBeGreaterThan(0);
  bytes[at + 8]! ^= 1; // 104 becomes 114
  writeFileSync(where, bytes);
}
const damaged = () =>
  expect.objectContaining({
    code: 'registry',
    facts: expect.objectContaining({ why: 'registryDamaged', file }) as unknown,
  }) as Error;

test('a bit that was flipped while the registry was closed is found before anything is read', () => {
  flip(file);
  const db = new SQLite(file, { readonly: true });
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok'); // what SQLite itself sees
  db.close();
  expect(() => Registry.open(home)).toThrow(damaged());
  // As the remedy says.
  rmSync(sealOf(file));
  Registry.open(home).close();
});

test('a damaged seal is not taken for a damaged registry', () => {
  const whole = readFileSync(sealOf(file), 'utf8');
  for (const text of [
    whole.replace('"id":', '"id":1'),
    whole.slice(0, 40),
    '',
    whole.replace(/[0-9a-f]{4}"/, '0000"'),
  ]) {
    writeFileSync(sealOf(file), text);
    Registry.open(home).close();
  }
});

test('what other processes write, or one that was killed had written, is not taken for damage', () => {
  const first = Registry.open(home);
  const second = Registry.open(home);
  second.datasets.add(
    { ...sample.dataset('ds-2', 'more'), folder: '/scans-105' },
    [sample.image('Tumour/105.png', 'Tumour')],
    [],
  );
  second.close();
  // As after a kill: the file and its log, not closed.
  const killed = mkdtempSync(path.join(tmpdir(), 'falx-seal-'));
  for (const end of ['', '-wal', '.seal'])
    copyFileSync(file + end, path.join(killed, path.basename(file) + end));
  const again = Registry.open(killed);
  expect(again.datasets.list().map(({ id }) => id)).toEqual(['ds-1', 'ds-2']);
  again.close();
  rmSync(killed, { recursive: true });
  first.close(); // which has written nothing, and is the last
  Registry.open(home).close();
  flip(file, '/scans-105');
  expect(() => Registry.open(home)).toThrow(damaged());
});

test('a damaged registry is moved beside the backup that takes its place; a damaged backup is refused', async () => {
  const { file: backup } = backUp(file, knownFormat);
  flip(file);
  const bytes = readFileSync(file);
  const done = await restoreBackup(home, backup, knownFormat);
  expect(done).toMatchObject({ wasDamaged: true, restored: backup });
  expect(readFileSync(done.kept!).equals(bytes)).toBe(true);
  const registry = Registry.open(home);
  expect(registry.datasets.get('ds-1').folder).toBe('/scans-104');
  registry.close();
  flip(backup);
  await expect(restoreBackup(home, backup, knownFormat)).rejects.toMatchObject({
    facts: { why: 'backupUnsound' },
  });
  expect(listBackups(home)).toHaveLength(1);
});

test('a backup that was copied into its place by hand is whole', () => {
  const { file: backup } = backUp(file, knownFormat);
  copyFileSync(backup, file);
  Registry.open(home).close();
});

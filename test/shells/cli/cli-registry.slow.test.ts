import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { knownFormat, migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';
import { falx, falxJson } from './falx.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-registry-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A registry with a given format, including future ones. */
function lay(format: number): void {
  mkdirSync(home, { recursive: true });
  const db = new SQLite(path.join(home, 'registry.sqlite'));
  migrate(db, migrations.slice(0, format));
  if (format > knownFormat) db.exec(`UPDATE formats SET falx = '9.8.7'`);
  db.pragma(`user_version = ${format}`);
  db.close();
}

type Answer = { backups: { file: string; format: number; usable: boolean }[] };

test('an older registry is backed up, a newer one refused in a sentence, and the backup puts things right', async () => {
  lay(4);
  expect(await falxJson(home, ['runs'])).toEqual({ runs: [] });
  const { backups } = await falxJson<Answer>(home, ['registry', 'backups']);
  expect(backups).toMatchObject([{ format: 4, usable: true }]);
  rmSync(path.join(home, 'registry.sqlite'));
  lay(knownFormat + 1);

  const { code, stderr } = await falx(home, 'runs');
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^falx: The registry .* was written by Falx 9\.8\.7 .*Update Falx, or go back/);
  expect(stderr).toContain(`falx registry restore "${backups[0]!.file}"`);

  expect(await falxJson(home, ['registry', 'restore', path.basename(backups[0]!.file)])).toMatchObject({
    restored: backups[0]!.file,
    format: 4,
  });
  expect(await falxJson(home, ['runs'])).toEqual({ runs: [] });
  const after = await falxJson<Answer>(home, ['registry']);
  expect(after.backups.map(({ format, usable }) => [format, usable])).toEqual([
    [4, true], // made again, as the restored one was migrated
    [knownFormat + 1, false],
    [4, true],
  ]);
});

test('what is not understood is told with what is', async () => {
  const { code, stderr } = await falx(home, 'registry', 'mend');
  expect(code).toBe(2);
  expect(stderr).toContain('falx registry restore [FILE]');
});

test('the audit trail is shown, taken out, and verified; exit code 1 when it is not whole', async () => {
  type Head = { number: number; hash: string };
  const { head } = await falxJson<{ head: Head }>(home, ['audit-log']);
  const trail = path.join(home, 'trail.jsonl');
  await falxJson(home, ['audit-log', 'export', trail]);
  expect(await falxJson(home, ['audit-log', 'verify', trail])).toMatchObject({ whole: true, entries: 2 });
  expect(
    await falxJson(home, ['audit-log', 'verify', '--head', `${head.number}:${head.hash}`]),
  ).toMatchObject({
    whole: true,
    witnesses: [
      { kind: 'beside', result: 'agrees' },
      { kind: 'given', result: 'agrees' },
    ],
  });
  writeFileSync(trail, readFileSync(trail, 'utf8').replace('audit-trail', 'audit-trial'));
  const { code, stdout } = await falx(home, 'audit-log', 'verify', trail);
  expect([code, stdout]).toEqual([1, expect.stringContaining('Entry 2 was edited.')]);
  expect((await falx(home, 'audit-log', 'verify', '--head', `1:${'0'.repeat(64)}`)).code).toBe(1);
});

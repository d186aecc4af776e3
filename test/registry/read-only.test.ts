import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RegistryDatabase } from '../../src-main/registry/database.ts';
import { isReadOnly, openReadOnly } from '../../src-main/registry/read-only.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { Secrets } from '../../src-main/registry/secrets.ts';
import { releaseAbandonedRuns } from '../../src-main/train/abandoned.ts';
import * as sample from './sample-records.ts';

let root: string;
let home: string;
let registry: Registry;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-read-only-'));
  home = path.join(root, 'home');
  registry = Registry.open(home);
  registry.datasets.add(sample.dataset('ds-1'), [sample.image('a.png')], []);
  registry.splits.add(sample.split('sp-1', 'ds-1'), []);
  registry.runs.add(sample.run('run-1', 'sp-1'));
});
afterEach(() => {
  registry.close();
  rmSync(root, { recursive: true });
});

const runsIn = (file: string): unknown[] => {
  const db = openReadOnly(file);
  try {
    return db.prepare('SELECT id FROM runs').pluck().all();
  } finally {
    db.close();
  }
};

describe('a registry that can only be read', () => {
  test('is read while its owner has it open, what still lies in its log too, and nothing is left beside it', () => {
    const before = readdirSync(home).sort();
    expect(runsIn(registry.file)).toEqual(['run-1']);
    expect(readdirSync(home).sort()).toEqual(before);
  });

  test('is read after its owner was killed: its log is read with it, and stays unchanged', () => {
    const other = path.join(root, 'other');
    cpSync(home, other, { recursive: true, filter: (name) => !name.endsWith('-shm') });
    const file = path.join(other, 'registry.sqlite');
    const log = readFileSync(`${file}-wal`);
    expect(log.length).toBeGreaterThan(0);
    expect(runsIn(file)).toEqual(['run-1']);
    expect(readFileSync(`${file}-wal`).equals(log)).toBe(true);
  });

  test('gives the secret that it has, and one for this once where it has none', () => {
    const known = registry.secrets.get('patients');
    const db = new RegistryDatabase(openReadOnly(registry.file), registry.file, true);
    const secrets = new Secrets(db);
    expect(secrets.get('patients')).toBe(known);
    expect(secrets.get('other')).toMatch(/^[0-9a-f]{64}$/);
    db.close();
  });

  test('is read when it is at rest, and takes nothing in', () => {
    registry.close();
    const before = readFileSync(registry.file);
    const db = openReadOnly(registry.file);
    expect(() => db.exec('DELETE FROM runs')).toThrow(/readonly/);
    db.close();
    expect(readFileSync(registry.file).equals(before)).toBe(true);
    expect(isReadOnly(registry.file)).toBe(false);
    registry = Registry.open(home);
  });
});

// Root may write everywhere, so the command runs as another user.
const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const main = path.join(import.meta.dirname, '../../src-main/registry/registry.ts');
const canRead =
  process.platform !== 'win32' &&
  spawnSync(process.execPath, ['-e', `import(${JSON.stringify(main)})`], asNobody).status === 0;

test.skipIf(!canRead)(
  'a home of which nothing may be written is listed, and each change refused in words',
  () => {
    registry.close();
    const file = path.join(home, 'registry.sqlite');
    copyFileSync(file, `${file}.before`);
    chmodSync(root, 0o755);
    chmodSync(file, 0o444);
    chmodSync(home, 0o555);
    const child = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { Registry } = await import(${JSON.stringify(main)});
       const registry = Registry.open(${JSON.stringify(home)});
       const refused = [() => registry.runs.update('run-1', { status: 'failed' }), () => registry.queue.claimNext(1)]
         .map((change) => { try { change(); } catch ({ code, facts }) { return [code, facts.why]; } });
       console.log(JSON.stringify({ readOnly: registry.readOnly, runs: registry.runs.list().map(({ id }) => id), refused }));
       registry.close();`,
      ],
      { ...asNobody, encoding: 'utf8' },
    );
    chmodSync(home, 0o755);
    expect(child.stderr).toBe('');
    expect(JSON.parse(child.stdout)).toEqual({
      readOnly: true,
      runs: ['run-1'],
      refused: [
        ['disk', 'homeReadOnly'],
        ['disk', 'homeReadOnly'],
      ],
    });
    expect(readFileSync(file).equals(readFileSync(`${file}.before`))).toBe(true);
    registry = Registry.open(home);
    expect(registry.readOnly).toBe(false);
    expect(releaseAbandonedRuns(registry)).toEqual([]);
  },
);

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';
import { addScans } from '../train/scans.ts';
import * as sample from '../registry/sample-records.ts';

const child = path.join(import.meta.dirname, 'read-only.child.ts');
/** Root ignores permissions, so for root the folder is on a read-only disk. */
const isRoot = process.getuid?.() === 0;
const canRead = isRoot
  ? spawnSync('unshare', ['--mount', 'true']).status === 0
  : process.platform !== 'win32';

const root = mkdtempSync(path.join(tmpdir(), 'falx-read-only-core-'));
const [home, temporary] = [path.join(root, 'home'), path.join(root, 'tmp')];
afterAll(() => {
  if (!isRoot) setRights(0o755, 0o644);
  rmSync(root, { recursive: true });
});

function setRights(folders: number, files: number): void {
  for (const entry of [home, ...listed().map((name) => path.join(home, name))])
    chmodSync(entry, statSync(entry).isDirectory() ? folders : files);
}
const listed = (): string[] => readdirSync(home, { recursive: true, encoding: 'utf8' }).sort();

test.skipIf(!canRead)(
  'a window on a home of which nothing may be written says so, shows what it holds, and refuses each change',
  async () => {
    const registry = Registry.open(home);
    await addScans(registry, path.join(home, 'scans'), 4);
    registry.runs.add(sample.run('run-1', 'sp-scans'));
    registry.close();
    const before = [listed(), readFileSync(path.join(home, 'registry.sqlite'), 'base64')];
    mkdirSync(temporary);
    if (!isRoot) setRights(0o555, 0o444);
    const seal = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" "$3" "$1"';
    const [command, ...args] = isRoot
      ? ['unshare', '--mount', 'sh', '-c', seal, 'sh', home, process.execPath, child]
      : [process.execPath, child, home];
    const { stdout, stderr } = spawnSync(command, args, {
      env: { ...process.env, TMPDIR: temporary },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      readOnly: true,
      home,
      runs: [['run-1', 'queued']],
      datasets: ['scans'],
      training: expect.any(Array) as unknown,
      picture: 'image/jpeg',
      refused: ['homeReadOnly', 'homeReadOnly', 'homeReadOnly'],
    });
    expect([listed(), readFileSync(path.join(home, 'registry.sqlite'), 'base64')]).toEqual(before);
    // Its own temporary copy is deleted with it.
    expect(readdirSync(temporary).filter((name) => name.startsWith('falx-read-only'))).toEqual([]);
  },
);

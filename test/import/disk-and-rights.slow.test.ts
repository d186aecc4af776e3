import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { writeAtomically } from '../../src-main/system/write-atomically.ts';
import { ownRegistry } from '../registry/own-registry.ts';
import { layOut } from './folders.ts';
import { zipOf } from './zips.ts';

const own = ownRegistry('bad');
const { root, home } = own;
let { registry } = own;
/** Runs as an unprivileged user if this is run by root. */
function asNobody(script: string, args: string[]): { stdout: string } | null {
  const uid = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  try {
    return { stdout: execFileSync(process.execPath, [script, ...args], { encoding: 'utf8', ...uid }) };
  } catch {
    return null; // an unprivileged user can't even run Node here
  }
}

test('a folder that may not be read fails the import, naming it; a file goes to quarantine', async (context) => {
  const folder = await layOut(path.join(root, 'rights'), {
    'yes/good.png': null,
    'yes/secret/a.png': null,
    'yes/mine.png': null,
    'no/good.png': null,
  });
  const place = mkdtempSync(path.join(tmpdir(), 'falx-nobody-'));
  try {
    for (const open of [root, place]) chmodSync(open, 0o777);
    // What this process creates belongs to its user only since it opened a registry.
    execFileSync('chmod', ['-R', 'a+rX', folder]);
    chmodSync(path.join(folder, 'yes/mine.png'), 0);
    const script = path.join(import.meta.dirname, 'limited.child.ts');
    const mine = asNobody(script, [path.join(place, 'home'), folder]);
    if (mine === null) return context.skip('nobody may not run Node here');
    expect(JSON.parse(mine.stdout)).toEqual({ images: 3 });
    chmodSync(path.join(folder, 'yes/secret'), 0);
    const { stdout } = asNobody(script, [path.join(place, 'home'), folder])!;
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(/yes\/secret" can't be read/),
    });
  } finally {
    chmodSync(path.join(folder, 'yes/secret'), 0o777);
    rmSync(place, { recursive: true });
  }
});

describe.skipIf(process.platform === 'win32')('a full disk', () => {
  /** As if the disk were full for any file above this many kibibytes. */
  const within = (kibibytes: number, folder: string) =>
    JSON.parse(
      execFileSync(
        'bash',
        [
          '-c',
          `ulimit -f ${kibibytes}; exec "$@"`,
          '',
          process.execPath,
          path.join(import.meta.dirname, 'limited.child.ts'),
          home,
          folder,
        ],
        { encoding: 'utf8' },
      ),
    ) as unknown;
  const full = { code: 'disk', ours: true };

  test('fails the import with what to do, and nothing is lost: it goes on when there is room', async () => {
    const folder = await layOut(
      path.join(root, 'many'),
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i % 2 ? 'yes' : 'no'}/${i}.png`, null])),
    );
    await importFolder({
      registry,
      folder: await layOut(path.join(root, 'few'), { 'yes/a.png': null, 'no/b.png': null }),
    });
    const before = registry.datasets.list();
    // What SQLite has written beside the registry is moved into it, and starts anew.
    registry = own.reopened();
    // First there is no room to record what was read, then none to store it.
    expect(within(100, folder)).toMatchObject({
      ...full,
      message: expect.stringMatching(/resumes from where it stopped/),
    });
    const size = Math.ceil(readFileSync(path.join(home, 'registry.sqlite')).length / 1024);
    expect(within(size + 40, folder)).toMatchObject(full);
    expect(registry.datasets.list({ removed: 'any' })).toEqual(before);
    const { images } = await importFolder({ registry, folder });
    expect(images).toBe(500);
    expect(registry.imports.unfinished()).toEqual([]);
  });

  test('stops unpacking, and nothing of the archive stays', () => {
    const archive = path.join(root, 'large.zip');
    const noise = Buffer.from(Array.from({ length: 2 ** 21 }, (_, i) => (i * 7919) >> 3));
    writeFileSync(
      archive,
      zipOf([
        { name: 'yes/a.png', data: noise },
        { name: 'no/b.png', data: 'x' },
      ]),
    );
    expect(within(1024, archive)).toMatchObject({
      ...full,
      message: expect.stringMatching(/can't be unpacked/),
    });
    expect(readdirSync(path.join(home, 'uploads'))).toEqual([]);
  });
});

test('a disk without a byte left is called full, and what was written before stays', async (context) => {
  const disk = mkdtempSync(path.join(tmpdir(), 'falx-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    rmSync(disk, { recursive: true });
    return context.skip('no disk may be mounted here');
  }
  try {
    const folder = await layOut(path.join(root, 'two'), { 'yes/a.png': null, 'no/b.png': null });
    const full = Registry.open(path.join(disk, 'home'));
    const { dataset } = await importFolder({ registry: full, folder });
    full.close();
    writeFileSync(path.join(disk, 'table.csv'), 'old');
    const rest = openSync(path.join(disk, 'rest'), 'w');
    expect(() => {
      for (;;) writeSync(rest, Buffer.alloc(4096, 1));
    }).toThrow(/ENOSPC/);
    closeSync(rest);
    expect(() => Registry.open(path.join(disk, 'home'))).toThrow(
      expect.objectContaining({
        code: 'disk',
        message: expect.stringMatching(/The disk is full: free some space/),
      }),
    );
    await expect(writeAtomically(path.join(disk, 'table.csv'), 'new'.repeat(1e6))).rejects.toThrow(/ENOSPC/);
    expect(readFileSync(path.join(disk, 'table.csv'), 'utf8')).toBe('old');
    expect(readdirSync(disk).sort()).toEqual(['home', 'rest', 'table.csv']);
    rmSync(path.join(disk, 'rest'));
    const again = Registry.open(path.join(disk, 'home'));
    expect(again.datasets.list()).toEqual([dataset]);
    again.close();
  } finally {
    // Processes that read scans close the files they add derivatives to after a second of inactivity.
    await expect.poll(() => spawnSync('umount', [disk]).status).toBe(0);
    rmSync(disk, { recursive: true });
  }
});

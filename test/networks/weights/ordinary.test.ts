import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { beginsVolume } from '../../../src-main/images/nifti/open-volume.ts';
import { refuseFile } from '../../../src-main/import/zip/beginning.ts';
import { importWeights } from '../../../src-main/networks/weights/weights-pack.ts';
import { addWeights, weightsFolder } from '../../../src-main/networks/weights/weights-store.ts';
import { keepPrivate, shareAsUsual } from '../../../src-main/system/rights.ts';
import { writeAtomically } from '../../../src-main/system/write-atomically.ts';
import { chooseWeights } from '../../../src-main/train/choose-weights.ts';

let home: string;
beforeEach(() => void (home = mkdtempSync(path.join(tmpdir(), 'falx-ordinary-'))));
afterEach(() => rmSync(home, { recursive: true }));

describe.skipIf(process.platform === 'win32' || !existsSync('/dev/zero'))('what is no ordinary file', () => {
  const pipe = (): string => {
    const file = path.join(home, 'pipe.h5');
    execFileSync('mkfifo', [file]);
    return file;
  };
  test.each([
    ['a pipe', pipe, 'it is no ordinary file'],
    ['a device without an end', () => '/dev/zero', 'it is no ordinary file'],
    ['a folder', () => home, 'it is a folder'],
  ])('%s is refused as weights at once, and nothing is left', async (_, make, said) => {
    const file = make();
    const refused = expect.objectContaining({
      code: 'unreadable-file',
      message: expect.stringContaining(said),
      facts: expect.objectContaining({ why: 'weightsUnreadable' }),
    });
    await expect(addWeights(home, file)).rejects.toEqual(refused);
    await expect(chooseWeights(home, undefined, file)).rejects.toEqual(refused);
    expect(readdirSync(weightsFolder(home))).toEqual([]);
  });

  test('is looked at before it is opened, should it be a pack of weights', async () => {
    await expect(importWeights(home, pipe())).rejects.toMatchObject({ facts: { why: 'weightsUnreadable' } });
  });

  test('is no archive of scans', async () => {
    const file = path.join(home, 'scans.zip');
    execFileSync('mkfifo', [file]);
    expect((await refuseFile(file)).message).toMatch(/scans\.zip" is not an ordinary file/);
  });

  test('is written into, and neither replaced nor given other rights', async () => {
    const file = pipe();
    const reader = createReadStream(file);
    const heard = once(reader, 'data');
    await writeAtomically(file, 'a table');
    expect(String((await heard)[0])).toBe('a table');
    keepPrivate();
    chmodSync(file, 0o640);
    shareAsUsual(file);
    expect(statSync(file).isFIFO()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    reader.destroy();
  });

  test('a link to a table stays one, and what it leads to is written', async () => {
    const [table, link] = [path.join(home, 'table.csv'), path.join(home, 'link.csv')];
    writeFileSync(table, 'old');
    symlinkSync(table, link);
    await writeAtomically(link, 'new');
    expect(readlinkSync(link)).toBe(table);
    expect(readFileSync(table, 'utf8')).toBe('new');
  });

  test('is no volume', async () => {
    expect(await beginsVolume(pipe())).toBe(false);
    expect(await beginsVolume('/dev/zero')).toBe(false);
  });
});

test('copies of weights that a process which died was making are swept', async () => {
  const folder = weightsFolder(home);
  mkdirSync(folder);
  const dead = `adding.${2 ** 22 + 1}.abc.part`; // beyond Linux's largest process id
  const living = `adding.${process.ppid}.abc.part`;
  for (const name of [dead, `adding.${process.pid}.abc.part`, living])
    writeFileSync(path.join(folder, name), 'x');
  await expect(addWeights(home, path.join(home, 'none.h5'))).rejects.toThrow(/can't be read/);
  expect(readdirSync(folder)).toEqual([living]);
});

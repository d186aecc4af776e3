import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { message } from '../../src-main/contract/messages/catalogue.ts';
import { openLog, withoutPaths } from '../../src-main/core/log.ts';
import { programFolder } from '../../src-main/system/installation.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-log-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('is written line by line, and continues where an earlier Falx ended', () => {
  for (const word of ['first', 'second']) {
    const log = openLog(home);
    log.info({ word }, 'open');
    expect(readFileSync(log.file, 'utf8').trim().split('\n').at(-1)).toContain(`"word":"${word}"`);
    log.close();
  }
  const lines = readFileSync(path.join(home, 'logs', 'falx.log'), 'utf8')
    .trim()
    .split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { word: string }).word)).toEqual(['first', 'second']);
});

test.skipIf(!existsSync('/dev/full'))(
  'never throws when the disk is full, and tells later what was lost',
  () => {
    const file = path.join(home, 'logs', 'falx.log');
    mkdirSync(path.dirname(file));
    symlinkSync('/dev/full', file); // writing fails as on a full disk
    const log = openLog(home);
    for (const word of ['one', 'two', 'three']) log.error({ word }, 'lost');
    rmSync(file);
    log.info('there is room again');
    log.info('and still is');
    log.close();
    log.close();
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ level: 40, lost: 3 }),
      expect.objectContaining({ msg: 'there is room again' }),
      expect.objectContaining({ msg: 'and still is' }),
    ]);
  },
);

test('bounds what is written of an error, however much was sent', () => {
  const log = openLog(home);
  const deep = (levels: number): Error =>
    new Error('x'.repeat(1e5), levels === 0 ? {} : { cause: deep(levels - 1) });
  const error = Object.assign(deep(30), {
    data: Array.from({ length: 10_000 }, () => ({ text: 'y'.repeat(1000) })),
  });
  log.error({ err: error }, 'fault');
  log.close();
  const [line] = readFileSync(log.file, 'utf8').split('\n');
  expect(line!.length).toBeLessThan(200_000);
  expect(JSON.parse(line!)).toMatchObject({
    msg: 'fault',
    err: { type: 'Error', message: expect.stringMatching(/^x+/) },
  });
});

test('that has grown long is put aside, and only one such is kept', () => {
  const log = openLog(home);
  const aside = path.join(home, 'logs', 'falx.1.log');
  const long = 'x'.repeat(2 ** 20);
  for (let line = 0; line < 12; line += 1) log.info({ line }, long);
  log.close();
  expect(existsSync(aside)).toBe(true);
  expect(statSync(aside).size).toBeLessThan(6 * 2 ** 20);
  const kept = (readFileSync(aside, 'utf8') + readFileSync(log.file, 'utf8')).trim().split('\n');
  expect((JSON.parse(kept.at(-1) ?? '') as { line: number }).line).toBe(11);
  expect(statSync(log.file).size).toBeLessThan(6 * 2 ** 20);
});

test('in a place that cannot be written is refused with a remedy', () => {
  writeFileSync(path.join(home, 'logs'), 'a file');
  expect(() => openLog(home)).toThrow(
    expect.objectContaining({ code: 'disk', message: expect.stringMatching(/--home/) }),
  );
});

describe('what is shared', () => {
  test('has no path and no name of a file, and still tells what happened where in Falx', async () => {
    const log = openLog(home);
    const file = '/data/Kim Minsu/scan 07.png';
    log.error(
      {
        err: new FalxError('weightsUnreadable', {
          file,
          reason: message('systemNotAllowed', { errno: 'EACCES' }),
        }),
        folder: String.raw`C:\Users\Minsu\scans`,
        count: 3,
      },
      'fault',
    );
    log.warn({ err: new Error(`EACCES: permission denied, open '${file}'`) }, `kept in ${home}/cache (full)`);
    const shared = await log.shared();
    log.close();
    for (const private_ of ['Minsu', 'scan 07', home]) expect(shared).not.toContain(private_);
    const [first, second] = shared.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ folder: '<path>', count: 3, msg: 'fault' });
    expect(JSON.stringify(first)).toContain('<falx>/test/core/log.test.ts');
    expect(JSON.stringify(first)).toContain('unreadable-file');
    expect((second!['err'] as { message: string }).message).toBe(
      "EACCES: permission denied, open '<path>.png'",
    );
    expect(second!['msg']).toBe('kept in <path> (full)');
  });

  test.each([
    ['/scans/a b/c.jpg', '<path>.jpg'],
    ['The folder /scans/a b/c: it is empty', 'The folder <path>: it is empty'],
    ['"Tumour/x.png" and "Healthy/y.png" are twins', '"<path>.png" and "<path>.png" are twins'],
    [String.raw`kept in \\server\scans (full)`, 'kept in <path> (full)'],
    [`    at run (file://${programFolder}/src-main/a.ts:3:7)`, '    at run (<falx>/src-main/a.ts:3:7)'],
    ['    at run (file:///home/kim/x.ts:3:7)', '    at run (file://<path>.ts:3:7)'],
    ['3 images/s, 1/2 done', '3 images/s, 1/2 done'],
    ['one line\n/home/kim', 'one line\n<path>'],
  ])('%j becomes %j', (line, expected) => {
    expect(withoutPaths(line)).toBe(expected);
  });
});

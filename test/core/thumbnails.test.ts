import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Thumbnails } from '../../src-main/core/thumbnails.ts';
import { openLog, type Log } from '../../src-main/core/log.ts';
import { eventually } from '../eventually.ts';

let home: string;
let log: Log;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-thumbnails-'));
  log = openLog(home);
});
afterEach(() => {
  log.close();
  rmSync(home, { recursive: true, force: true });
});

const shaOf = (n: number) => createHash('sha256').update(String(n)).digest('hex');
const fileOf = (n: number) =>
  path.join(home, 'cache', 'thumbnails', shaOf(n).slice(0, 2), `${shaOf(n)}-96.jpg`);
const jpeg = new Uint8Array(968).fill(7);

/** Ten pictures of 1,000 bytes with their seals, the first used ten hours ago, the last one hour ago. */
async function filled(options: { most: number; idle?: number }): Promise<Thumbnails> {
  const thumbnails = new Thumbnails({ home, log, ...options });
  for (let n = 1; n <= 10; n++) {
    await thumbnails.keep(shaOf(n), 96, jpeg);
    const then = new Date(Date.now() - (11 - n) * 3_600_000 - 60_000);
    utimesSync(fileOf(n), then, then);
  }
  return thumbnails;
}

test('those used longest ago make way when all take too much room', async () => {
  const thumbnails = await filled({ most: 6000 });
  // Used again: now the most recent.
  expect(await thumbnails.read(shaOf(1), 96)).toEqual(Buffer.from(jpeg));
  await thumbnails.trim();
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((n) => existsSync(fileOf(n)))).toEqual([1, 7, 8, 9, 10]);
  expect(await thumbnails.size()).toBe(5000);
  await thumbnails.close();
});

test('one that is damaged, truncated or without its seal is not shown, but made again', async () => {
  const thumbnails = await filled({ most: 1e6 });
  const spoilt: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => ((bytes[400]! ^= 1), bytes),
    (bytes) => ((bytes[990]! ^= 1), bytes),
    (bytes) => bytes.subarray(0, 500),
    () => Buffer.from(jpeg),
    () => Buffer.alloc(0),
  ];
  for (const [n, spoil] of spoilt.entries()) {
    writeFileSync(fileOf(n + 1), spoil(readFileSync(fileOf(n + 1))));
    expect(await thumbnails.read(shaOf(n + 1), 96)).toBeNull();
    await thumbnails.keep(shaOf(n + 1), 96, jpeg);
    expect(await thumbnails.read(shaOf(n + 1), 96)).toEqual(Buffer.from(jpeg));
  }
  await thumbnails.close();
});

test('nothing is thrown away below the limit', async () => {
  const thumbnails = await filled({ most: 10_000 });
  await thumbnails.trim();
  expect(await thumbnails.size()).toBe(10_000);
  await thumbnails.close();
});

test('it happens automatically, once no picture was requested for a while', async () => {
  const thumbnails = await filled({ most: 4000, idle: 50 });
  await eventually(async () => expect(await thumbnails.size()).toBeLessThanOrEqual(4000));
  expect(existsSync(fileOf(10))).toBe(true);
  await thumbnails.close();
});

test('all can be thrown away, and are kept anew', async () => {
  const thumbnails = await filled({ most: 10_000 });
  await thumbnails.clear();
  expect(await thumbnails.size()).toBe(0);
  expect(await thumbnails.read(shaOf(3), 96)).toBeNull();
  await thumbnails.keep(shaOf(3), 96, jpeg);
  expect(statSync(fileOf(3)).size).toBe(1000);
  await thumbnails.close();
});

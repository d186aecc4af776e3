import { mkdtempSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inOrder } from '../../src-main/images/in-order.ts';
import { withFile } from '../../src-main/images/read-file.ts';
import { memoryBudget } from '../../src-main/images/memory-budget.ts';

const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

describe('room', () => {
  test('is never let to more than it has, and all get their turn in order', async () => {
    const withRoom = memoryBudget(100);
    let used = 0;
    let most = 0;
    const order: number[] = [];
    const sizes = [60, 30, 70, 5, 500, 20, 100, 1];
    await Promise.all(
      sizes.map((bytes, index) =>
        withRoom(bytes, async () => {
          order.push(index);
          used += Math.min(bytes, 100);
          most = Math.max(most, used);
          await pause(2);
          used -= Math.min(bytes, 100);
        }),
      ),
    );
    expect(most).toBe(100);
    expect(order).toEqual(sizes.map((_, index) => index));
  });

  test('is given back by work that fails', async () => {
    const withRoom = memoryBudget(10);
    await expect(withRoom(10, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withRoom(10, () => Promise.resolve('yes'))).toBe('yes');
  });
});

describe('work in order', () => {
  test('yields results in the order of the items, no more than so many begun ahead', async () => {
    let begun = 0;
    let yielded = 0;
    const results: number[] = [];
    const items = Array.from({ length: 20 }, (_, index) => index);
    for await (const result of inOrder(items, 4, async (item) => {
      begun += 1;
      expect(begun - yielded).toBeLessThanOrEqual(4);
      await pause((item * 7) % 5);
      return item;
    })) {
      yielded += 1;
      results.push(result);
    }
    expect(results).toEqual(items);
  });

  test('throws what an item throws, after the results before it', async () => {
    const results: number[] = [];
    const run = async () => {
      for await (const result of inOrder([0, 1, 2, 3], 4, (item) =>
        item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item),
      )) {
        results.push(result);
      }
    };
    await expect(run()).rejects.toThrow('two');
    expect(results).toEqual([0, 1]);
  });
});

describe('a file', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-read-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => path.join(folder, name);
  mkdirSync(at('folder'));
  symlinkSync(at('nowhere'), at('dangling'));
  symlinkSync(at('ring'), at('ring'));
  writeFileSync(at('sparse'), '');
  truncateSync(at('sparse'), 2 ** 40); // a tebibyte of nothing
  execFileSync('mkfifo', [at('pipe')]);

  test.each([
    ['missing', 'unreadable-file', /is not there/],
    ['dangling', 'unreadable-file', /link to something that is not there/],
    ['ring', 'unreadable-file', /leads back to itself/],
    ['folder', 'unreadable-file', /is a folder/],
    ['pipe', 'unreadable-file', /not an ordinary file/],
    ['sparse', 'too-large', /1\.1 TB; the limit is 336 MB/],
  ])('that is %s is refused unread', async (name, code, message) => {
    const work = () => Promise.reject(new Error('it was read'));
    await expect(withFile(at(name), name, work)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

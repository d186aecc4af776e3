import { expect, test } from 'vitest';
import { inOrder } from '../../src-main/images/in-order.ts';

/** Tasks that end when released, with records of what started and ended. */
function workshop() {
  const going = new Map<number, () => void>();
  const ended: number[] = [];
  const work = (item: number) =>
    new Promise<number>((resolve, reject) => {
      going.set(item, () => {
        ended.push(item);
        if (item === 13) reject(new Error('thirteen'));
        else resolve(10 * item);
      });
    });
  return { going, ended, work, letGo: (item: number) => going.get(item)!() };
}

test('results come in the items’ order, no more than some ahead', async () => {
  const { going, work, letGo } = workshop();
  const results = inOrder([1, 2, 3, 4], 2, work);
  const first = results.next();
  await new Promise(setImmediate);
  expect([...going.keys()]).toEqual([1, 2]);
  letGo(2);
  letGo(1);
  expect(await first).toEqual({ value: 10, done: false });
  const rest = (async () => {
    const all: number[] = [];
    for await (const result of results) all.push(result);
    return all;
  })();
  await new Promise(setImmediate);
  letGo(3);
  while (!going.has(4)) await Promise.resolve();
  letGo(4);
  expect(await rest).toEqual([20, 30, 40]);
});

test('items may come by and by, too', async () => {
  async function* items() {
    for (const item of [1, 2, 3]) {
      await new Promise(setImmediate);
      yield item;
    }
  }
  const all: number[] = [];
  for await (const result of inOrder(items(), 2, (item) => Promise.resolve(10 * item))) all.push(result);
  expect(all).toEqual([10, 20, 30]);
});

test.each([
  ['that its reader breaks off', 2],
  ['that fails', 13],
])('work %s is over only when all that had begun is', async (_, second) => {
  const { ended, work, letGo } = workshop();
  let over = false;
  const read = async () => {
    for await (const result of inOrder([1, second, 3, 4], 4, work)) if (result === 20) break;
  };
  const reading = read().finally(() => (over = true));
  await new Promise(setImmediate);
  letGo(1);
  letGo(second);
  await new Promise(setImmediate);
  expect(over).toBe(false);
  letGo(3);
  await new Promise(setImmediate);
  expect(over).toBe(false);
  letGo(4);
  await (second === 13 ? expect(reading).rejects.toThrow('thirteen') : reading);
  expect(ended).toEqual([1, second, 3, 4]);
});

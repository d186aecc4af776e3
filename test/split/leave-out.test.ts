import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolds, strayed } from '../../src-main/split/split-handlers.ts';
import { addTwinned, newRegistry, type Made } from '../check/dataset.ts';

let made: Made;
let ids: number[];
beforeEach(() => {
  made = newRegistry();
  addTwinned(made.registry, 'ds-1', 80);
  ids = made.registry.images.list('ds-1').map(({ id }) => id);
});
afterEach(() => made.remove());

const order = ['A', 'B', 'C'];
/** Twins are the nth and the (n + 2)nd image of each four. */
const sites = () => new Map(ids.map((id, n) => [id, n < 20 ? 'A' : n < 52 ? 'B' : 'C']));
const partsOf = (splitId: string, part: string) =>
  made.registry.parts
    .list(splitId)
    .filter((one) => one.part === part)
    .map(({ imageId }) => imageId);
const folds = (values: ReadonlyMap<number, string>) =>
  makeFolds({ registry: made.registry, datasetId: 'ds-1', leaveOut: { by: 'site', values, order } });

test('each site is the test part of one fold, and in no other part of it', () => {
  const values = sites();
  const splits = folds(values);
  expect(splits.map(({ split }) => split.fold!.index)).toEqual([0, 1, 2]);
  expect(splits.map(({ split }) => split.method)).toEqual(order.map((site) => `leave-out site=${site}`));
  for (const [index, { split }] of splits.entries()) {
    const expected = ids.filter((id) => values.get(id) === order[index]);
    expect(partsOf(split.id, 'test').toSorted((a, b) => a - b)).toEqual(expected);
    expect(partsOf(split.id, 'validation').length).toBeGreaterThan(0);
  }
  expect(strayed({ by: 'site', values, order }, splits, made.registry)).toBe(0);
});

test('twins of two sites stay together, and are counted', () => {
  const values = sites().set(ids[0]!, 'B').set(ids[4]!, 'C');
  const splits = folds(values);
  const places = [ids[0], ids[2]].map((id) =>
    splits.findIndex(({ split }) => partsOf(split.id, 'test').includes(id!)),
  );
  expect(new Set(places).size).toBe(1);
  expect(strayed({ by: 'site', values, order }, splits, made.registry)).toBe(2);
});

test('an image of which the site is not known is named, and nothing is made', () => {
  const values = sites();
  values.delete(ids[7]!);
  expect(() => folds(values)).toThrow(
    expect.objectContaining({ code: 'bad-dataset', facts: expect.objectContaining({ count: 1 }) }),
  );
  expect(made.registry.splits.list()).toEqual([]);
});

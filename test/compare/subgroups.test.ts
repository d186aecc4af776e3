import { afterEach, beforeEach, expect, test } from 'vitest';
import { subgroupsInSteps } from '../../src-main/compare/subgroups.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { runToEnd } from '../../src-main/system/steps.ts';
import { addTwinned, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

let made: Made;
let tested: { imageId: number; className: string }[];
beforeEach(() => {
  made = newRegistry();
  const { registry } = made;
  addTwinned(registry, 'ds-1', 80);
  const { split } = makeSplit({ registry, datasetId: 'ds-1', test: 0.6, validation: 0.1 });
  const classes = new Map(registry.images.list('ds-1').map(({ id, className }) => [id, className]));
  tested = registry.parts
    .list(split.id)
    .filter(({ part }) => part === 'test')
    .map(({ imageId }) => ({ imageId, className: classes.get(imageId)! }));
  registry.runs.add({ ...sample.run('run-1', split.id), status: 'done', bestEpoch: 1 });
  // Right on the first half of the images, wrong on every fourth of the others.
  registry.testPredictions.replace(
    'run-1',
    tested.map(({ imageId, className }, i) => ({
      imageId,
      probability: (className === TUMOUR) === (i < 24 || i % 4 > 0) ? 0.9 : 0.1,
    })),
  );
});
afterEach(() => made.remove());

const by = (valueOf: (at: number) => string | null) =>
  runToEnd(
    subgroupsInSteps(
      made.registry,
      [made.registry.runs.get('run-1')],
      'site',
      new Map(tested.flatMap(({ imageId }, at) => (valueOf(at) === null ? [] : [[imageId, valueOf(at)!]]))),
    ),
  );

test('each part has its own figures, and images without a value are counted apart', () => {
  const { groups, unknown, runIds } = by((at) => (at < 24 ? 'A' : at < 44 ? 'B' : null));
  expect([runIds, unknown]).toEqual([['run-1'], 4]);
  expect(groups.map(({ value, perImage }) => [value, perImage.units])).toEqual([
    ['A', 24],
    ['B', 20],
  ]);
  const figures = groups.map(({ perImage }) => perImage.models[0]!.measures.accuracy.value);
  const right = (from: number, to: number) =>
    tested.filter((_, i) => i >= from && i < to && (i < 24 || i % 4 > 0)).length / (to - from);
  expect(figures).toEqual([right(0, 24), right(24, 44)]);
  for (const { positives, negatives, perScan, small } of groups) {
    expect(positives + negatives).toBe(perScan.units);
    expect(small).toBe(Math.min(positives, negatives) < 10);
  }
});

test('what is the same of all test images makes no subgroups', () => {
  expect(() => by(() => 'A')).toThrow(expect.objectContaining({ code: 'bad-dataset' }));
  expect(() => by(() => null)).toThrow(/known for none/);
});

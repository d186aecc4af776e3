import { afterEach, beforeEach, expect, test } from 'vitest';
import { decide } from '../../src-main/check/decisions.ts';
import { groupsOf } from '../../src-main/check/scan-groups.ts';
import { learningCurvesOf } from '../../src-main/compare/learning-curve.ts';
import { makeSplit, type SplitMade } from '../../src-main/split/split-handlers.ts';
import { runToEnd } from '../../src-main/system/steps.ts';
import { dataOf, trainingDataOf } from '../../src-main/train/plan.ts';
import { trainShareOf } from '../../src-main/train/train-share.ts';
import { sharesOf } from '../../src-main/shells/cli/commands/train-command.ts';
import { addTwinned, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

let made: Made;
let split: SplitMade['split'];
beforeEach(() => {
  made = newRegistry();
  addTwinned(made.registry, 'ds-1', 400);
  ({ split } = makeSplit({ registry: made.registry, datasetId: 'ds-1', test: 0.25, validation: 0.1 }));
});
afterEach(() => made.remove());

const share = (trainShare: number, seed = 7) =>
  runToEnd(trainShareOf(made.registry, split.id, { trainShare, seed }));

function addRun(id: string, trainShare: number, seed: number, wrongEvery: number) {
  const { registry } = made;
  const run = sample.run(id, split.id);
  const settings = { ...run.settings, trainShare, seed };
  registry.runs.add({ ...run, settings, status: 'done', bestEpoch: 1 });
  const classes = new Map(registry.images.list('ds-1').map((image) => [image.id, image.className]));
  const tested = registry.parts.list(split.id).filter(({ part }) => part === 'test');
  registry.testPredictions.replace(
    id,
    tested.map(({ imageId }, at) => ({
      imageId,
      probability: (classes.get(imageId) === TUMOUR) === at % wrongEvery > 0 ? 0.9 : 0.1,
    })),
  );
  registry.metrics.put({ ...sample.metrics(id), images: tested.length });
  return registry.runs.get(id);
}

test('a share has whole groups of each class, all of the training set at most, and more of them the larger it is', () => {
  const { registry } = made;
  const images = registry.images.list('ds-1');
  const classOf = new Map(images.map(({ id, className }) => [id, className]));
  const groups = groupsOf(registry, 'ds-1', { by: 'twins' });
  const groupOf = new Map(images.map(({ id }, place) => [id, groups.labels[place]!]));
  const training = registry.parts.list(split.id).filter(({ part }) => part === 'train');
  const shares = [0.01, 0.1, 0.25, 0.5, 1].map((one) => share(one));
  for (const [at, { images: taken, groups: count }] of shares.entries()) {
    expect([...taken].every((id) => training.some(({ imageId }) => imageId === id))).toBe(true);
    // All twins of selected images were selected.
    const whole = new Set([...taken].map((id) => groupOf.get(id)!));
    expect(whole.size).toBe(count);
    expect(training.filter(({ imageId }) => whole.has(groupOf.get(imageId)!)).length).toBe(taken.size);
    const positives = [...taken].filter((id) => classOf.get(id) === TUMOUR).length;
    expect(positives).toBe(taken.size / 2);
    if (at > 0) expect([...shares[at - 1]!.images].every((id) => taken.has(id))).toBe(true);
  }
  expect(shares.map(({ images: taken }) => taken.size / training.length)).toEqual([
    4 / training.length,
    ...[0.1, 0.25, 0.5].map((one) => expect.closeTo(one, 1)),
    1,
  ]);
  expect(share(0.25, 8).images).not.toEqual(share(0.25).images);
  expect(share(0.25)).toEqual(share(0.25));
});

test('what was dropped since is in the training set all the same, and other groups keep their place', () => {
  const { registry } = made;
  const before = share(0.5).images;
  const [first] = before;
  decide({ registry, datasetId: 'ds-1', kind: 'drop', imageIds: [first!] });
  const after = share(0.5).images;
  expect(share(1).images.size).toBe(
    registry.parts.list(split.id).filter(({ part }) => part === 'train').length,
  );
  expect([...before].filter((id) => !after.has(id)).length).toBeLessThanOrEqual(4);
});

test('a run is trained on its share, with its own labels, and validated and tested on all', async () => {
  const { registry } = made;
  const run = addRun('run-a', 0.25, 7, 4);
  const [all, some] = [dataOf(registry, split.id), await trainingDataOf(registry, run)];
  const { images } = share(0.25);
  expect(new Set(some.parts.train.rows.map((row) => some.images[row]!.id))).toEqual(images);
  some.parts.train.rows.forEach((row, at) => {
    expect(some.parts.train.labels[at]).toBe(some.images[row]!.className === TUMOUR ? 1 : 0);
  });
  expect([some.parts.validation, some.parts.test]).toEqual([all.parts.validation, all.parts.test]);
});

test('a run keeps what its training began with, whatever is decided afterwards', async () => {
  const { registry } = made;
  const run = addRun('run-a', 0.5, 7, 4);
  const had = async () => {
    const { images, parts } = await trainingDataOf(registry, run);
    return new Set(parts.train.rows.map((row) => images[row]!.id));
  };
  const began = await had();
  registry.trainingShares.keep(run.id, began);
  const training = new Set(
    registry.parts.list(split.id).flatMap(({ imageId, part }) => (part === 'train' ? [imageId] : [])),
  );
  const [first, other] = [...training].filter((id) => !began.has(id));
  // Now one group contains what was in two: from its settings alone the fraction would differ.
  registry.checks.join('ds-1', [
    { firstId: [...began][0]!, otherId: first!, correlation: 0.9, detail: 0.85, change: null },
  ]);
  expect(share(0.5).images).not.toEqual(began);
  expect(await had()).toEqual(began);
  registry.trainingShares.keep(run.id, [other!]);
  expect(await had()).toEqual(began);
  addRun('run-b', 1, 7, 4);
  const [curve] = runToEnd(learningCurvesOf(registry, [run, registry.runs.get('run-b')]));
  expect(curve!.points[0]!.images).toBe(began.size);
});

test('runs that differ in their share and seed alone are one curve, per scan and with intervals', () => {
  const runs = [
    addRun('run-c', 1, 7, 1_000_000),
    addRun('run-a', 0.1, 7, 3),
    addRun('run-b', 0.1, 8, 4),
    { ...addRun('run-d', 0.5, 7, 4), network: 'resnet50' as const },
  ];
  const curves = runToEnd(learningCurvesOf(made.registry, runs));
  expect(curves).toHaveLength(1);
  const [{ points, scans, network }] = curves as [(typeof curves)[number]];
  expect([network, scans]).toEqual(['mobilenetv2', 50]);
  expect(points.map(({ runId, share: of, seed }) => [runId, of, seed])).toEqual([
    ['run-a', 0.1, 7],
    ['run-b', 0.1, 8],
    ['run-c', 1, 7],
  ]);
  expect(points.map(({ groups, images }) => images / groups)).toEqual([2, 2, 2]);
  const [worst, , best] = points;
  expect(best!.measures.accuracy.value).toBeGreaterThan(worst!.measures.accuracy.value!);
  for (const { measures } of points)
    for (const { value, low, high } of Object.values(measures)) {
      expect(low).toBeLessThanOrEqual(value!);
      expect(high).toBeGreaterThanOrEqual(value!);
    }
});

test('shares are typed in percent, and what is none is refused', () => {
  expect(sharesOf({})).toBeUndefined();
  expect(sharesOf({ learningCurve: true })).toEqual([0.1, 0.25, 0.5, 1]);
  expect(sharesOf({ learningCurve: '100, 20,20' })).toEqual([0.2, 1]);
  for (const learningCurve of ['10', '', 'a,b', '0,50', '50,150', '10,,20'])
    expect(() => sharesOf({ learningCurve })).toThrow(expect.objectContaining({ code: 'bad-usage' }));
  expect(() => sharesOf({ learningCurve: true, trainShare: 0.5 })).toThrow(
    expect.objectContaining({ code: 'bad-usage' }),
  );
});

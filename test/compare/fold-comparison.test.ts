import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  commonSet,
  foldComparison,
  runsOfFolds,
  seedSummaries,
} from '../../src-main/compare/fold-comparison.ts';
import { compareRuns } from '../../src-main/compare/compare-handlers.ts';
import type { Run } from '../../src-main/contract/records.ts';
import { Spread } from '../../src-main/contract/views.ts';
import { spreadBy } from '../../src-main/core/spread.ts';
import { correctedResampledTest } from '../../src-main/statistics/paired.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { makeFolds, makeSplit, type SplitMade } from '../../src-main/split/split-handlers.ts';
import { runToEnd } from '../../src-main/system/steps.ts';
import { addTwinned, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

let made: Made;
let folds: SplitMade[];
beforeEach(() => {
  made = newRegistry();
  addTwinned(made.registry, 'ds-1', 60);
  folds = makeFolds({ registry: made.registry, datasetId: 'ds-1', folds: 3 });
});
afterEach(() => made.remove());

/** A trained run that has evaluated its test set, each answer right with a given probability. */
function addRun(
  id: string,
  fold: SplitMade,
  { chance = 0.8, evaluated = true, ...change }: Partial<Run> & Chance,
) {
  const { registry } = made;
  registry.runs.add({ ...sample.run(id, fold.split.id), status: 'done', bestEpoch: 1, ...change });
  if (evaluated) evaluate(id, fold, chance);
  return registry.runs.get(id);
}
type Chance = { chance?: number; evaluated?: boolean };

function evaluate(id: string, { split }: SplitMade, chance: number): void {
  const { registry } = made;
  const random = randomFrom(1, id);
  const classes = new Map(registry.images.list('ds-1').map((image) => [image.id, image.className]));
  const tested = registry.parts.list(split.id).filter(({ part }) => part === 'test');
  registry.testPredictions.replace(
    id,
    tested.map(({ imageId }) => {
      const right = random() < chance;
      return { imageId, probability: (classes.get(imageId) === TUMOUR) === right ? 0.9 : 0.1 };
    }),
  );
  registry.metrics.put({ ...sample.metrics(id), images: tested.length });
}

const compared = (runs: readonly Run[]) =>
  runToEnd(foldComparison(made.registry, folds[0]!.split.fold!.set, runs));

test('what a window asks of folds is what the contract says it may be', async () => {
  folds.forEach((fold, at) => addRun(`run-a${at}`, fold, {}));
  const spread = await spreadBy(made.registry, folds[0]!.split.id);
  expect(spread.folds!.summaries[0]!.runs).toHaveLength(3);
  expect(Spread.parse(spread)).toEqual(spread);
});

test('runs of one network and its settings are one row, each scan evaluated once', () => {
  const runs = folds.flatMap((fold, at) => [
    addRun(`run-a${at}`, fold, {}),
    addRun(`run-b${at}`, fold, { network: 'resnet50', chance: 1 }),
  ]);
  const { set, of, splitIds, summaries, unevaluated } = compared(runs);
  expect({ set, of, unevaluated }).toEqual({ set: folds[0]!.split.fold!.set, of: 3, unevaluated: [] });
  expect(splitIds).toEqual(folds.map(({ split }) => split.id));
  expect(summaries.map(({ network }) => network)).toEqual(['mobilenetv2', 'resnet50']);
  for (const { images, groups, missing, confusion, runs: its } of summaries) {
    expect({ images, groups, missing }).toEqual({ images: 60, groups: 30, missing: [] });
    expect(Object.values(confusion).reduce((sum, n) => sum + n, 0)).toBe(60);
    expect(its.map(({ fold }) => fold)).toEqual([0, 1, 2]);
    expect(its.reduce((sum, { images }) => sum + images, 0)).toBe(60);
  }
  expect(summaries[1]!.measures.accuracy).toMatchObject({ mean: 1, sd: 0, pooled: 1, high: 1 });
  expect(summaries[1]!.measures.accuracy.low).toBeCloseTo(0.025 ** (1 / 30), 12);
});

test('other settings are another row, and folds that were not evaluated are named', () => {
  const runs = [
    addRun('run-a0', folds[0]!, {}),
    addRun('run-a2', folds[2]!, {}),
    addRun('run-a1', folds[1]!, { evaluated: false }),
    addRun('run-c1', folds[1]!, { settings: { ...sample.run('x', 'y').settings, epochs: 99 } }),
    addRun('run-q1', folds[1]!, { status: 'queued', evaluated: false }),
  ];
  const { summaries, unevaluated } = compared(runs);
  expect(summaries.map(({ missing, runs: its }) => [its.map(({ runId }) => runId), missing])).toEqual([
    [['run-a0', 'run-a2'], [1]],
    [['run-c1'], [0, 2]],
  ]);
  expect(summaries[1]!.measures.accuracy.sd).toBeNull();
  expect(unevaluated).toEqual(['run-a1']);
});

test('twins are not taken for evidence of their own where the folds were drawn as if they were', () => {
  folds = makeFolds({ registry: made.registry, datasetId: 'ds-1', folds: 3, grouping: { by: 'none' } });
  const { summaries } = compared(folds.map((fold, at) => addRun(`run-a${at}`, fold, {})));
  expect(summaries).toMatchObject([{ images: 60, groups: 30 }]);
});

test('of a set the newest run of each settings speaks for a fold', () => {
  const { set } = folds[0]!.split.fold!;
  expect(runsOfFolds(made.registry, set)).toEqual([]);
  addRun('run-old', folds[0]!, { created: '2026-01-01T00:00:00.000Z' });
  addRun('run-new', folds[0]!, { created: '2026-01-03T00:00:00.000Z' });
  addRun('run-waits', folds[0]!, { status: 'queued', evaluated: false, created: '2026-01-04T00:00:00.000Z' });
  addRun('run-other', folds[1]!, {});
  expect(runsOfFolds(made.registry, set).map(({ id }) => id)).toEqual(['run-new', 'run-other']);
  expect(() => runsOfFolds(made.registry, 'cv-none')).toThrow(expect.objectContaining({ code: 'not-found' }));
});

describe('compare', () => {
  const compare = (runIds: string[]) =>
    compareRuns({ registry: made.registry, home: made.home, runIds, onEvaluate: () => expect.unreachable() });

  test('summarises runs on folds of one set, beside their own rows', async () => {
    folds.forEach((fold, at) => addRun(`run-a${at}`, fold, {}));
    const { folds: its, runs, splits } = await compare(['run-a0', 'run-a1', 'run-a2']);
    expect(its?.summaries).toHaveLength(1);
    expect(runs.map(({ id }) => id)).toEqual(['run-a0', 'run-a1', 'run-a2']);
    expect(splits).toHaveLength(3);
    // Only runs of one fold were tested on the same images.
    expect((await compare(['run-a0'])).folds).toBeNull();
  });

  test.each<[string, () => string[], RegExp]>([
    [
      'folds of two sets',
      () => {
        const others = makeFolds({ registry: made.registry, datasetId: 'ds-1', folds: 4, seed: 2 });
        return [addRun('run-a0', folds[0]!, {}), addRun('run-b1', others[1]!, {})].map(({ id }) => id);
      },
      /not all on folds of one set: sp-\w+ is fold 1 of cv-\w+, sp-\w+ is fold 2 of cv-\w+.*cannot be pooled/,
    ],
    [
      'a fold beside a split',
      () => {
        const split = makeSplit({ registry: made.registry, datasetId: 'ds-1' });
        return [addRun('run-a0', folds[0]!, {}), addRun('run-b', split, {})].map(({ id }) => id);
      },
      /is not a fold\. Their test sets overlap/,
    ],
    [
      'two runs for one fold',
      () =>
        [
          addRun('run-a0', folds[0]!, {}),
          addRun('run-a1', folds[1]!, {}),
          addRun('run-again', folds[1]!, {}),
        ].map(({ id }) => id),
      /run-a1 and run-again are both MobileNetV2 with the same settings on fold 2: a scan would count twice/,
    ],
    [
      'two splits',
      () => {
        const [one, other] = [1, 2].map((seed) =>
          makeSplit({ registry: made.registry, datasetId: 'ds-1', seed }),
        );
        return [addRun('run-a', one!, {}), addRun('run-b', other!, {})].map(({ id }) => id);
      },
      /tested on different images/,
    ],
  ])('refuses %s', async (_, runIds, said) => {
    await expect(compare(runIds())).rejects.toThrow(said);
  });

  test('takes runs on several splits that test the same images for what they are', () => {
    const again = makeFolds({ registry: made.registry, datasetId: 'ds-1', folds: 3 });
    const runs = [addRun('run-a', folds[0]!, {}), addRun('run-b', again[0]!, {})];
    expect(() => commonSet(made.registry, runs)).toThrow(/not all on folds of one set/);
    return expect(compare(runs.map(({ id }) => id))).resolves.toMatchObject({ folds: null });
  });
});

test('two networks are set against each other over the folds that both have', () => {
  const runs = folds.flatMap((fold, at) => [
    addRun(`run-a${at}`, fold, {}),
    ...(at < 2 ? [addRun(`run-b${at}`, fold, { network: 'resnet50', chance: 0.6 })] : []),
  ]);
  const { summaries, differences } = compared(runs);
  const [{ a, b, folds: shared, measures }] = differences as [(typeof differences)[0]];
  expect([differences.length, a, b, shared]).toEqual([1, 0, 1, 2]);
  const accuracies = summaries.map((one) => one.runs.map(({ values }) => values.accuracy!));
  const apart = [0, 1].map((fold) => accuracies[0]![fold]! - accuracies[1]![fold]!);
  const counts = folds[0]!.counts;
  // All folds have the same counts.
  expect(folds.map((fold) => fold.counts)).toEqual(folds.map(() => counts));
  expect(measures.accuracy).toEqual(correctedResampledTest(apart, counts.test / counts.train));
});

test('runs that differ in nothing but the seed are summarised; one alone is not', () => {
  const [fold] = folds as [SplitMade];
  const { settings } = sample.run('x', 'y');
  const runs = [3, 1, 2].map((seed) =>
    addRun(`run-s${seed}`, fold, { settings: { ...settings, seed }, evaluated: false }),
  );
  const other = addRun('run-other', fold, { settings: { ...settings, seed: 1, epochs: 99 } });
  for (const [at, { id }] of runs.entries())
    made.registry.metrics.put({
      ...sample.metrics(id),
      confusion: { tp: 8 - at, fp: 1, tn: 9, fn: 2 + at },
      auc: 0.9 - at / 10,
    });
  const [summary, ...more] = seedSummaries(made.registry, [...runs, other]);
  expect(more).toEqual([]);
  expect(summary!.runs.map(({ seed, runId }) => [seed, runId])).toEqual(
    [1, 2, 3].map((n) => [n, `run-s${n}`]),
  );
  // (9 + 8) / 20, (9 + 7) / 20, (9 + 6) / 20 of the seeds 3, 1, 2
  expect(summary!.runs.map(({ values }) => values.accuracy)).toEqual([0.8, 0.75, 0.85]);
  expect(summary!.measures.accuracy.mean).toBeCloseTo(0.8, 12);
  expect(summary!.measures.accuracy.sd).toBeCloseTo(0.05, 12);
  expect(summary!.measures.accuracy).toMatchObject({ least: 0.75, most: 0.85 });
  expect(summary!.measures.auc.mean).toBeCloseTo(0.8, 12);
});

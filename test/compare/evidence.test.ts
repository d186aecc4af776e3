import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareRuns } from '../../src-main/compare/compare-handlers.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { addTwinned, HEALTHY, newRegistry, putTwins, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

let made: Made;
let splitId: string;
beforeEach(() => {
  made = newRegistry();
  addTwinned(made.registry, 'ds-1', 80);
  splitId = makeSplit({ registry: made.registry, datasetId: 'ds-1', test: 0.6, validation: 0.1 }).split.id;
});
afterEach(() => made.remove());

/** A run that has evaluated its test set, each answer right with a given probability. */
function addRun(id: string, chance: number): void {
  const { registry } = made;
  registry.runs.add({ ...sample.run(id, splitId), status: 'done', bestEpoch: 1 });
  const random = randomFrom(1, id);
  const classes = new Map(registry.images.list('ds-1').map((image) => [image.id, image.className]));
  const tested = registry.parts.list(splitId).filter(({ part }) => part === 'test');
  registry.testPredictions.replace(
    id,
    tested.map(({ imageId }) => {
      const isRight = random() < chance;
      const sure = random() / 4;
      return {
        imageId,
        probability: (classes.get(imageId) === TUMOUR) === isRight ? 0.95 - sure : 0.05 + sure,
      };
    }),
  );
  registry.metrics.put({ ...sample.metrics(id), images: tested.length });
}

const compared = (runIds: string[], prevalence?: number) =>
  compareRuns({ registry: made.registry, home: made.home, runIds, prevalence });

test('a scan has one vote, however many images show it, and images one each', async () => {
  addRun('run-a', 0.8);
  const { runs } = await compared(['run-a']);
  const [{ perScan, perImage }] = runs as [(typeof runs)[0]];
  expect([perScan!.units, perScan!.groups]).toEqual([24, 24]);
  expect([perImage!.units, perImage!.groups]).toEqual([48, 24]);
  const { tp, fp, tn, fn } = perScan!.confusion;
  expect(tp + fp + tn + fn).toBe(24);
  expect(perScan!.accuracy.value).toBeCloseTo((tp + tn) / 24, 12);
  expect(perScan!.accuracy.method).toBe('wilson');
  expect(perImage!.accuracy.method).toBe('bootstrap');
  expect(perScan!.calibration.slope).toEqual(perScan!.calibrationSlope);
  expect(perScan!.netBenefit.map(({ threshold }) => threshold)).toContain(0.5);
});

test('the worse of two is told, with their mean beside them and PPV at a prevalence', async () => {
  addRun('run-a', 0.95);
  addRun('run-b', 0.55);
  const { runs, pairs, mean } = await compared(['run-a', 'run-b'], 0.1);
  expect(pairs).toHaveLength(1);
  expect(pairs[0]!).toMatchObject({ a: 'run-a', b: 'run-b', verdict: { is: 'better', run: 'run-a' } });
  expect(mean!.perScan.auc.value).toBeGreaterThan(runs[1]!.perScan!.auc.value!);
  const { sensitivity, specificity, atPrevalence } = runs[0]!.perScan!;
  const right = sensitivity.value! * 0.1;
  expect(atPrevalence!.ppv.value).toBeCloseTo(right / (right + (1 - specificity.value!) * 0.9), 12);
});

test('the order in which runs are named changes no figure', async () => {
  addRun('run-a', 0.9);
  addRun('run-b', 0.7);
  const one = await compared(['run-a', 'run-b']);
  const other = await compared(['run-b', 'run-a']);
  expect(other.runs.map(({ perScan }) => perScan)).toEqual(
    one.runs.map(({ perScan }) => perScan).toReversed(),
  );
  expect(other.pairs[0]!.differences.accuracy.p).toBe(one.pairs[0]!.differences.accuracy.p);
});

test('twins of both classes are counted: one of their labels is wrong', async () => {
  const { registry } = made;
  const tested = registry.parts.list(splitId).filter(({ part }) => part === 'test');
  const classes = new Map(registry.images.list('ds-1').map((image) => [image.id, image.className]));
  const of = (className: string) => tested.find(({ imageId }) => classes.get(imageId) === className)!.imageId;
  addRun('run-a', 0.9);
  expect((await compared(['run-a'])).contradictions).toEqual({ groups: 0, images: 0 });
  const pairs = [...registry.images.list('ds-1').keys()].flatMap((n): [number, number][] => {
    const ids = registry.images.list('ds-1').map(({ id }) => id);
    return n % 4 < 2 && ids[n + 2] ? [[ids[n]!, ids[n + 2]!]] : [];
  });
  putTwins(registry, 'ds-1', [...pairs, [of(TUMOUR), of(HEALTHY)]]);
  expect((await compared(['run-a'])).contradictions).toEqual({ groups: 1, images: 4 });
});

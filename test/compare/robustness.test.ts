import { afterEach, expect, test } from 'vitest';
import { fallOf, robustnessInSteps } from '../../src-main/compare/robustness.ts';
import { alterations, strengths } from '../../src-main/contract/studies.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { runToEnd } from '../../src-main/system/steps.ts';
import { addTwinned, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

let made: Made | undefined;
afterEach(() => made?.remove());

test.each([
  [[0.9, 0.9, 0.88, 0.8, 0.7, 0.6], 2 + (0.88 - 0.85) / 0.08],
  [[0.9, 0.8], 0.5],
  [[0.9, 0.85], 1],
  [[0.9, 0.95, 0.85], 1 + 0.1 / 0.1],
  [[0.9, 0.88, 0.87, 0.86, 0.86, 0.86], null],
  [[null, 0.8], null],
])('sensitivity %o falls by five points at %s', (sensitivities, strength) => {
  const found = fallOf(sensitivities);
  if (strength === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(strength, 9);
});

test('each strength has the figures of its own answers, per scan, whatever order they were stored in', () => {
  made = newRegistry();
  const { registry } = made;
  addTwinned(registry, 'ds-1', 16);
  const { split } = makeSplit({ registry, datasetId: 'ds-1', test: 0.5, validation: 0.25 });
  registry.runs.add({ ...sample.run('run-1', split.id), status: 'done', bestEpoch: 1 });
  const run = registry.runs.get('run-1');
  expect(() => runToEnd(robustnessInSteps(registry, run))).toThrow(
    expect.objectContaining({ code: 'bad-run' }),
  );
  const classes = new Map(registry.images.list('ds-1').map(({ id, className }) => [id, className]));
  const imageIds = registry.parts
    .list(split.id)
    .flatMap(({ imageId, part }) => (part === 'test' ? [imageId] : []))
    .toReversed();
  const answers = (isRight: boolean) =>
    imageIds.map((id) => ((classes.get(id) === TUMOUR) === isRight ? 0.9 : 0.1));
  registry.testPredictions.replace(
    'run-1',
    imageIds.map((imageId, i) => ({ imageId, probability: answers(true)[i]! })),
  );
  registry.studies.putRobustness({
    runId: 'run-1',
    created: '2026-01-02T03:04:05.678Z',
    threshold: 0.5,
    imageIds,
    clean: answers(true),
    altered: alterations.flatMap((by) =>
      strengths.map((strength) => ({ by, strength, probabilities: answers(by !== 'blur' || strength < 4) })),
    ),
  });
  const { curves, scans } = runToEnd(robustnessInSteps(registry, run));
  expect(scans).toBe(imageIds.length / 2);
  expect(curves.map(({ by }) => by)).toEqual([...alterations]);
  for (const { by, points, falls } of curves) {
    expect(points.map(({ auc }) => auc.value)).toEqual(
      by === 'blur' ? [1, 1, 1, 1, 0, 0] : [1, 1, 1, 1, 1, 1],
    );
    if (by === 'blur') expect(falls).toBeCloseTo(3.05, 9);
    else expect(falls, by).toBeNull();
  }
  expect(registry.audit.newest(1)[0]).toMatchObject({ entry: { action: 'robustness-measured' } });
});

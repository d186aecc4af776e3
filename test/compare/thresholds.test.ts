import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { calibrationView, chosenThreshold, thresholdBy } from '../../src-main/compare/thresholds.ts';
import { SIGNATURE } from '../../src-main/check/signature.ts';
import { writeFitted, type Fitted } from '../../src-main/evaluate/fitted.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { calibrated } from '../../src-main/statistics/calibration.ts';
import { stampOf } from '../../src-main/system/durable.ts';
import { runToEnd } from '../../src-main/system/steps.ts';
import { modelHash, writeManifest } from '../../src-main/train/manifest.ts';
import { addTwinned, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

let made: Made;
const run = () => made.registry.runs.get('run-1');
beforeEach(() => {
  made = newRegistry();
  const { registry, home } = made;
  addTwinned(registry, 'ds-1', 40);
  const { split } = makeSplit({ registry, datasetId: 'ds-1', test: 0.5, validation: 0.1 });
  const folder = path.join(home, 'runs', 'run-1');
  registry.runs.add({ ...sample.run('run-1', split.id), folder, status: 'done', bestEpoch: 1 });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'saved_model.pb'), 'model');
  const files = { 'saved_model.pb': stampOf(path.join(folder, 'saved_model.pb')) };
  writeManifest(folder, { falx: 1, runId: 'run-1', ended: null, files });
  const classes = new Map(registry.images.list('ds-1').map(({ id, className }) => [id, className]));
  registry.testPredictions.replace(
    'run-1',
    registry.parts
      .list(split.id)
      .filter(({ part }) => part === 'test')
      .map(({ imageId }, i) => ({
        imageId,
        probability: (classes.get(imageId) === TUMOUR ? 0.95 : 0.55) - i / 100,
      })),
  );
});
afterEach(() => made.remove());

/** Two pictures of each scan: a scan's probability is their mean. */
const pictures = (label: 0 | 1, group: number, mean: number) =>
  [-0.04, 0.04].map((apart) => ({ group, label, probability: mean + apart }));

/** Positive scans at 0.9, 0.7, 0.4, negative ones at 0.6, 0.3, 0.2, as in the test of the rules. */
const validation = [
  ...pictures(1, 1, 0.9),
  ...pictures(1, 2, 0.7),
  ...pictures(1, 3, 0.4),
  ...pictures(0, 4, 0.6),
  ...pictures(0, 5, 0.3),
  ...pictures(0, 6, 0.2),
];

function keep(change: Partial<Fitted> = {}): void {
  const fitted: Fitted = {
    version: 1,
    runId: 'run-1',
    model: modelHash(run().folder),
    created: '2026-01-02T03:04:05.678Z',
    temperature: 2,
    missing: null,
    calibration: null,
    modalities: [],
    outliers: null,
    twins: { owners: [], validation: [] },
    test: null,
    validation,
    isotonic: [
      { probability: 0.2, value: 0.1 },
      { probability: 0.8, value: 0.9 },
    ],
    ...change,
  };
  const known = { values: new Float32Array(1), channels: 1 };
  expect(writeFitted(run().folder, fitted, known, new Float32Array(SIGNATURE))).toBe(true);
}

test('a threshold is chosen by the validation set’s scans, and tried on the test set', () => {
  keep();
  const {
    threshold,
    validation: there,
    test: on,
  } = runToEnd(chosenThreshold(made.registry, run(), { by: 'sensitivity', least: 1 }));
  expect(threshold).toBeCloseTo(0.4, 12);
  // 3 of 3 positive scans reach 0.4, and so does the negative one at 0.6.
  expect(there).toEqual({ positives: 3, negatives: 3, sensitivity: 1, specificity: 2 / 3 });
  const answers = made.registry.testPredictions.list('run-1');
  const called = (label: number) =>
    answers.filter((one) => one.label === label && one.probability >= threshold).length;
  expect(on.perImage.models[0]!.confusion).toMatchObject({ tp: called(1), fp: called(0) });
});

test('calibration before and after is that of the probabilities as they are, by temperature, and by the knots', () => {
  keep();
  const { versions, temperature, scans } = runToEnd(calibrationView(made.registry, run()));
  expect([temperature, versions.map(({ how }) => how)]).toEqual([2, ['none', 'temperature', 'isotonic']]);
  for (const { bins } of versions) {
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(scans);
    for (const { observed, observedLow, observedHigh } of bins) {
      expect(observedLow).toBeLessThanOrEqual(observed);
      expect(observedHigh).toBeGreaterThanOrEqual(observed);
    }
  }
  const predicted = (at: number) =>
    versions[at]!.bins.reduce((sum, bin) => sum + bin.predicted * bin.count, 0) / scans;
  const byGroup = Map.groupBy(
    made.registry.testPredictions.list('run-1'),
    ({ imageId }) => Math.floor((imageId - 1) / 4) * 2 + ((imageId - 1) % 2),
  );
  const means = [...byGroup.values()].map(
    (some) => some.reduce((sum, { probability }) => sum + probability, 0) / some.length,
  );
  const mean = (of: (p: number) => number) => means.reduce((sum, p) => sum + of(p), 0) / means.length;
  expect(predicted(0)).toBeCloseTo(
    mean((p) => p),
    10,
  );
  expect(predicted(1)).toBeCloseTo(
    mean((p) => calibrated(p, 2)),
    10,
  );
  // Linear between the knots, flat beyond them.
  expect(predicted(2)).toBeCloseTo(
    mean((p) => 0.1 + (0.8 * (Math.min(0.8, Math.max(0.2, p)) - 0.2)) / 0.6),
    10,
  );
});

test('what an older Falx did not keep is asked for by evaluating again; what is not there is said', () => {
  keep({ validation: null, isotonic: null });
  const choose = () => thresholdBy(run(), { by: 'youden' });
  expect(choose).toThrow(expect.objectContaining({ facts: { why: 'validationNotKept', run: 'run-1' } }));
  expect(runToEnd(calibrationView(made.registry, run())).versions).toHaveLength(2);
  keep({ validation: null, missing: 'noValidation' });
  expect(choose).toThrow(/has no validation set/);
  keep({ validation: validation.slice(0, 6), missing: 'oneClass' });
  expect(choose).toThrow(/lacks one of the classes/);
});

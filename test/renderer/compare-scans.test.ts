import { expect, test } from 'vitest';
import type { EvaluatedImage } from '../../src-main/contract/views.ts';
import {
  decisionCurves,
  precisionRecallCurves,
  reliabilityOfModels,
} from '../../src-renderer/plots/plots.ts';
import { inCell, misclassifiedAt } from '../../src-renderer/stages/compare/picking.ts';
import { browsedScans, chosenScans } from '../../src-renderer/stages/compare/scan-browser.ts';

const image = (imageId: number, label: 0 | 1, probability: number): EvaluatedImage => ({
  imageId,
  file: `${label}/${String.fromCharCode(96 + imageId)}.png`,
  className: label ? 'Tumour' : 'Healthy',
  label,
  probability,
});
const one = [image(1, 1, 0.9), image(2, 1, 0.2), image(3, 0, 0.1), image(4, 0, 0.7)];
const other = [image(1, 1, 0.8), image(2, 1, 0.6), image(3, 0, 0.2), image(4, 0, 0.9)];
const scans = browsedScans([
  { runId: 'a', images: one },
  { runId: 'b', images: other },
]);
const all = { order: 'loss', filter: 'all', threshold: 0.5, picked: null, search: '' } as const;
const ids = (change: Partial<Parameters<typeof chosenScans>[1]>) =>
  chosenScans(scans, { ...all, ...change }).map(({ imageId }) => imageId);

test('each scan has the mean cross-entropy of its answers, their range, and how far their mean is from a half', () => {
  // −(ln 0.2 + ln 0.6) / 2; 0.6 − 0.2; |0.4 − 0.5|
  expect(scans[1]!.loss).toBeCloseTo(1.060132, 6);
  expect(scans[1]!.disagreement).toBeCloseTo(0.4, 12);
  expect(scans[1]!.confidence).toBeCloseTo(0.1, 12);
});

test('scans are sorted by loss, disagreement, confidence and name', () => {
  // Mean losses: 0.16, 1.06, 0.16 (ln 0.9 and ln 0.8 again), 1.75.
  expect(ids({ order: 'loss' })).toEqual([4, 2, 1, 3]);
  expect(ids({ order: 'disagreement' })[0]).toBe(2);
  expect(ids({ order: 'leastConfident' })[0]).toBe(2);
  expect(ids({ order: 'mostConfident' }).at(-1)).toBe(2);
  expect(ids({ order: 'file' })).toEqual([3, 4, 1, 2]);
});

test('scans are filtered by what models get wrong, by what was picked, and by name', () => {
  expect(ids({ filter: 'wrong' })).toEqual([4, 2]);
  expect(ids({ filter: 'missed' })).toEqual([2]);
  expect(ids({ filter: 'falseAlarm' })).toEqual([4]);
  expect(ids({ filter: 'disputed' })).toEqual([2]);
  expect(ids({ filter: 'wrong', threshold: 0.15 })).toEqual([4, 3]);
  expect(ids({ picked: new Set([1, 3]) })).toEqual([1, 3]);
  expect(ids({ search: 'B.PNG' })).toEqual([2]);
});

test('a cell of the confusion matrix and a point of a curve have the scans that they count', () => {
  expect([...inCell(one, 'tp', 0.5)]).toEqual([1]);
  expect([...inCell(one, 'fn', 0.5)]).toEqual([2]);
  expect([...inCell(one, 'fp', 0.5)]).toEqual([4]);
  expect([...inCell(one, 'tn', 0.5)]).toEqual([3]);
  expect([...misclassifiedAt(one, 0.5)]).toEqual([2, 4]);
});

const runs = [
  { runId: 'a', network: 'mobilenetv2' as const, name: 'A', images: one },
  { runId: 'b', network: 'resnet50' as const, name: 'B', images: other },
];
type Drawn = { x: number[]; y: number[] };
const drawn = (figure: { data: readonly unknown[] }) => figure.data as readonly Drawn[];

test('the curves of one model begin after the lines to compare with, so that a press finds its model', () => {
  // PPV and sensitivity from the highest threshold down: 1/1, 1/2, 2/3 … of two positives.
  const [chance, a] = drawn(precisionRecallCurves(runs, 0.5));
  expect(chance!.y).toEqual([0.5, 0.5]);
  expect(a!.y).toEqual([1, 1 / 2, 2 / 3, 1 / 2]);
  expect(a!.x).toEqual([0.5, 0.5, 1, 1]);
  // One scan a bin: its probability, and whether it is positive.
  const [, reliable] = drawn(reliabilityOfModels(runs));
  expect(reliable!.x).toEqual([0.1, 0.2, 0.7, 0.9]);
  expect(reliable!.y).toEqual([0, 1, 0, 1]);
  // At 0.5: 1 true and 1 false positive of 4, each false one weighing 0.5 / 0.5.
  const [all, none, benefit] = drawn(decisionCurves(runs, 0.5));
  const half = benefit!.x.indexOf(0.5);
  expect([all!.y[half], none!.y[half], benefit!.y[half]]).toEqual([0, 0, 0]);
  const low = benefit!.x.indexOf(0.2);
  expect(benefit!.y[low]).toBeCloseTo(2 / 4 - (1 / 4) * (0.2 / 0.8), 12);
});

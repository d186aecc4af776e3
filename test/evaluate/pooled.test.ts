import { expect, test } from 'vitest';
import { poolInSteps, type OutOfFold } from '../../src-main/evaluate/pooled.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { runToEnd } from '../../src-main/system/steps.ts';

const pooled = (answers: readonly OutOfFold[]) => runToEnd(poolInSteps(answers, 0.5));
const scan = (fold: number, label: 0 | 1, probability: number, group: number): OutOfFold => ({
  fold,
  group,
  label,
  probability,
});

test('folds have a mean and a spread, and all answers together figures of their own', () => {
  const { measures, values, confusion, groups } = pooled([
    // Fold 0: tp 1, fn 1, tn 2. Fold 1: tp 2, fp 1, tn 1. Fold 2: tp 1, fn 1, fp 1, tn 1.
    ...[scan(0, 1, 0.9, 1), scan(0, 1, 0.4, 2), scan(0, 0, 0.1, 3), scan(0, 0, 0.3, 4)],
    ...[scan(1, 1, 0.8, 5), scan(1, 1, 0.7, 6), scan(1, 0, 0.6, 7), scan(1, 0, 0.2, 8)],
    ...[scan(2, 1, 0.5, 9), scan(2, 1, 0.2, 10), scan(2, 0, 0.5, 11), scan(2, 0, 0.1, 11)],
  ]);
  expect(confusion).toEqual({ tp: 4, fp: 2, tn: 4, fn: 2 });
  expect(groups).toBe(11);
  expect([...values.values()].map(({ accuracy }) => accuracy)).toEqual([0.75, 0.75, 0.5]);
  // (0.75 + 0.75 + 0.5) / 3; deviations 1/12, 1/12, −1/6: squares 1/144 + 1/144 + 4/144 over 2.
  expect(measures.accuracy.mean).toBeCloseTo(2 / 3, 12);
  expect(measures.accuracy.sd).toBeCloseTo(Math.sqrt(6 / 144 / 2), 12);
  expect(measures.accuracy.pooled).toBeCloseTo(8 / 12, 12);
  expect(measures.balancedAccuracy.pooled).toBeCloseTo((4 / 6 + 4 / 6) / 2, 12);
  // Fold 2: 0.5 > 0.1, 0.5 = 0.5 (one half), 0.2 > 0.1, 0.2 < 0.5: 2.5 of 4.
  expect([...values.values()].map(({ auc }) => auc)).toEqual([1, 1, 2.5 / 4]);
  expect(measures.ppv.low).toBeLessThan(measures.ppv.pooled!);
  expect(measures.ppv.high).toBeGreaterThan(measures.ppv.pooled!);
});

test('scans of one group are no evidence of their own: copies leave the interval as wide', () => {
  const random = randomFrom(1, 'copies');
  const single = Array.from({ length: 80 }, (_, group) =>
    scan(group % 4, group % 2 ? 1 : 0, Number(random() < (group % 2 ? 0.8 : 0.2)), group),
  );
  const copied = single.flatMap((one) => Array<OutOfFold>(9).fill(one));
  const apart = copied.map((one, group) => ({ ...one, group }));
  const width = ({ low, high }: { low: number | null; high: number | null }) => high! - low!;
  const [one, copies, free] = [single, copied, apart].map((some) => pooled(some).measures);
  expect(copies!.accuracy).toEqual(one!.accuracy);
  expect(width(free!.accuracy)).toBeLessThan(0.5 * width(copies!.accuracy));
});

test('where all is right, the interval says how few groups that was of', () => {
  const answers = Array.from({ length: 40 }, (_, at) =>
    scan(at % 5, at % 2 ? 1 : 0, at % 2, Math.floor(at / 4) * 2 + (at % 2)),
  );
  const { measures, groups } = pooled(answers);
  expect(groups).toBe(20);
  // Clopper and Pearson of n of n: 0.025^(1/n), of 20 groups, of 10 of each class, of 10 pairs.
  expect(measures.accuracy).toEqual({
    mean: 1,
    sd: 0,
    pooled: 1,
    low: expect.closeTo(0.025 ** (1 / 20), 12) as number,
    high: 1,
  });
  expect(measures.sensitivity.low).toBeCloseTo(0.025 ** (1 / 10), 12);
  expect(measures.balancedAccuracy.low).toBeCloseTo(0.0125 ** (1 / 10), 12);
  expect(measures.auc.low).toBeCloseTo(0.025 ** (1 / 10), 12);
});

test('what a fold has no value of has no mean, and one fold no spread', () => {
  const { measures } = pooled([
    // Nothing is called positive in fold 1, so it has no PPV.
    ...[scan(0, 1, 0.9, 1), scan(0, 0, 0.1, 2)],
    ...[scan(1, 1, 0.2, 3), scan(1, 0, 0.1, 4)],
  ]);
  expect(measures.ppv).toMatchObject({ mean: null, sd: null, pooled: 1 });
  expect(measures.sensitivity).toMatchObject({ mean: 0.5, pooled: 0.5 });
  const alone = pooled([scan(3, 1, 0.9, 1), scan(3, 0, 0.1, 2)]).measures.accuracy;
  expect(alone).toMatchObject({ mean: 1, sd: null, pooled: 1 });
});

test('the interval holds the truth about as often as it says', () => {
  // Groups of one to six scans that are right or wrong together, right with probability 0.8.
  let held = 0;
  const rounds = 40;
  for (let round = 0; round < rounds; round += 1) {
    const random = randomFrom(round, 'coverage');
    const answers = Array.from({ length: 100 }, (_, group) => {
      const label = group % 2 ? 1 : 0;
      const right = random() < 0.8;
      return Array<OutOfFold>(1 + Math.floor(6 * random())).fill(
        scan(group % 5, label, Number(right === (label === 1)), group),
      );
    }).flat();
    const { low, high } = pooled(answers).measures.balancedAccuracy;
    if (low! <= 0.8 && high! >= 0.8) held += 1;
  }
  // Binomial, n = 40, p = 0.95: 38 ± 1.4; three standard deviations below.
  expect(held).toBeGreaterThanOrEqual(34);
});

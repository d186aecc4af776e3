import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chooseThreshold } from '../../src-main/statistics/choose-threshold.ts';
import { areasOf } from '../../src-main/statistics/delong.ts';
import * as distributions from '../../src-main/statistics/distributions.ts';
import {
  evidenceMeasures,
  type EvidenceMeasure,
  type MeasureWithInterval,
  type Pair,
  type UnitEvidence,
} from '../../src-main/contract/evidence.ts';
import {
  countInSteps,
  differenceBetween,
  evidenceInSteps,
  isNotInferior,
  perScan,
  type CountedEvidence,
} from '../../src-main/statistics/evidence.ts';
import { decisionCurve } from '../../src-main/statistics/net-benefit.ts';
import {
  correctedResampledTest,
  holm,
  mcNemar,
  scansForDifference,
} from '../../src-main/statistics/paired.ts';
import { precisionRecall } from '../../src-main/statistics/precision-recall.ts';
import { Isotonic, reliabilityBins } from '../../src-main/statistics/reliability.ts';
import { thresholdSteps } from '../../src-main/statistics/roc.ts';
import { scansForShare, scansForValidation } from '../../src-main/statistics/sample-size.ts';
import { wilson } from '../../src-main/statistics/intervals.ts';
import { GroupedAnswers } from '../../src-main/statistics/grouped.ts';
import { measureOf } from '../../src-main/statistics/measures.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { runToEnd } from '../../src-main/system/steps.ts';

type Fixture = {
  groups: number[];
  labels: (0 | 1)[];
  models: number[][];
  threshold: number;
  measures: Record<EvidenceMeasure, number | null>[];
  aucs: number[];
  covariance: number[][];
  independent: number[][];
  mcnemar: { onlyA: number; onlyB: number; p: number };
  isotonic: number[];
  netBenefit: number[];
  treatAll: number[];
};

/** Made by test/goldens/evidence.py with scikit-learn, SciPy, statsmodels, dcurves and pmvalsampsize. */
const golden = JSON.parse(readFileSync(new URL('../goldens/evidence.json', import.meta.url), 'utf8')) as {
  fixtures: Fixture[];
  distributions: { of: keyof typeof distributions; args: number[]; value: number }[];
  holm: { ps: number[]; adjusted: number[] }[];
  resampled: { differences: number[]; share: number; t: number; p: number; low: number; high: number }[];
  pairs: { difference: number; discordant: number; power: number; scans: number }[];
  sizes: {
    prevalence: number;
    auc: number;
    scans: { observedOverExpected: number; slope: number; auc: number };
  }[];
};

function close(value: number | null, expected: number | null, what: string, within = 1e-8): void {
  if (expected === null) expect(value, what).toBeNull();
  else
    expect(Math.abs(value! - expected), `${what}: ${value} for ${expected}`).toBeLessThan(
      within * Math.max(1, Math.abs(expected)),
    );
}

test('distributions are SciPy’s to nine digits', () => {
  for (const { of, args, value } of golden.distributions) {
    const function_: (...numbers: number[]) => number = distributions[of];
    const found = function_(...args);
    expect(
      Math.abs(found / (value || 1) - (value ? 1 : 0)),
      `${of}(${args.join(', ')}) is ${found}, SciPy’s ${value}`,
    ).toBeLessThan(1e-9);
  }
});

describe('on 200 made test sets', () => {
  test('every measure is that of scikit-learn, statsmodels or its definition', () => {
    for (const [index, { groups, labels, models, threshold, measures }] of golden.fixtures.entries())
      for (const [model, probabilities] of models.entries()) {
        const answers = new GroupedAnswers(
          labels.map((label, i) => ({ group: groups[i]!, label, probability: probabilities[i]! })),
          threshold,
        );
        const outcome = answers.outcome(answers.once);
        for (const name of evidenceMeasures)
          close(
            measureOf(name, outcome).value,
            measures[model]![name],
            `${name}, set ${index}, model ${model}`,
          );
      }
  });

  test('areas and their covariances are DeLong’s, by group Obuchowski’s', () => {
    for (const { groups, labels, models, aucs, covariance, independent } of golden.fixtures) {
      const grouped = areasOf(labels, models, groups)!;
      const single = areasOf(labels, models)!;
      for (const a of [0, 1]) {
        close(grouped.auc[a]!, aucs[a]!, 'area', 1e-12);
        for (const b of [0, 1]) {
          close(grouped.covariance[a]![b]!, covariance[a]![b]!, 'by group', 1e-12);
          close(single.covariance[a]![b]!, independent[a]![b]!, 'by scan', 1e-12);
        }
      }
    }
  });

  test('McNemar’s exact test is statsmodels’', () => {
    for (const { mcnemar } of golden.fixtures) close(mcNemar(mcnemar), mcnemar.p, 'p', 1e-12);
  });

  test('isotonic calibration is scikit-learn’s', () => {
    for (const { labels, models, isotonic } of golden.fixtures) {
      const fitted = Isotonic.fit(labels, models[0]!);
      for (const [i, value] of isotonic.entries()) close(fitted.at(i / 20), value, `at ${i / 20}`);
    }
  });

  test('the decision curve is that of dcurves', () => {
    for (const { labels, models, netBenefit, treatAll } of golden.fixtures) {
      const curve = decisionCurve(thresholdSteps(labels, models[0]!)!, [0.1, 0.25, 0.5, 0.8]);
      for (const [i, point] of curve.entries()) {
        close(point.netBenefit, netBenefit[i]!, `at ${point.threshold}`);
        close(point.treatAll, treatAll[i]!, `all at ${point.threshold}`);
      }
    }
  });

  test('curve, bins and chosen thresholds agree with what they are made of', () => {
    for (const { labels, models } of golden.fixtures) {
      const steps = thresholdSteps(labels, models[0]!)!;
      const points = precisionRecall(steps);
      expect(points.at(-1)!.sensitivity).toBe(1);
      expect(points.at(-1)!.ppv).toBeCloseTo(
        labels.filter((label) => label === 1).length / labels.length,
        12,
      );
      const bins = reliabilityBins(labels, models[0]!);
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(labels.length);
      const positives = labels.filter((label) => label === 1).length;
      const at = chooseThreshold(steps, { by: 'sensitivity', least: 0.9 })!;
      const caught = labels.filter((label, i) => label === 1 && models[0]![i]! >= at).length;
      const above = labels.filter((label, i) => label === 1 && models[0]![i]! > at).length;
      expect(caught / positives).toBeGreaterThanOrEqual(0.9);
      expect(above / positives).toBeLessThan(0.9);
    }
  });
});

test('Holm’s p values are statsmodels’', () => {
  for (const { ps, adjusted } of golden.holm)
    for (const [i, p] of holm(ps).entries()) close(p, adjusted[i]!, String(ps), 1e-12);
});

test('the corrected resampled t-test has SciPy’s p and interval', () => {
  for (const { differences, share, ...expected } of golden.resampled) {
    const found = correctedResampledTest(differences, share)!;
    for (const name of ['t', 'p', 'low', 'high'] as const) close(found[name], expected[name], name, 1e-10);
  }
  expect(correctedResampledTest([0.1], 0.25)).toBeNull();
  expect(correctedResampledTest([0.1, 0.1], 0.25)).toBeNull();
});

describe('sample sizes', () => {
  test('of a paired comparison are those of Connor’s formula', () => {
    for (const { difference, discordant, power, scans } of golden.pairs)
      expect(scansForDifference(difference, discordant, power)).toBe(scans);
  });

  test('of an external validation are pmvalsampsize’s, whose steps and simulation are coarse', () => {
    for (const { prevalence, auc, scans } of golden.sizes) {
      const found = scansForValidation({
        prevalence,
        auc,
        aucWidth: 0.1,
        observedOverExpectedWidth: 0.2,
        slopeWidth: 0.2,
      });
      for (const name of ['observedOverExpected', 'slope', 'auc'] as const)
        expect(
          Math.abs(found[name] / scans[name] - 1),
          `${name}: ${found[name]} for ${scans[name]}`,
        ).toBeLessThan(0.01);
    }
  });

  test('of a share are the fewest whose Wilson interval is narrow enough', () => {
    for (const [expected, half] of [
      [0.9, 0.05],
      [0.5, 0.1],
      [0.95, 0.02],
    ] as const) {
      const n = scansForShare(expected, half);
      const width = (of: number) => {
        const { low, high } = wilson({ count: expected * of, of })!;
        return high - low;
      };
      expect(width(n)).toBeLessThanOrEqual(2 * half + 1e-12);
      expect(width(n - 1)).toBeGreaterThan(2 * half);
    }
  });
});

describe('one vote per scan', () => {
  const options = {
    groups: [4, 4, 9, 9, 4],
    labels: [1, 1, 0, 0, 0],
    models: [[0.9, 0.5, 0.2, 0.4, 0.1]],
    thresholds: [0.5],
  };

  test('is the mean of its images; twins of both classes vote in each', () => {
    const { groups, labels, models } = perScan(options);
    // Group 4: (0.9 + 0.5) / 2 as positive, 0.1 as negative; group 9: (0.2 + 0.4) / 2.
    expect(groups).toEqual([4, 9, 4]);
    expect(labels).toEqual([1, 0, 0]);
    expect(Array.from(models[0]!)).toEqual([0.7, expect.closeTo(0.3, 12), 0.1]);
  });
});

/** Draws with a linear congruential generator, so that a set is the same everywhere. */
function madeSet(
  scans: number,
  gap: readonly number[],
  noise: number,
): Parameters<typeof evidenceInSteps>[0] {
  let state = 12345;
  const draw = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const labels = Array.from({ length: scans }, (_, i) => i % 2);
  const shared = labels.map(() => draw() - 0.5);
  return {
    groups: labels.map((_, i) => i),
    labels,
    models: gap.map((d) =>
      labels.map((label, i) =>
        Math.min(1, Math.max(0, 0.5 + d * (label - 0.5) + noise * shared[i]! + 0.1 * (draw() - 0.5))),
      ),
    ),
    thresholds: gap.map(() => 0.5),
  };
}

describe('the verdict', () => {
  test('names the better model, and by how much at least', () => {
    const { pairs } = runToEnd(evidenceInSteps(madeSet(60, [0.6, 0.1], 1)));
    const [{ verdict, differences }] = pairs as [UnitEvidence['pairs'][0]];
    expect(verdict).toEqual({ is: 'better', model: 0, by: 'auc', atLeast: differences.auc.low });
    expect(differences.auc.low).toBeGreaterThan(0);
    expect(differences.auc.value! - differences.auc.low!).toBeGreaterThan(0);
  });

  test('says of equal models that nothing is shown, and how many scans would show two points', () => {
    const { pairs } = runToEnd(evidenceInSteps(madeSet(40, [0.4, 0.4], 1)));
    const [{ verdict, agreement, differences }] = pairs as [UnitEvidence['pairs'][0]];
    const discordant = (agreement.onlyA + agreement.onlyB) / 40;
    expect(verdict).toEqual({ is: 'open', points: 0.02, scans: scansForDifference(0.02, discordant) });
    expect(isNotInferior(differences.accuracy, 1)).toBe(true);
    expect(isNotInferior(differences.accuracy, 0)).toBe(false);
  });

  test('of a model and itself is open, and without an interval, as nothing varies', () => {
    const set = madeSet(30, [0.5], 1);
    const same = { ...set, models: [set.models[0]!, set.models[0]!], thresholds: [0.5, 0.5] };
    const [pair] = runToEnd(evidenceInSteps(same)).pairs as [UnitEvidence['pairs'][0]];
    expect(pair.verdict.is).toBe('open');
    expect(pair.differences.auc).toEqual({ value: 0, low: null, high: null, p: 1, adjustedP: 1 });
  });
});

type Resampled = {
  name: string;
  groups: number[];
  sets: { labels: number[]; models: number[][] }[];
  intervals: Partial<Record<EvidenceMeasure, [low: number, high: number][]>>;
  basic: [low: number, high: number][];
  chance: number[];
  paired: Partial<Record<EvidenceMeasure, [low: number, high: number]>>;
  apart: Partial<Record<EvidenceMeasure, [low: number, high: number]>>;
};

/** Made by test/goldens/statistics.py: SciPy's BCa and basic intervals of Falx's bootstrap draws. */
const { accelerated } = JSON.parse(
  readFileSync(new URL('../goldens/statistics.json', import.meta.url), 'utf8'),
) as { accelerated: Resampled[] };

describe.each(accelerated)(
  'the bootstrap, $name',
  ({ groups, sets, intervals, basic, chance, paired, apart }) => {
    const [here, there] = sets.map(({ labels, models }, at) =>
      runToEnd(countInSteps({ groups, labels, models, thresholds: [0.5, 0.5], seed: 7 + at })),
    ) as [CountedEvidence, CountedEvidence];
    const ends = (
      { low, high }: { low: number | null; high: number | null },
      expected: [low: number, high: number],
      what: string,
    ) => {
      close(low, expected[0], `${what}, low`, 1e-9);
      close(high, expected[1], `${what}, high`, 1e-9);
    };

    test('has SciPy’s BCa intervals', () => {
      for (const [name, each] of Object.entries(intervals))
        for (const [model, expected] of each.entries()) {
          const measure = here.evidence.models[model]!.measures[name as EvidenceMeasure];
          expect(measure.method).toBe('bootstrap');
          ends(measure, expected, name);
        }
    });

    test('also of differences, paired and between two sets of scans', () => {
      const [pair] = here.evidence.pairs as [Pair];
      for (const [name, expected] of Object.entries(paired))
        ends(pair.differences[name as EvidenceMeasure], expected, `${name}, paired`);
      const differences = differenceBetween(here, there);
      for (const [name, expected] of Object.entries(apart))
        ends(differences[name as EvidenceMeasure], expected, `${name}, apart`);
    });

    test('has SciPy’s basic interval of the calibration error, drawn to 0 where chance makes as much, and to the value', () => {
      for (const [model, [low, high]] of basic.entries()) {
        const { ece } = here.evidence.models[model]!.measures;
        expect(ece.method).toBe('basic');
        close(ece.low, ece.value! <= chance[model]! ? 0 : Math.max(0, low), 'low', 1e-9);
        close(ece.high, Math.max(ece.value!, high), 'high', 1e-9);
      }
    });
  },
);

test('the interval of the calibration error has its value in it, and 0 where probabilities are right but for one set in forty', () => {
  const intervals = Array.from({ length: 10 }, (_, set) => {
    const random = randomFrom(set, 'made');
    const probabilities = Array.from({ length: 60 }, () => random());
    const labels = probabilities.map((p) => (random() < p ? 1 : 0));
    // Uncalibrated, and much too confident.
    const models = [probabilities, probabilities.map((p) => (p > 0.5 ? 0.999 : 0.001))];
    const { models: told } = runToEnd(
      evidenceInSteps({ groups: labels.map((_, i) => i), labels, models, thresholds: [0.5, 0.5] }),
    );
    return told.map(({ measures }) => measures.ece) as [MeasureWithInterval, MeasureWithInterval];
  });
  for (const { value, low, high } of intervals.flat()) {
    expect(value).toBeGreaterThan(0);
    expect(low).toBeLessThanOrEqual(value!);
    expect(high).toBeGreaterThanOrEqual(value!);
  }
  expect(intervals.filter(([right]) => right.low === 0).length).toBeGreaterThanOrEqual(9);
  expect(intervals.filter(([, sure]) => sure.low! > 0.05)).toHaveLength(10);
});

describe('intervals', () => {
  test('are Wilson’s where images are scans, and a bootstrap’s of groups where several are one', () => {
    const set = madeSet(40, [0.4], 1);
    const alone = runToEnd(evidenceInSteps(set)).models[0]!.measures;
    expect(alone.sensitivity.method).toBe('wilson');
    expect(alone.auc.method).toBe('delong');
    // Each scan five times: no more evidence than once.
    const five = {
      ...set,
      groups: set.labels.length === 0 ? [] : repeat(set.groups),
      labels: repeat(set.labels),
      models: set.models.map(repeat),
    };
    const copied = runToEnd(evidenceInSteps(five)).models[0]!.measures;
    expect(copied.sensitivity.method).toBe('bootstrap');
    for (const name of ['sensitivity', 'auc', 'brier', 'mcc'] as const) {
      const width = ({ low, high }: { low: number | null; high: number | null }) => high! - low!;
      close(copied[name].value, alone[name].value, name);
      expect(width(copied[name]) / width(alone[name]), name).toBeGreaterThan(0.8);
      expect(width(copied[name]) / width(alone[name]), name).toBeLessThan(1.25);
    }
  });

  test('PPV and NPV at the test set’s own prevalence are its own', () => {
    const set = madeSet(40, [0.4], 1);
    const { measures, atPrevalence } = runToEnd(evidenceInSteps({ ...set, prevalence: 0.5 })).models[0]!;
    close(atPrevalence!.ppv.value, measures.ppv.value, 'ppv');
    close(atPrevalence!.npv.value, measures.npv.value, 'npv');
    expect(atPrevalence!.ppv.low).toBeLessThan(atPrevalence!.ppv.value!);
  });
});

describe('where there is little', () => {
  const of = (labels: number[], probabilities: number[]) =>
    runToEnd(
      evidenceInSteps({
        groups: labels.map((_, i) => i),
        labels,
        models: [probabilities],
        thresholds: [0.5],
      }),
    ).models[0]!.measures;

  test('one class alone has no area, slope or specificity, and says so by null', () => {
    const measures = of([1, 1, 1], [0.9, 0.8, 0.3]);
    for (const name of [
      'auc',
      'specificity',
      'calibrationSlope',
      'calibrationIntercept',
      'brierScaled',
    ] as const)
      expect(measures[name], name).toEqual({ value: null, low: null, high: null, method: null });
    expect(measures.sensitivity.value).toBeCloseTo(2 / 3, 12);
  });

  test('classes told apart without a fault have an area of 1 with a width, and no slope', () => {
    const measures = of([1, 1, 0, 0], [0.9, 0.8, 0.3, 0.2]);
    expect(measures.auc).toMatchObject({ value: 1, high: 1, method: 'newcombe' });
    expect(measures.auc.low).toBeLessThan(0.9);
    expect(measures.calibrationSlope.value).toBeNull();
    expect(measures.balancedAccuracy.method).toBe('exact');
    expect(measures.balancedAccuracy.low).toBeLessThan(0.5);
  });

  test('one scan, and equal probabilities, give figures or null, never NaN', () => {
    for (const measures of [of([1], [0.7]), of([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5]), of([], [])])
      for (const { value, low, high } of Object.values(measures))
        for (const figure of [value, low, high]) expect(Number.isNaN(figure)).toBe(false);
    expect(of([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5]).auc.value).toBe(0.5);
  });

  test('probabilities of exactly 0 and 1 cost much, not infinitely much', () => {
    const { logLoss } = of([1, 0, 1, 0], [0, 0, 1, 1]);
    expect(logLoss.value).toBeGreaterThan(8);
    expect(logLoss.value).toBeLessThan(20);
  });
});

describe('a threshold is chosen on validation', () => {
  //            label 1: .9 .7 .4    label 0: .6 .3 .2
  const steps = thresholdSteps([1, 1, 1, 0, 0, 0], [0.9, 0.7, 0.4, 0.6, 0.3, 0.2])!;

  test.each([
    [{ by: 'youden' }, 0.7], // 2/3 of 3 − 0 of 3; at 0.4 it is 3/3 − 1/3: the same, so the higher
    [{ by: 'sensitivity', least: 1 }, 0.4],
    [{ by: 'specificity', least: 1 }, 0.7],
    [{ by: 'specificity', least: 0.6 }, 0.4],
    [{ by: 'cost', missOverFalseAlarm: 5 }, 0.4],
    [{ by: 'cost', missOverFalseAlarm: 0.5 }, 0.7],
  ] as const)('%o gives %f', (rule, expected) => {
    expect(chooseThreshold(steps, rule)).toBe(expected);
  });

  test('and is none without both classes', () => {
    expect(chooseThreshold(thresholdSteps([1, 1], [0.2, 0.3])!, { by: 'youden' })).toBeNull();
  });
});

const repeat = (list: ArrayLike<number>): number[] =>
  Array.from({ length: list.length }, (_, i) => Array.from({ length: 5 }, () => list[i]!)).flat();

import {
  evidenceMeasures,
  type EvidenceMeasure,
  type IntervalMethod,
  type MeasureDifference,
  type MeasureWithInterval,
  type ModelEvidence,
  type Pair,
  type UnitEvidence,
  type Verdict,
} from '../contract/evidence.ts';
import { measureTable } from '../contract/measures.ts';
import { acceleratedInterval, basicInterval, drawnTimes, leftOutTimes, REPLICATES } from './bootstrap.ts';
import { areaDifference, areaInterval, areasOf, type Areas } from './delong.ts';
import { normalQuantile, twoSided } from './distributions.ts';
import { GroupedAnswers, type GroupedAnswer, type Outcome } from './grouped.ts';
import { aucInterval, meanLowOfAll, TAIL, wilson, type Interval } from './intervals.ts';
import { evidenceOf as groupsThatSay, isBiased, measureOf } from './measures.ts';
import { decisionCurve } from './net-benefit.ts';
import { agreementOf, holm, mcNemar, scansForDifference } from './paired.ts';
import { randomFrom } from './random.ts';
import { quantile } from './quantiles.ts';
import { thresholdSteps } from './roc.ts';

/**
 * The performance of several models on one test set, and whether they differ: every measure with a 95 % interval, paired tests,
 * decision curves, and a verdict. The unit is the scan (a group: all pictures of one scan or patient have one vote, the mean of
 * their probabilities), or the image, with intervals that account for groups, since images of a group are not independent evidence.
 */

/** One test set with each model's answers, all in the same order. */
export type EvidenceOptions = {
  /** Group of each image; images of one group are of one scan or patient. */
  groups: ArrayLike<number>;
  /** 1 for the positive class, otherwise 0. */
  labels: ArrayLike<number>;
  /** One per model: its probability of the positive class for each image. */
  models: readonly ArrayLike<number>[];
  /** One per model: from this probability on a scan is called positive. */
  thresholds: readonly number[];
  /** Proportion of positives, 0 to 1, for which PPV and NPV are reported as well. */
  prevalence?: number | undefined;
  /** Number of models, from the first, that are compared pairwise; all when left out. */
  compared?: number;
  seed?: number;
};

/** The difference in accuracy for which an open verdict reports the number of scans needed. */
const POINTS = 0.02;
const ALPHA = 0.05;

/**
 * One vote per group: the mean probability of its images. A group whose images have both labels, as twins may, has a vote in each
 * class.
 */
export function perScan(
  options: Pick<EvidenceOptions, 'groups' | 'labels' | 'models'>,
): Pick<EvidenceOptions, 'groups' | 'labels' | 'models'> {
  const all = votesIn(options);
  return {
    groups: all.map(({ group }) => group),
    labels: all.map(({ label }) => label),
    models: options.models.map((probabilities) =>
      Float64Array.from(all, ({ images }) => meanAt(probabilities, images)),
    ),
  };
}

/** The mean probability at some indices: that of a scan with these images. */
export const meanAt = (probabilities: ArrayLike<number>, places: readonly number[]): number =>
  places.reduce((sum, i) => sum + probabilities[i]!, 0) / places.length;

/** The image indices of each group with each label: in the order of their first images, like the votes of `perScan`. */
export function votesIn<Label extends number>({
  groups,
  labels,
}: {
  groups: ArrayLike<number>;
  labels: ArrayLike<Label>;
}): { group: number; label: Label; images: number[] }[] {
  const scans = new Map<string, { group: number; label: Label; images: number[] }>();
  for (let i = 0; i < labels.length; i += 1) {
    const [group, label] = [groups[i]!, labels[i]!];
    const key = `${group} ${label}`;
    const scan = scans.get(key);
    if (scan) scan.images.push(i);
    else scans.set(key, { group, label, images: [i] });
  }
  return [...scans.values()];
}

/** The mean of several models' probabilities, as one more model. */
export const meanOf = (models: readonly ArrayLike<number>[]): Float64Array =>
  Float64Array.from(
    { length: models[0]?.length ?? 0 },
    (_, i) => models.reduce((sum, probabilities) => sum + probabilities[i]!, 0) / models.length,
  );

/** All evidence of one unit, with what differences from another set of scans need. */
export type CountedEvidence = {
  evidence: UnitEvidence;
  /** For each model each measure in each draw, and with some left out. */
  drawn: readonly Resampled[];
  areas: Areas | null;
};

/** All evidence of one unit; `countInSteps` without intermediate results. */
export function* evidenceInSteps(options: EvidenceOptions): Generator<void, UnitEvidence, void> {
  return (yield* countInSteps(options)).evidence;
}

/**
 * All evidence of one unit. 2,000 draws of groups, the same for all models, so that differences are paired. Yields after every few
 * draws. @throws RangeError for lists of different lengths.
 */
export function* countInSteps({
  groups,
  labels,
  models,
  thresholds,
  prevalence,
  compared = models.length,
  seed = 7,
}: EvidenceOptions): Generator<void, CountedEvidence, void> {
  for (const probabilities of models)
    if (probabilities.length !== labels.length || groups.length !== labels.length)
      throw new RangeError(
        `${labels.length} labels, ${groups.length} groups, ${probabilities.length} answers`,
      );
  const grouped = models.map(
    (probabilities, at) =>
      new GroupedAnswers(
        Array.from({ length: labels.length }, (_, i): GroupedAnswer => ({
          group: groups[i]!,
          label: labels[i] === 1 ? 1 : 0,
          probability: probabilities[i]!,
        })),
        thresholds[at]!,
      ),
  );
  const areas = areasOf(labels, models, groups);
  const outcomes = grouped.map((answers) => answers.outcome(answers.once));
  const drawn = yield* replicatesOf(grouped, seed);
  const independent =
    new Set(Array.from({ length: groups.length }, (_, i) => groups[i])).size === groups.length;
  const evidence = outcomes.map((outcome, at): ModelEvidence => {
    const about = { outcome, answers: grouped[at]!, drawn: drawn[at]!, areas, model: at, independent };
    const steps = thresholdSteps(labels, models[at]!) ?? [];
    return {
      measures: byMeasure((name) => withInterval(name, about)),
      confusion: outcome.confusion,
      atPrevalence: prevalence === undefined ? null : predictiveAt(prevalence, outcome, drawn[at]!),
      netBenefit: decisionCurve(steps, decisionThresholds(thresholds[at]!)),
    };
  });
  const counted = {
    units: labels.length,
    groups: grouped[0]?.groups ?? 0,
    models: evidence,
    pairs: pairsOf({ labels, models: models.slice(0, compared), thresholds, outcomes, drawn, areas }),
  };
  return { evidence: counted, drawn, areas };
}

/**
 * The difference of one model between two disjoint sets of scans: `here` − `there`. For the AUC by DeLong's two variances, for
 * proportions of independent scans by Newcombe's hybrid of Wilson's intervals (1998, Statistics in Medicine 17, 873–890, method
 * 10), otherwise by the bootstrap from independent draws of both, which must have different seeds.
 */
export function differenceBetween(
  here: CountedEvidence,
  there: CountedEvidence,
  model = 0,
): Record<EvidenceMeasure, MeasureDifference> {
  return byMeasure((name): MeasureDifference => {
    const [a, b] = [here, there].map(({ evidence }) => evidence.models[model]!.measures[name]) as [
      MeasureWithInterval,
      MeasureWithInterval,
    ];
    if (a.value === null || b.value === null)
      return { value: null, low: null, high: null, p: null, adjustedP: null };
    const value = a.value - b.value;
    const known = (interval: Interval | null, p: number | null = null): MeasureDifference => ({
      value,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      p,
      adjustedP: p,
    });
    if (a.method === 'delong' && b.method === 'delong') {
      const error = Math.sqrt(
        here.areas!.covariance[model]![model]! + there.areas!.covariance[model]![model]!,
      );
      const half = normalQuantile(1 - TAIL) * error;
      return known(
        { low: Math.max(-1, value - half), high: Math.min(1, value + half) },
        twoSided(value / error),
      );
    }
    if (isScore(a) && isScore(b))
      return known({
        low: value - Math.hypot(a.value - a.low, b.high - b.value),
        high: value + Math.hypot(a.high - a.value, b.value - b.low),
      });
    const [ours, theirs] = [here.drawn[model]!, there.drawn[model]!];
    return known(
      bootstrapped(name, value, between(ours.draws[name], theirs.draws[name]), [
        ours.left[name],
        theirs.left[name].map((of) => -of),
      ]),
    );
  });
}

/** Whether two intervals of its kind can be combined by Newcombe's method. */
const isScore = (
  measure: MeasureWithInterval,
): measure is MeasureWithInterval & { value: number; low: number; high: number } =>
  measure.low !== null && ['wilson', 'delong', 'newcombe'].includes(measure.method!);

const byMeasure = <V>(of: (name: EvidenceMeasure) => V): Record<EvidenceMeasure, V> =>
  Object.fromEntries(evidenceMeasures.map((name) => [name, of(name)])) as Record<EvidenceMeasure, V>;

type Draws = Record<EvidenceMeasure, Float64Array>;

/** For one model each measure's values, NaN if undefined. */
type Resampled = {
  /** In each draw. */
  draws: Draws;
  /** With each group left out, or each block of groups: the jackknife. */
  left: Draws;
  /** The 97.5th percentile of a perfectly calibrated model's calibration error; NaN without scans. */
  eceOfChance: number;
};

/** Element-wise differences. */
const between = (a: Float64Array, b: Float64Array): Float64Array => a.map((of, i) => of - b[i]!);

function* replicatesOf(grouped: readonly GroupedAnswers[], seed: number): Generator<void, Resampled[], void> {
  const random = randomFrom(seed, 'evidence');
  const count = grouped[0]?.groups ?? 0;
  function* measured(all: Iterable<Uint32Array>): Generator<void, Draws[], void> {
    const lists = grouped.map(() => byMeasure((): number[] => []));
    for (const times of all) {
      for (const [at, answers] of grouped.entries()) {
        const outcome = answers.outcome(times);
        for (const name of evidenceMeasures)
          lists[at]![name].push(measureOf(name, outcome).value ?? Number.NaN);
      }
      yield;
    }
    return lists.map((of) => byMeasure((name) => Float64Array.from(of[name])));
  }
  const draws = yield* measured(drawnTimes(count, random));
  const left = yield* measured(leftOutTimes(count));
  const chance = grouped.map(() => new Float64Array(REPLICATES));
  const drawn = new Float64Array(count);
  for (let replicate = 0; replicate < REPLICATES; replicate += 1) {
    for (let group = 0; group < count; group += 1) drawn[group] = random();
    for (const [at, answers] of grouped.entries()) chance[at]![replicate] = answers.eceIfCalibrated(drawn);
    yield;
  }
  return grouped.map((_, at) => ({
    draws: draws[at]!,
    left: left[at]!,
    eceOfChance: quantile(chance[at]!.sort(), 1 - TAIL),
  }));
}

type About = {
  outcome: Outcome;
  answers: GroupedAnswers;
  drawn: Resampled;
  areas: Areas | null;
  model: number;
  /** Each unit is a group by itself. */
  independent: boolean;
};

function withInterval(name: EvidenceMeasure, about: About): MeasureWithInterval {
  const { value, counts } = measureOf(name, about.outcome);
  if (value === null) return { value, low: null, high: null, method: null };
  const [method, interval] = intervalFor(name, value, counts, about);
  return { value, low: interval?.low ?? null, high: interval?.high ?? null, method: interval && method };
}

function intervalFor(
  name: EvidenceMeasure,
  value: number,
  counts: { count: number; of: number } | null,
  { outcome, answers, drawn, areas, model, independent }: About,
): [IntervalMethod, Interval | null] {
  const { interval, range } = measureTable[name];
  if (interval === 'wilson' && counts && independent) return ['wilson', wilson(counts)];
  if (interval === 'auc') {
    const delong = areas && areaInterval(areas, model);
    if (delong) return ['delong', delong];
    // Nothing varies: an area of 0 or 1 is not known exactly for that reason.
    const { tp, fn } = outcome.confusion;
    const [positives, negatives] = independent
      ? [tp + fn, answers.groups - tp - fn]
      : [answers.having('tp', 'fn'), answers.having('fp', 'tn')];
    return ['newcombe', aucInterval(value, positives, negatives)];
  }
  if (value === range[0] || value === range[1]) {
    const evidence = groupsThatSay(name)?.((...some) => answers.having(...some));
    if (!evidence) return ['bootstrap', null];
    const lowest = meanLowOfAll(evidence);
    return ['exact', value === range[1] ? { low: lowest, high: value } : { low: value, high: 1 - lowest }];
  }
  const found = bootstrapped(name, value, drawn.draws[name], [drawn.left[name]]);
  if (!isBiased(name)) return ['bootstrap', found];
  // It can't be below the minimum of its range, and is set to that where chance alone explains as large a value.
  const low = found && (value <= drawn.eceOfChance ? range[0]! : Math.max(range[0]!, found.low));
  return ['basic', found && { low: low!, high: Math.min(range[1]!, found.high) }];
}

/**
 * From the draws that have a value: the BCa interval, for biased measures the basic one; null if fewer than half of the draws have
 * a value, or nothing varies.
 * @param name the measure, or that whose difference it is. @param left values with some left out, for each independent sample.
 */
function bootstrapped(
  name: EvidenceMeasure,
  value: number,
  drawn: Float64Array,
  left: readonly Float64Array[],
): Interval | null {
  const known = drawn.filter((one) => !Number.isNaN(one));
  if (known.length < REPLICATES / 2) return null;
  const interval = isBiased(name)
    ? basicInterval(value, [...known])
    : acceleratedInterval(
        value,
        known,
        left.map((values) => values.filter((one) => !Number.isNaN(one))),
      );
  return interval.low === interval.high ? null : interval;
}

/** PPV and NPV at another prevalence, by Bayes' theorem from sensitivity and specificity. */
function predictiveAt(
  prevalence: number,
  outcome: Outcome,
  { draws, left }: Resampled,
): NonNullable<ModelEvidence['atPrevalence']> {
  const at = (name: 'ppv' | 'npv', sensitivity: number | null, specificity: number | null): number | null => {
    if (sensitivity === null || specificity === null) return null;
    const [right, wrong] =
      name === 'ppv'
        ? [sensitivity * prevalence, (1 - specificity) * (1 - prevalence)]
        : [specificity * (1 - prevalence), (1 - sensitivity) * prevalence];
    return right + wrong === 0 ? null : right / (right + wrong);
  };
  const measure = (name: 'ppv' | 'npv'): MeasureWithInterval => {
    const value = at(name, measureOf('sensitivity', outcome).value, measureOf('specificity', outcome).value);
    if (value === null) return { value, low: null, high: null, method: null };
    const [drawn, without] = [draws, left].map(({ sensitivity, specificity }) =>
      sensitivity.map((of, i) => at(name, of, specificity[i]!) ?? Number.NaN),
    ) as [Float64Array, Float64Array];
    const interval = bootstrapped(name, value, drawn, [without]);
    return {
      value,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      method: interval && 'bootstrap',
    };
  };
  return { prevalence, ppv: measure('ppv'), npv: measure('npv') };
}

/** 1 to 99 %, and the model's own threshold if it is in between. */
function decisionThresholds(own: number): number[] {
  const all = new Set(Array.from({ length: 99 }, (_, i) => (i + 1) / 100));
  if (own > 0 && own < 1) all.add(own);
  return [...all].sort((a, b) => a - b);
}

type Compared = Pick<EvidenceOptions, 'labels' | 'models' | 'thresholds'> & {
  outcomes: readonly Outcome[];
  drawn: readonly Resampled[];
  areas: Areas | null;
};

function pairsOf({ labels, models, thresholds, outcomes, drawn, areas }: Compared): Pair[] {
  const places = models.flatMap((_, a) => models.slice(a + 1).map((__, more) => [a, a + 1 + more] as const));
  const right = models.map((probabilities, at) =>
    Array.from(
      { length: labels.length },
      (_, i) => probabilities[i]! >= thresholds[at]! === (labels[i] === 1),
    ),
  );
  const pairs = places.map(([a, b]) => {
    const agreement = agreementOf(right[a]!, right[b]!);
    const differences = byMeasure((name): MeasureDifference => {
      const [valueA, valueB] = [measureOf(name, outcomes[a]!).value, measureOf(name, outcomes[b]!).value];
      const value = valueA === null || valueB === null ? null : valueA - valueB;
      const delong = name === 'auc' && areas ? areaDifference(areas, a, b) : null;
      const interval =
        value === null
          ? null
          : (delong ??
            bootstrapped(name, value, between(drawn[a]!.draws[name], drawn[b]!.draws[name]), [
              between(drawn[a]!.left[name], drawn[b]!.left[name]),
            ]));
      const p =
        name === 'accuracy' ? mcNemar(agreement) : name === 'auc' && value !== null ? (delong?.p ?? 1) : null;
      return { value, low: interval?.low ?? null, high: interval?.high ?? null, p, adjustedP: null };
    });
    return { a, b, agreement, differences };
  });
  for (const name of ['accuracy', 'auc'] as const) {
    const known = pairs.filter(({ differences }) => differences[name].p !== null);
    for (const [i, p] of holm(known.map(({ differences }) => differences[name].p!)).entries())
      known[i]!.differences[name].adjustedP = p;
  }
  return pairs.map((pair) => ({ ...pair, verdict: verdictOf(pair, labels.length) }));
}

/** The AUC decides if it can, as it needs no threshold; then accuracy. Test and interval must agree. */
function verdictOf({ a, b, differences, agreement }: Omit<Pair, 'verdict'>, scans: number): Verdict {
  for (const by of ['auc', 'accuracy'] as const) {
    const { low, high, adjustedP } = differences[by];
    if (low === null || high === null || adjustedP === null || adjustedP >= ALPHA) continue;
    if (low > 0) return { is: 'better', model: a, by, atLeast: low };
    if (high < 0) return { is: 'better', model: b, by, atLeast: -high };
  }
  // If the models never differ, the share of discordant scans is estimated as half a scan.
  const discordant = Math.max(agreement.onlyA + agreement.onlyB, 0.5) / Math.max(1, scans);
  return { is: 'open', points: POINTS, scans: scansForDifference(POINTS, discordant) };
}

/**
 * Whether `a` is not inferior to `b` by more than a margin: the interval of their difference is above −margin.
 * @param name a measure that is better when higher. @param margin above 0.
 */
export const isNotInferior = ({ low }: Pick<MeasureDifference, 'low'>, margin: number): boolean =>
  low !== null && low > -margin;

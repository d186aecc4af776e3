import { measureTable } from '../contract/measures.ts';
import type { Metrics } from '../contract/records.ts';
import { foldMeasureNames, type FoldMeasure, type FoldMeasureName } from '../contract/views.ts';
import { acceleratedInterval, drawnTimes, leftOutTimes } from '../statistics/bootstrap.ts';
import { GroupedAnswers, type GroupedAnswer } from '../statistics/grouped.ts';
import { meanLowOfAll } from '../statistics/intervals.ts';
import { evidenceOf, valuesOf } from '../statistics/measures.ts';
import { randomFrom } from '../statistics/random.ts';
import { spreadOf } from '../statistics/spread.ts';
import { STEP_LENGTH, type Steps } from '../system/steps.ts';

/** A scan's answer by the network that was trained on the other folds. */
export type OutOfFold = GroupedAnswer & { fold: number };

/** All measures of one list of scans. */
export type FoldValues = Record<FoldMeasureName, number | null>;

export interface Pooled {
  /** By fold. */
  values: Map<number, FoldValues>;
  confusion: Metrics['confusion'];
  groups: number;
  measures: Record<FoldMeasureName, FoldMeasure>;
}

/**
 * A network's performance by cross-validation: the mean and standard deviation of the folds' own figures, and the figures of all
 * answers pooled. The interval of the latter is that of a cluster bootstrap (BCa), which draws whole groups with replacement (Field
 * and Welsh 2007, J R Stat Soc B 69); where nothing varies, since all is right or all wrong, the exact binomial one for as many
 * groups. It does not cover the variation between training sets: no unbiased estimate of that exists from one cross-validation
 * (Bengio and Grandvalet 2004, JMLR 5). The pooled AUC compares probabilities of different networks, so it can be lower than the
 * folds' own.
 * @param answers each scan once.
 */
export function* poolInSteps(answers: readonly OutOfFold[], threshold: number, seed = 7): Steps<Pooled> {
  const values = new Map<number, FoldValues>();
  for (const fold of [...new Set(answers.map((answer) => answer.fold))].sort((a, b) => a - b)) {
    values.set(
      fold,
      valuesIn(
        new GroupedAnswers(
          answers.filter((answer) => answer.fold === fold),
          threshold,
        ),
      ),
    );
    yield;
  }
  const all = new GroupedAnswers(answers, threshold);
  const pooled = valuesIn(all);
  const resampled = yield* replicates(all, seed);
  const measures = Object.fromEntries(
    foldMeasureNames.map((name): [string, FoldMeasure] => [
      name,
      {
        ...spreadOf([...values.values()].map((fold) => fold[name])),
        pooled: pooled[name],
        ...intervalOf(name, pooled[name], resampled, all),
      },
    ]),
  ) as Pooled['measures'];
  return { values, confusion: all.confusion(all.once), groups: all.groups, measures };
}

/** @param times how often each group was drawn. */
const valuesIn = (answers: GroupedAnswers, times: ArrayLike<number> = answers.once): FoldValues =>
  valuesOf({ confusion: answers.confusion(times), auc: answers.auc(times) });

type Values = Record<FoldMeasureName, number[]>;

/** The measures in each bootstrap draw, and with each group, or block of groups, left out: the jackknife. */
function* replicates(all: GroupedAnswers, seed: number): Steps<{ drawn: Values; left: Values }> {
  const drawn = yield* measured(all, drawnTimes(all.groups, randomFrom(seed, 'folds bootstrap')));
  return { drawn, left: yield* measured(all, leftOutTimes(all.groups)) };
}

function* measured(all: GroupedAnswers, each: Iterable<Uint32Array>): Steps<Values> {
  const lists = Object.fromEntries(foldMeasureNames.map((name) => [name, [] as number[]])) as Values;
  let since = 0;
  for (const times of each) {
    const values = valuesIn(all, times);
    for (const name of foldMeasureNames) {
      const value = values[name];
      if (value !== null) lists[name].push(value); // a class may be missing where few scans have it
    }
    since += all.groups;
    if (since < STEP_LENGTH) continue;
    since = 0;
    yield;
  }
  return lists;
}

function intervalOf(
  name: FoldMeasureName,
  value: number | null,
  { drawn, left }: { drawn: Values; left: Values },
  answers: GroupedAnswers,
): Pick<FoldMeasure, 'low' | 'high'> {
  if (value === null || drawn[name].length === 0) return { low: null, high: null };
  const { low, high } = acceleratedInterval(value, drawn[name], [left[name]]);
  const [least, most] = measureTable[name].range;
  if (value !== least && value !== most) return { low, high };
  // Nothing varies: the exact interval, where there is one.
  const evidence = evidenceOf(name)?.((...outcomes) => answers.having(...outcomes));
  if (!evidence) return { low: null, high: null };
  const lowest = meanLowOfAll(evidence);
  return value === most ? { low: lowest, high } : { low, high: 1 - lowest };
}

import type { Language } from './messages/languages.ts';
import en from './messages/en/measures.json' with { type: 'json' };
import ko from './messages/ko/measures.json' with { type: 'json' };

/**
 * Where a measure is shown.
 * - `results`: for one run's test set: Compare's table and its CSV, a run's results, `falx compare`, `falx evaluate`
 * - `folds`: for the folds of a set, with the interval of a bootstrap by group
 * - `threshold`: at a user's threshold, if it can be read off the confusion matrix
 * - `list`: a column in the list of runs
 * - `evidence`: for a test set per scan and per image, with an interval; `falx compare`, reports
 */
export type MeasurePlace = 'results' | 'folds' | 'threshold' | 'list' | 'evidence';

/** Facts on a measure, for every shell. */
export type MeasureFacts = {
  /** `percent`: a share of scans, shown in percent with its counts; `number`: a plain number. */
  as: 'percent' | 'number';
  /** Decimals. Bounds of an interval have one less; the command line writes shares as numbers, with two more. */
  digits: number;
  /** `one`, `zero`: the closer to that the better. */
  better: 'higher' | 'lower' | 'one' | 'zero';
  /** Its lowest and highest value; null if unbounded. */
  range: readonly [number | null, number | null];
  /**
   * The 95 % interval of one run, treating scans as independent: Wilson's for a share of scans, Newcombe's for an area under the
   * ROC curve; null if Falx has none.
   */
  interval: 'wilson' | 'auc' | null;
  shown: readonly MeasurePlace[];
};

const share = { as: 'percent', digits: 1, better: 'higher', range: [0, 1] } as const;
const plain = { as: 'number', digits: 3, better: 'higher', range: [0, 1] } as const;

/**
 * The measures by their keys, in display order. How each is computed is in `statistics/measures.ts`, its label and explanation in
 * `messages/<language>/measures.json`; everything else derives from here.
 */
const table = {
  accuracy: { ...share, interval: 'wilson', shown: ['results', 'folds', 'list', 'evidence'] },
  balancedAccuracy: { ...share, interval: null, shown: ['folds', 'evidence'] },
  sensitivity: { ...share, interval: 'wilson', shown: ['results', 'folds', 'threshold', 'evidence'] },
  specificity: { ...share, interval: 'wilson', shown: ['results', 'folds', 'threshold', 'evidence'] },
  ppv: { ...share, interval: 'wilson', shown: ['results', 'folds', 'threshold', 'evidence'] },
  npv: { ...share, interval: 'wilson', shown: ['results', 'folds', 'threshold', 'evidence'] },
  f1: { ...plain, interval: null, shown: ['results', 'folds', 'evidence'] },
  auc: { ...plain, interval: 'auc', shown: ['results', 'folds', 'list', 'evidence'] },
  prAuc: { ...plain, interval: null, shown: ['evidence'] },
  mcc: { ...plain, range: [-1, 1], interval: null, shown: ['evidence'] },
  brier: { ...plain, better: 'lower', interval: null, shown: ['evidence'] },
  brierScaled: { ...plain, range: [null, 1], interval: null, shown: ['evidence'] },
  logLoss: { ...plain, better: 'lower', range: [0, null], interval: null, shown: ['evidence'] },
  calibrationSlope: {
    ...plain,
    digits: 2,
    better: 'one',
    range: [null, null],
    interval: null,
    shown: ['evidence'],
  },
  calibrationIntercept: {
    ...plain,
    digits: 2,
    better: 'zero',
    range: [null, null],
    interval: null,
    shown: ['evidence'],
  },
  ece: { ...plain, better: 'lower', interval: null, shown: ['evidence'] },
} as const satisfies Record<string, MeasureFacts>;

type Table = typeof table;
export type MeasureName = keyof Table;
export type MeasureShown<P extends MeasurePlace> = {
  [N in MeasureName]: P extends Table[N]['shown'][number] ? N : never;
}[MeasureName];
export type ResultMeasure = MeasureShown<'results'>;
/** Those of them that are shares of scans. */
export type ResultShare = {
  [N in ResultMeasure]: Table[N]['as'] extends 'percent' ? N : never;
}[ResultMeasure];

export const measureTable: Readonly<Record<MeasureName, MeasureFacts>> = table;
export const measureNames = Object.keys(table) as [MeasureName, ...MeasureName[]];

/** The measures shown in a place, in order. */
export const measuresShown = <P extends MeasurePlace>(place: P): [MeasureShown<P>, ...MeasureShown<P>[]] =>
  measureNames.filter((name) => measureTable[name].shown.includes(place)) as [
    MeasureShown<P>,
    ...MeasureShown<P>[],
  ];

const words: Readonly<Record<Language, Readonly<Record<MeasureName, { label: string; help: string }>>>> = {
  en,
  ko,
};

/** A measure's name as it stands within a sentence: "sensitivity", "PPV". */
export const measureLabel = (name: MeasureName, language: Language = 'en'): string =>
  words[language][name].label;

/** What a measure means, in a sentence or two. */
export const measureHelp = (name: MeasureName, language: Language = 'en'): string =>
  words[language][name].help;

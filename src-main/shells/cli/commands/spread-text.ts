import { measureLabel } from '../../../contract/measures.ts';
import {
  foldMeasureNames,
  learningMeasures,
  type FoldComparison,
  type LearningCurve,
  type SeedSummary,
} from '../../../contract/views.ts';
import type { Speech } from '../output.ts';
import { share, table } from '../text.ts';
import { intervalText } from './interval-text.ts';

/** Runs that differ in nothing but the seed: each, and their mean. */
export function seedLines(
  { network, imageSize, trainShare, runs, measures }: SeedSummary,
  { say, language }: Speech,
) {
  return [
    '',
    say('seedsOf', {
      network,
      size: String(imageSize),
      seeds: runs.length,
      share: trainShare === 1 ? 'none' : share(trainShare),
    }),
    table(
      [
        say('spreadColumn', { of: 'measure' }),
        say('spreadColumn', { of: 'meanSd' }),
        say('spreadColumn', { of: 'leastMost' }),
        ...runs.map(({ seed }) => `${say('spreadColumn', { of: 'seed' })} ${seed}`),
      ],
      foldMeasureNames.map((name) => {
        const { mean, sd, least, most } = measures[name];
        return [
          measureLabel(name, language),
          mean === null ? null : `${share(mean)} ± ${share(sd)}`,
          least === null || most === null ? null : say('range', { low: share(least), high: share(most) }),
          ...runs.map(({ values }) => share(values[name])),
        ];
      }),
    ),
  ];
}

/** Performance of runs by their share of the training set. */
export function learningCurveLines({ network, imageSize, scans, points }: LearningCurve, speech: Speech) {
  const { say, language } = speech;
  return [
    '',
    say('learningCurveOf', { network, size: String(imageSize), scans }),
    table(
      [
        say('heading', { of: 'run' }),
        say('spreadColumn', { of: 'seed' }),
        ...(['share', 'groups', 'images'] as const).map((of) => say('learningCurveColumn', { of })),
        ...learningMeasures.map((name) => measureLabel(name, language)),
      ],
      points.map((point) => [
        point.runId,
        String(point.seed),
        share(point.share),
        String(point.groups),
        String(point.images),
        ...learningMeasures.map((name) => intervalText(point.measures[name], speech)),
      ]),
    ),
  ];
}

/** Differences between networks over the same folds. */
export function foldDifferenceLines({ summaries, differences }: FoldComparison, speech: Speech): string[] {
  const { say, language } = speech;
  const named = (place: number) => `${summaries[place]!.network} (${summaries[place]!.imageSize} px)`;
  return differences.flatMap(({ a, b, folds, measures }) =>
    (['auc', 'accuracy'] as const).flatMap((name) => {
      const tested = measures[name];
      if (tested === null) return [];
      return [
        say('foldDifference', {
          a: named(a),
          b: named(b),
          folds,
          measure: measureLabel(name, language),
          difference: intervalText(tested, speech)!,
          p: tested.p.toPrecision(2),
        }),
      ];
    }),
  );
}

import { measureLabel } from '../../../contract/measures.ts';
import { foldMeasureNames, type FoldComparison, type SeedSummary } from '../../../contract/views.ts';
import type { Speech } from '../output.ts';
import { share, table } from '../text.ts';
import { intervalText } from './interval-text.ts';

/** Runs that differ in nothing but the seed: each, and their mean. */
export function seedLines({ network, imageSize, runs, measures }: SeedSummary, { say, language }: Speech) {
  return [
    '',
    say('seedsOf', { network, size: String(imageSize), seeds: runs.length }),
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

/** What tells networks apart over the same folds. */
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

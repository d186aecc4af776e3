import type { Comparison, ComparisonRow } from '../../../compare/compare-handlers.ts';
import { measureLabel } from '../../../contract/measures.ts';
import type { CalibrationView, ThresholdRule } from '../../../contract/studies.ts';
import type { Speech } from '../output.ts';
import { share, table } from '../text.ts';
import { intervalText } from './interval-text.ts';

/** Thresholds chosen on the validation set. */
export function thresholdLines(
  rule: ThresholdRule,
  chosen: NonNullable<Comparison['chosen']>,
  runs: readonly Pick<ComparisonRow, 'id' | 'network'>[],
  { say }: Speech,
): string[] {
  const value = 'least' in rule ? rule.least : 'missOverFalseAlarm' in rule ? rule.missOverFalseAlarm : null;
  return [
    say('thresholdsChosen', { by: rule.by, value: value === null ? '' : String(value) }),
    ...chosen.map(
      ({ runId, threshold, validation: { sensitivity, specificity, positives, negatives } }) =>
        `  ${say('thresholdChosen', {
          run: runId,
          network: runs.find(({ id }) => id === runId)!.network,
          threshold: share(threshold),
          sensitivity: share(sensitivity),
          specificity: share(specificity),
          positives,
          negatives,
        })}`,
    ),
  ];
}

const shown = ['ece', 'calibrationSlope', 'calibrationIntercept', 'brier', 'logLoss'] as const;

/** How well probabilities are calibrated, before and after. */
export function calibrationLines(
  { scans, temperature, versions }: CalibrationView,
  speech: Speech,
): string[] {
  const { say, language } = speech;
  return [
    say('calibratedTable', { scans, temperature: temperature.toFixed(2) }),
    table(
      [say('studyColumn', { of: 'measure' }), ...versions.map(({ how }) => say('calibratedHow', { how }))],
      shown.map((name) => [
        measureLabel(name, language),
        ...versions.map(({ measures }) => intervalText(measures[name], speech)),
      ]),
    ),
  ];
}

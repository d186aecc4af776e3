import { measureLabel, measuresShown, measureTable } from '../../../contract/measures.ts';
import type { FittedFigures } from '../../../contract/answers.ts';
import type { Metrics } from '../../../contract/records.ts';
import { fittedOf } from '../../../evaluate/fitted.ts';
import { evaluateRun, rocOf } from '../../../evaluate/evaluate-handlers.ts';
import { calibrationView } from '../../../compare/thresholds.ts';
import { runToEnd } from '../../../system/steps.ts';
import { calibrationLines } from './thresholds-text.ts';
import type { Context } from '../main.ts';
import { measuresOf } from '../../../statistics/measures.ts';
import { resolveRun } from '../resolve.ts';
import type { Speech } from '../output.ts';
import { columnsOf } from '../../../contract/messages/columns.ts';
import { padded, share, shareOf, table } from '../text.ts';
import { pixelProgress, withRegistry } from './with-registry.ts';

export async function evaluate(context: Context, typed: string): Promise<void> {
  const { output, home } = context;
  await withRegistry(context, async (registry) => {
    const run = resolveRun(registry, typed);
    const metrics = await evaluateRun({ registry, home, runId: run.id, onPixels: pixelProgress(output) });
    const fitted = fittedOf(run)?.fitted ?? null;
    const answers = fitted?.test ?? null;
    const calibration = fitted?.missing === null ? runToEnd(calibrationView(registry, run)) : null;
    output.answer({ metrics, roc: finite(rocOf(registry, run.id)), answers, calibration }, () =>
      [
        output.say('evaluatedRun', { run: run.id, network: run.network, images: metrics.images }),
        ...metricLines(metrics, output),
        ...(answers ? answerLines(answers, output) : []),
        ...(calibration ? calibrationLines(calibration, output) : []),
      ].join('\n'),
    );
  });
}

export function metricLines(metrics: Metrics, { say, language }: Speech): string[] {
  const { tp, fp, tn, fn } = metrics.confusion;
  const names = measuresShown('results');
  const labels = names.map((name) => measureLabel(name, language));
  const width = Math.max(...labels.map(columnsOf)) + 2;
  const line = (name: string, text: string) => `  ${padded(name, width)}${text}`;
  const measures = measuresOf(metrics);
  return [
    ...names.map((name, index) => {
      const { value, counts } = measures[name];
      const isShare = counts && measureTable[name].as === 'percent';
      return line(labels[index]!, isShare ? shareOf({ value, ...counts }) : share(value));
    }),
    line(
      say('measuredAt', { threshold: String(metrics.threshold) }),
      say('measuredCounts', { tp: String(tp), fp: String(fp), tn: String(tn), fn: String(fn) }),
    ),
    line(
      say('measuredTime', {}),
      say('measuredPerScan', { milliseconds: metrics.millisecondsPerScan.toFixed(1) }),
    ),
  ];
}

/** Reliability of its answers on the test set, at each error rate. */
export function answerLines({ falseAlarms, atErrorRate }: FittedFigures, { say }: Speech): string[] {
  return [
    say('answersTried', {}),
    table(
      (['errorRate', 'coveragePositive', 'coverageNegative', 'open', 'wrong'] as const).map((of) =>
        say('heading', { of }),
      ),
      atErrorRate.map(({ errorRate, coverage, open, wrong }) => [
        String(errorRate),
        share(coverage.positive),
        share(coverage.negative),
        share(open),
        share(wrong),
      ]),
    ),
    say('answersFalseAlarms', { refused: share(falseAlarms.refused), warned: share(falseAlarms.warned) }),
  ];
}

/** JSON has no infinity: the curve's first threshold, at which nothing is called positive, becomes null. */
function finite(points: ReturnType<typeof rocOf>) {
  return points.map((point) => ({
    ...point,
    threshold: Number.isFinite(point.threshold) ? point.threshold : null,
  }));
}

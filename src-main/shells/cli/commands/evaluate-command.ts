import { measureLabel, measuresShown, measureTable } from '../../../contract/measures.ts';
import type { Metrics } from '../../../contract/records.ts';
import { evaluateRun, rocOf } from '../../../evaluate/evaluate-handlers.ts';
import type { Context } from '../main.ts';
import { measuresOf } from '../../../statistics/measures.ts';
import { resolveRun } from '../resolve.ts';
import { counted, share, shareOf } from '../text.ts';
import { pixelProgress, withRegistry } from './with-registry.ts';

export async function evaluate(context: Context, typed: string): Promise<void> {
  const { output, home } = context;
  await withRegistry(context, async (registry) => {
    const run = resolveRun(registry, typed);
    const metrics = await evaluateRun({ registry, home, runId: run.id, onPixels: pixelProgress(output) });
    output.answer({ metrics, roc: finite(rocOf(registry, run.id)) }, () =>
      [`${run.id}  ${run.network}, ${counted(metrics.images, 'test image')}`, ...metricLines(metrics)].join(
        '\n',
      ),
    );
  });
}

export function metricLines(metrics: Metrics): string[] {
  const { tp, fp, tn, fn } = metrics.confusion;
  const names = measuresShown('results');
  const width = Math.max(...names.map((name) => measureLabel(name).length)) + 2;
  const line = (name: string, text: string) => `  ${name.padEnd(width)}${text}`;
  const measures = measuresOf(metrics);
  return [
    ...names.map((name) => {
      const { value, counts } = measures[name];
      const isShare = counts && measureTable[name].as === 'percent';
      return line(measureLabel(name), isShare ? shareOf({ value, ...counts }) : share(value));
    }),
    line(
      `at ${metrics.threshold}`,
      `${tp} true positive, ${fp} false positive, ${tn} true negative, ${fn} false negative`,
    ),
    line('time', `${metrics.millisecondsPerScan.toFixed(1)} ms a scan`),
  ];
}

/** JSON has no infinity: the curve's first threshold, at which nothing is called positive, is null there. */
function finite(points: ReturnType<typeof rocOf>) {
  return points.map((point) => ({
    ...point,
    threshold: Number.isFinite(point.threshold) ? point.threshold : null,
  }));
}

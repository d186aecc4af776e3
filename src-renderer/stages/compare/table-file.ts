import type { RunView } from '../../../src-main/contract/views.ts';
import { toCsv, type Cell } from '../../../src-main/contract/csv.ts';
import { measuresShown, measureTable, type ResultMeasure } from '../../../src-main/contract/measures.ts';
import { measuresOf, type Measure } from '../../../src-main/statistics/measures.ts';

const measures = measuresShown('results');

/** A measure's columns: its value, its counts where it is a proportion of scans, its bounds where it has an interval. */
function columnsOf(name: ResultMeasure): { head: string; cell: (measure: Measure) => Cell }[] {
  const { as, interval } = measureTable[name];
  const key = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return [
    { head: key, cell: ({ value }) => value },
    ...(as === 'percent'
      ? [
          { head: `${key}_count`, cell: ({ counts }: Measure) => counts?.count },
          { head: `${key}_of`, cell: ({ counts }: Measure) => counts?.of },
        ]
      : []),
    ...(interval !== null
      ? [
          { head: `${key}_low_95`, cell: ({ interval }: Measure) => interval?.low },
          { head: `${key}_high_95`, cell: ({ interval }: Measure) => interval?.high },
        ]
      : []),
  ];
}

/** The table as a CSV file: one run per line, measures from 0 to 1 with their bounds, sizes in bytes, times in milliseconds. */
export function tableFile(runs: readonly RunView[]): string {
  const head = [
    'run',
    'name',
    'network',
    'split',
    'threshold',
    'test_images',
    'tp',
    'fp',
    'tn',
    'fn',
    ...measures.flatMap((name) => columnsOf(name).map(({ head }) => head)),
    'model_bytes',
    'parameters',
    'ms_per_scan',
    'best_epoch',
  ];
  return toCsv(
    head,
    runs.flatMap((view) => (view.metrics ? [lineOf(view, view.metrics)] : [])),
  );
}

function lineOf({ run }: RunView, metrics: NonNullable<RunView['metrics']>): Cell[] {
  const of = measuresOf(metrics);
  const { tp, fp, tn, fn } = metrics.confusion;
  return [
    run.id,
    run.name,
    run.network,
    run.splitId,
    metrics.threshold,
    metrics.images,
    tp,
    fp,
    tn,
    fn,
    ...measures.flatMap((name) => columnsOf(name).map(({ cell }) => cell(of[name]))),
    metrics.modelBytes,
    metrics.parameters,
    metrics.millisecondsPerScan,
    run.bestEpoch,
  ];
}

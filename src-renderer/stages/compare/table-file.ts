import type { RunView } from '../../../src-main/contract/views.ts';
import { toCsv, type Cell } from '../../../src-main/contract/csv.ts';
import { measuresOf } from '../../../src-main/statistics/measures.ts';

const shares = ['accuracy', 'sensitivity', 'specificity', 'ppv', 'npv'] as const;

/** The table as a file: one run a line, measures 0 to 1 with their bounds, sizes in bytes, times in milliseconds. */
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
    ...shares.flatMap((name) => [name, `${name}_count`, `${name}_of`, `${name}_low_95`, `${name}_high_95`]),
    'f1',
    'auc',
    'auc_low_95',
    'auc_high_95',
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
  const measures = measuresOf(metrics);
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
    ...shares.flatMap((name) => {
      const { value, counts, interval } = measures[name];
      return [value, counts?.count, counts?.of, interval?.low, interval?.high];
    }),
    metrics.f1,
    metrics.auc,
    measures.auc.interval?.low,
    measures.auc.interval?.high,
    metrics.modelBytes,
    metrics.parameters,
    metrics.millisecondsPerScan,
    run.bestEpoch,
  ];
}

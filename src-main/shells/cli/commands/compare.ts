import { compareRuns, type Comparison, type ComparisonRow } from '../../../compare/handlers.ts';
import type { Context } from '../main.ts';
import { resolveRun } from '../resolve.ts';
import { bytes, counted, grouped, share, shareOf, table } from '../text.ts';
import { certificateLines } from './certificate.ts';
import { pixelProgress, withRegistry } from './shared.ts';

export async function compare(context: Context, typed: readonly string[]): Promise<void> {
  const { output, home } = context;
  await withRegistry(context, async (registry) => {
    const comparison = await compareRuns({
      registry,
      home,
      runIds: typed.map((text) => resolveRun(registry, text).id),
      onPixels: pixelProgress(output),
      onEvaluate: (run) => output.progress.show(`evaluating ${run.id} (${run.network})`),
    });
    for (const row of comparison.runs)
      if (row.images === null) output.note(`${row.id} has no model (${row.status}): it has no figures.`);
    output.answer(comparison, () => text(comparison));
  });
}

function text({ runs: rows, splits, certificates }: Comparison): string {
  const head = [
    'run',
    'network',
    'status',
    'accuracy',
    'sensitivity',
    'specificity',
    'PPV',
    'NPV',
    'F1',
    'AUC',
    'tp',
    'fp',
    'tn',
    'fn',
    'size',
    'parameters',
    'ms a scan',
  ];
  const images = rows.find((row) => row.images !== null)?.images ?? 0;
  return [
    counted(images, 'test image'),
    table(head, rows.map(cells)),
    ...splits.flatMap((id, index) => [`split ${id}`, ...certificateLines(certificates[index] ?? null)]),
  ].join('\n');
}

function cells(row: ComparisonRow): (string | null)[] {
  const of = (name: 'accuracy' | 'sensitivity' | 'specificity' | 'ppv' | 'npv') =>
    row.counts && shareOf({ value: row[name], ...row.counts[name] });
  const { confusion } = row;
  const count = (name: 'tp' | 'fp' | 'tn' | 'fn') => confusion && String(confusion[name]);
  return [
    row.id,
    row.network,
    row.status,
    of('accuracy'),
    of('sensitivity'),
    of('specificity'),
    of('ppv'),
    of('npv'),
    share(row.f1),
    share(row.auc),
    count('tp'),
    count('fp'),
    count('tn'),
    count('fn'),
    row.modelBytes === null ? null : bytes(row.modelBytes),
    row.parameters === null ? null : grouped(row.parameters),
    row.millisecondsPerScan === null ? null : row.millisecondsPerScan.toFixed(1),
  ];
}

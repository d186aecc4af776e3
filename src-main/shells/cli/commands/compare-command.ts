import { runsOfFolds } from '../../../compare/fold-comparison.ts';
import { compareRuns, type Comparison, type ComparisonRow } from '../../../compare/compare-handlers.ts';
import { FalxError } from '../../../contract/errors.ts';
import {
  measureLabel,
  measuresShown,
  measureTable,
  type ResultMeasure,
  type ResultShare,
} from '../../../contract/measures.ts';
import { foldMeasureNames, type FoldSummary } from '../../../contract/views.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { Context } from '../main.ts';
import { resolveRun, resolveSet } from '../resolve.ts';
import { bytes, counted, grouped, share, shareOf, table } from '../text.ts';
import { certificateLines } from './certificate-text.ts';
import { pixelProgress, withRegistry } from './with-registry.ts';

export async function compare(context: Context, typed: readonly string[]): Promise<void> {
  const { output, home } = context;
  await withRegistry(context, async (registry) => {
    const comparison = await compareRuns({
      registry,
      home,
      runIds: typed.flatMap((text) => {
        const set = resolveSet(registry, text);
        return set === null ? [resolveRun(registry, text).id] : trainedOn(registry, set);
      }),
      onPixels: pixelProgress(output),
      onEvaluate: (run) => output.progress.show(`evaluating ${run.id} (${run.network})`),
    });
    for (const row of comparison.runs)
      if (row.images === null) output.note(`${row.id} has no model (${row.status}): it has no figures.`);
    output.answer(comparison, () => text(comparison));
  });
}

function trainedOn(registry: Registry, set: string): string[] {
  const runs = runsOfFolds(registry, set);
  if (runs.length > 0) return runs.map(({ id }) => id);
  throw new FalxError('foldsWithoutModel', { set });
}

function text({ runs: rows, splits, certificates, folds }: Comparison): string {
  const head = [
    'run',
    'network',
    'status',
    ...measuresShown('results').map((name) => measureLabel(name)),
    'tp',
    'fp',
    'tn',
    'fn',
    'size',
    'parameters',
    'ms a scan',
  ];
  if (folds) {
    const foldOf = (row: ComparisonRow) => {
      const run = folds.summaries.flatMap(({ runs }) => runs).find(({ runId }) => runId === row.id);
      return run ? String(run.fold + 1) : null;
    };
    return [
      ...folds.summaries.flatMap((summary) => summaryLines(summary, folds.of)),
      table(
        ['fold', ...head],
        rows.map((row) => [foldOf(row), ...cells(row)]),
      ),
      ...intervalLines(rows),
      `folds ${folds.set}`,
      ...certificateLines(certificates[0] ?? null),
    ].join('\n');
  }
  const images = rows.find((row) => row.images !== null)?.images ?? 0;
  return [
    counted(images, 'test image'),
    table(head, rows.map(cells)),
    ...intervalLines(rows),
    ...splits.flatMap((id, index) => [`split ${id}`, ...certificateLines(certificates[index] ?? null)]),
  ].join('\n');
}

const withInterval = measuresShown('results').filter((name) => measureTable[name].interval !== null);

function intervalLines(rows: readonly ComparisonRow[]): string[] {
  const judged = rows.filter(({ intervals }) => intervals !== null);
  if (judged.length === 0) return [];
  return [
    '95 % intervals',
    table(
      ['run', 'network', ...withInterval.map((name) => measureLabel(name))],
      judged.map((row) => [
        row.id,
        row.network,
        ...withInterval.map((name) => {
          const { low, high } = row.intervals![name];
          return low === null ? null : `${share(low)} to ${share(high)}`;
        }),
      ]),
    ),
  ];
}

function summaryLines(summary: FoldSummary, of: number): string[] {
  const { network, imageSize, runs, missing, images, groups, measures } = summary;
  const absent = missing.map((fold) => fold + 1).join(', ');
  return [
    `${network}, ${imageSize} px: ${runs.length} of ${of} folds` +
      `${missing.length > 0 ? ` (without ${absent}, so not every image is judged)` : ''}, ` +
      `${counted(images, 'image')} in ${counted(groups, 'group')}, each judged by the network that had not seen it`,
    table(
      ['measure', 'mean of folds ± SD', 'all answers', '95 % interval'],
      foldMeasureNames.map((name) => {
        const { mean, sd, pooled, low, high } = measures[name];
        return [
          measureLabel(name),
          mean === null ? null : `${share(mean)} ± ${share(sd)}`,
          pooled === null ? null : share(pooled),
          low === null ? null : `${share(low)} to ${share(high)}`,
        ];
      }),
    ),
    '',
  ];
}

function cells(row: ComparisonRow): (string | null)[] {
  const measure = (name: ResultMeasure) => {
    const counts = row.counts && name in row.counts ? row.counts[name as ResultShare] : undefined;
    return counts ? shareOf({ value: row[name], ...counts }) : share(row[name]);
  };
  const { confusion } = row;
  const count = (name: 'tp' | 'fp' | 'tn' | 'fn') => confusion && String(confusion[name]);
  return [
    row.id,
    row.network,
    row.status,
    ...measuresShown('results').map(measure),
    count('tp'),
    count('fp'),
    count('tn'),
    count('fn'),
    row.modelBytes === null ? null : bytes(row.modelBytes),
    row.parameters === null ? null : grouped(row.parameters),
    row.millisecondsPerScan === null ? null : row.millisecondsPerScan.toFixed(1),
  ];
}

import {
  compareRuns,
  type ComparedPair,
  type Comparison,
  type ComparisonRow,
} from '../../../compare/compare-handlers.ts';
import { FalxError } from '../../../contract/errors.ts';
import { message, type ParametersOf } from '../../../contract/messages/catalogue.ts';
import {
  measureLabel,
  measuresShown,
  measureTable,
  type ResultMeasure,
  type ResultShare,
} from '../../../contract/measures.ts';
import { evidenceMeasures } from '../../../contract/evidence.ts';
import { foldMeasureNames, type FoldSummary } from '../../../contract/views.ts';
import type { Context } from '../main.ts';
import type { Speech } from '../output.ts';
import { bytes, grouped, share, shareOf, table } from '../text.ts';
import { subgroupsOf } from '../../../compare/subgroups.ts';
import { isNotInferior } from '../../../statistics/evidence.ts';
import { thresholdLines } from './thresholds-text.ts';
import type { ThresholdRule } from '../../../contract/studies.ts';
import { foldDifferenceLines, learningCurveLines, seedLines } from './spread-text.ts';
import { subgroupLines } from './subgroups-text.ts';
import { certificateLines } from './certificate-text.ts';
import { intervalText } from './interval-text.ts';
import { runsNamed } from './runs-named.ts';
import { pixelProgress, withRegistry } from './with-registry.ts';

export type CompareOptions = {
  prevalence?: number;
  by?: string;
  csv?: string;
  threshold?: ThresholdRule;
  margin?: number;
  all?: boolean;
};

export async function compare(
  context: Context,
  typed: readonly string[],
  { prevalence, by, csv, threshold, margin, all = false }: CompareOptions,
): Promise<void> {
  const { output, home } = context;
  if (by === undefined && csv !== undefined) throw new FalxError('csvWithoutBy', { csv });
  await withRegistry(context, async (registry) => {
    const comparison = await compareRuns({
      registry,
      home,
      runIds: runsNamed(registry, typed),
      prevalence,
      rule: threshold,
      onPixels: pixelProgress(output),
      onEvaluate: (run) =>
        output.progress.show(output.say('progressEvaluating', { run: run.id, network: run.network })),
    });
    for (const row of comparison.runs)
      if (row.images === null) {
        const status = message('runStatus', { status: row.status });
        output.note(output.say('comparedNoModel', { run: row.id, status }));
      }
    const evaluated = comparison.runs.filter(({ images }) => images !== null);
    const subgroups =
      by === undefined || comparison.folds
        ? null
        : await subgroupsOf(
            registry,
            evaluated.map(({ id }) => registry.runs.get(id)),
            { by, ...(csv === undefined ? {} : { csv }) },
          );
    output.answer(
      {
        ...comparison,
        ...(margin === undefined ? {} : { nonInferiority: nonInferiorityOf(comparison, margin) }),
        ...(by === undefined ? {} : { subgroups }),
      },
      () =>
        [
          compareText(comparison, output, { rule: threshold, all }),
          ...(margin === undefined ? [] : nonInferiorityLines(comparison, margin, output)),
          ...(subgroups ? subgroupLines(subgroups, evaluated, output) : []),
        ].join('\n'),
    );
  });
}

type Shown = {
  /** Rule by which each run's threshold was chosen. */
  rule: ThresholdRule | undefined;
  /** Whether to list each pair. */
  all: boolean;
};

/** A comparison as text. */
function compareText(comparison: Comparison, speech: Speech, { rule, all }: Shown): string {
  const { runs: rows, splits, certificates, folds } = comparison;
  const { say, language } = speech;
  const titles = (...all: ParametersOf<'heading'>['of'][]) => all.map((of) => say('heading', { of }));
  const head = [
    ...titles('run', 'network', 'status'),
    ...measuresShown('results').map((name) => measureLabel(name, language)),
    'tp',
    'fp',
    'tn',
    'fn',
    ...titles('size', 'parameters', 'msPerScan'),
  ];
  if (folds) {
    const foldOf = (row: ComparisonRow) => {
      const run = folds.summaries.flatMap(({ runs }) => runs).find(({ runId }) => runId === row.id);
      return run ? String(run.fold + 1) : null;
    };
    return [
      ...folds.summaries.flatMap((summary) => summaryLines(summary, folds.of, speech)),
      ...foldDifferenceLines(folds, speech),
      table(
        [...titles('fold'), ...head],
        rows.map((row) => [foldOf(row), ...cells(row, say)]),
      ),
      ...intervalLines(rows, speech),
      say('comparedFolds', { set: folds.set }),
      ...certificateLines(certificates[0] ?? null, say),
    ].join('\n');
  }
  const images = rows.find((row) => row.images !== null)?.images ?? 0;
  return [
    say('comparedImages', { images }),
    table(
      head,
      rows.map((row) => cells(row, say)),
    ),
    ...intervalLines(rows, speech),
    ...(comparison.chosen && rule ? thresholdLines(rule, comparison.chosen, rows, speech) : []),
    ...evidenceLines(comparison, all, speech),
    ...comparison.seeds.flatMap((summary) => seedLines(summary, speech)),
    ...comparison.curves.flatMap((curve) => learningCurveLines(curve, speech)),
    ...splits.flatMap((id, index) => [
      say('comparedSplit', { id }),
      ...certificateLines(certificates[index] ?? null, say),
    ]),
  ].join('\n');
}

const withInterval = measuresShown('results').filter((name) => measureTable[name].interval !== null);

function intervalLines(rows: readonly ComparisonRow[], { say, language }: Speech): string[] {
  const evaluated = rows.filter(({ intervals }) => intervals !== null);
  if (evaluated.length === 0) return [];
  return [
    say('comparedIntervals', {}),
    table(
      [
        say('heading', { of: 'run' }),
        say('heading', { of: 'network' }),
        ...withInterval.map((name) => measureLabel(name, language)),
      ],
      evaluated.map((row) => [
        row.id,
        row.network,
        ...withInterval.map((name) => {
          const { low, high } = row.intervals![name];
          return low === null ? null : say('range', { low: share(low), high: share(high) });
        }),
      ]),
    ),
  ];
}

/** The measures a reviewer asks for, per scan and per image, and the conclusions from the paired figures. */
function evidenceLines(
  { runs, mean, pairs, contradictions }: Comparison,
  all: boolean,
  speech: Speech,
): string[] {
  const { say, language } = speech;
  const models = [
    ...runs.map(({ id, perScan, perImage }) => ({ id, perScan, perImage })),
    ...(mean ? [{ id: say('meanOfRuns', {}), ...mean }] : []),
  ].filter(({ perScan }) => perScan !== null);
  const [first] = models;
  if (!first) return [];
  const { units: scans, groups } = first.perScan!;
  const tableOf = (unit: 'perScan' | 'perImage') => {
    const at = first[unit]!.atPrevalence?.prevalence;
    return table(
      [say('heading', { of: 'measure' }), ...models.map(({ id }) => id)],
      [
        ...evidenceMeasures.map((name) => [
          measureLabel(name, language),
          ...models.map((model) => intervalText(model[unit]![name], speech)),
        ]),
        ...(at === undefined ? [] : (['ppv', 'npv'] as const)).map((name) => [
          say('comparedAtPrevalence', { measure: measureLabel(name, language), prevalence: String(at) }),
          ...models.map((model) => intervalText(model[unit]!.atPrevalence![name], speech)),
        ]),
      ],
    );
  };
  return [
    ...(contradictions && contradictions.groups > 0 ? [say('contradictionsFound', contradictions)] : []),
    say('comparedScans', { scans, groups }),
    tableOf('perScan'),
    say('comparedImagesEach', { images: first.perImage!.units }),
    tableOf('perImage'),
    ...verdictLines({ pairs, runs, scans, all }, speech),
  ];
}

/** Most inconclusive pairs that are listed one by one. */
const MOST_LISTED = 3;

/** Conclusive ones first. */
function verdictLines(
  { pairs, runs, scans, all }: Pick<Comparison, 'pairs' | 'runs'> & { scans: number; all: boolean },
  speech: Speech,
): string[] {
  const open = pairs.flatMap(({ verdict }) => (verdict.is === 'open' ? [verdict] : []));
  const told =
    all || open.length <= MOST_LISTED ? pairs : pairs.filter(({ verdict }) => verdict.is === 'better');
  const needed = open.map((verdict) => verdict.scans);
  const [least, most] = [Math.min(...needed), Math.max(...needed)];
  return [
    ...told
      .toSorted((a, b) => Number(a.verdict.is === 'open') - Number(b.verdict.is === 'open'))
      .map((pair) => verdictText(pair, runs, scans, speech)),
    ...(told.length === pairs.length
      ? []
      : [
          speech.say('verdictsOpen', {
            open: open.length,
            pairs: pairs.length,
            scans,
            points: pointsOf(open[0]!),
            ...{ least, most },
            one: least === most ? 'yes' : 'no',
          }),
        ]),
  ];
}

/** Percentage points. */
const pointsOf = ({ points }: { points: number }): string => String(Math.round(points * 1000) / 10);

function verdictText(
  { a, b, verdict }: ComparedPair,
  runs: readonly ComparisonRow[],
  scans: number,
  { say }: Speech,
): string {
  const named = (id: string) =>
    message('runAs', { run: id, network: runs.find((run) => run.id === id)!.network });
  if (verdict.is === 'open')
    return say('verdictOpen', {
      a: named(a),
      b: named(b),
      scans,
      points: pointsOf(verdict),
      needed: verdict.scans,
    });
  const { run: better, by } = verdict;
  const other = better === a ? b : a;
  return say('verdictBetter', {
    better: named(better),
    other: named(other),
    by,
    atLeast: share(verdict.atLeast),
    scans,
  });
}

/** For each pair of runs, in both directions, whether one is not inferior to the other by more than the margin. */
function nonInferiorityOf({ pairs }: Comparison, margin: number) {
  return pairs.flatMap(({ a, b, differences }) =>
    (['auc', 'accuracy'] as const).flatMap((measure) => {
      const { value, low, high } = differences[measure];
      const turned = (of: number | null) => (of === null ? null : -of);
      const back = { value: turned(value), low: turned(high), high: turned(low) };
      return [
        {
          run: a,
          other: b,
          measure,
          margin,
          ...{ value, low, high },
          notInferior: isNotInferior({ low }, margin),
        },
        { run: b, other: a, measure, margin, ...back, notInferior: isNotInferior(back, margin) },
      ];
    }),
  );
}

function nonInferiorityLines(comparison: Comparison, margin: number, speech: Speech): string[] {
  const found = nonInferiorityOf(comparison, margin);
  if (found.length === 0) return [speech.say('notInferiorNone', {})];
  return found.map(({ run, other, measure, notInferior, ...difference }) =>
    speech.say('notInferior', {
      run,
      other,
      is: notInferior ? 'yes' : 'no',
      measure: measureLabel(measure, speech.language),
      difference: intervalText(difference, speech) ?? '–',
      margin: String(margin),
    }),
  );
}

function summaryLines(summary: FoldSummary, of: number, { say, language }: Speech): string[] {
  const { network, imageSize, runs, missing, images, groups, measures } = summary;
  const absent = missing.map((fold) => fold + 1).join(', ');
  return [
    say('comparedSummary', {
      network,
      size: String(imageSize),
      runs: String(runs.length),
      of: String(of),
      absent: absent || 'none',
      images,
      groups,
    }),
    table(
      (['measure', 'foldMean', 'pooled', 'interval'] as const).map((name) => say('heading', { of: name })),
      foldMeasureNames.map((name) => {
        const { mean, sd, pooled, low, high } = measures[name];
        return [
          measureLabel(name, language),
          mean === null ? null : `${share(mean)} ± ${share(sd)}`,
          pooled === null ? null : share(pooled),
          low === null ? null : say('range', { low: share(low), high: share(high) }),
        ];
      }),
    ),
    '',
  ];
}

function cells(row: ComparisonRow, say: Speech['say']): (string | null)[] {
  const measure = (name: ResultMeasure) => {
    const counts = row.counts && name in row.counts ? row.counts[name as ResultShare] : undefined;
    return counts ? shareOf({ value: row[name], ...counts }) : share(row[name]);
  };
  const { confusion } = row;
  const count = (name: 'tp' | 'fp' | 'tn' | 'fn') => confusion && String(confusion[name]);
  return [
    row.id,
    row.network,
    say('runStatus', { status: row.status }),
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

import { networkNames } from '../../src-main/contract/networks.ts';
import { gigabytes } from './machine.ts';
import { markdownTable, median, ratioByRound, ratioText } from './summary.ts';
import { frameworks, titles } from './sides.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import type { Result, Work } from './child.ts';
import type { Framework, Kind } from './sides.ts';

/** One measurement of one side. */
export interface Entry {
  round: number;
  kind: Kind;
  framework: Framework;
  work: Work;
  result: Result | null;
  /** Why there is no result. */
  skipped: string | null;
}

/** One row of a table: all sides' results for the same task. */
interface Row {
  network: NetworkName;
  batch: number;
  entries: Entry[];
}

/** A goal of the project: Falx's figure relative to another side's. */
interface Goal {
  kind: Kind;
  figure: 'time' | 'memory';
  over: Framework;
  most: number;
  must: boolean;
}

const goals: readonly Goal[] = [
  { kind: 'train', figure: 'time', over: 'keras', most: 0.5, must: true },
  { kind: 'train', figure: 'time', over: 'torch', most: 1, must: true },
  { kind: 'train', figure: 'time', over: 'torch', most: 0.67, must: false },
  { kind: 'train', figure: 'memory', over: 'torch', most: 1.15, must: true },
  { kind: 'infer', figure: 'time', over: 'torch', most: 1, must: true },
  { kind: 'infer', figure: 'time', over: 'ort', most: 1, must: false },
];

/**
 * The tables and the goals, as Markdown.
 * @throws Error when sides report networks of different size, whose times can't be compared.
 */
export function summarise(entries: readonly Entry[]): string {
  const parts: string[] = [];
  for (const kind of ['train', 'infer'] as const) {
    const rows = rowsOf(entries, kind);
    if (rows.length === 0) continue;
    for (const row of rows) checkSameNetwork(row);
    const sides = frameworks.filter((f) =>
      rows.some((row) => row.entries.some((e) => e.framework === f && e.result)),
    );
    const unit = kind === 'train' ? 'seconds a step' : 'milliseconds a batch';
    const size = rows[0]?.entries[0]?.work.size;
    const title = kind === 'train' ? 'Training' : 'Inference';
    parts.push(
      `${title}, ${size}² × 3, ${unit} (median of the rounds' medians):`,
      timeTable(kind, rows, sides),
    );
    parts.push(
      `Peak memory of the process, ${title.toLowerCase()} (largest of the rounds):`,
      memoryTable(rows, sides),
    );
    parts.push(goalList(kind, rows));
  }
  parts.push(notes(entries));
  return parts.filter((part) => part !== '').join('\n\n');
}

function rowsOf(entries: readonly Entry[], kind: Kind): Row[] {
  const rows: Row[] = [];
  for (const network of networkNames) {
    const mine = entries.filter((e) => e.kind === kind && e.work.network === network);
    for (const batch of new Set(mine.map((e) => e.work.batch)))
      rows.push({ network, batch, entries: mine.filter((e) => e.work.batch === batch) });
  }
  return rows;
}

function checkSameNetwork({ network, entries }: Row): void {
  const counts = new Map<number, string>();
  for (const { framework, result } of entries)
    if (result !== null && result.parameters !== null) counts.set(result.parameters, titles[framework]);
  if (counts.size > 1) {
    const said = [...counts].map(([n, title]) => `${title} has ${n}`).join(', ');
    throw new Error(`expected the same number of parameters for ${network} on every side but ${said}`);
  }
}

function timeTable(kind: Kind, rows: readonly Row[], sides: readonly Framework[]): string {
  const text = (seconds: number): string =>
    kind === 'train' ? seconds.toFixed(2) : (seconds * 1000).toFixed(1);
  const others = sides.filter((side) => side !== 'falx');
  return markdownTable(
    [
      'network',
      'batch',
      ...sides.map((side) => titles[side]),
      ...others.map((side) => `Falx / ${titles[side]}`),
    ],
    rows.map((row) => [
      row.network,
      String(row.batch),
      ...sides.map((side) => middleOf(figures(row, side, 'time'), text)),
      ...others.map((side) => ratioText(ratio(row, 'time', side))),
    ]),
  );
}

function memoryTable(rows: readonly Row[], sides: readonly Framework[]): string {
  return markdownTable(
    ['network', 'batch', ...sides.map((side) => titles[side]), 'Falx / PyTorch'],
    rows.map((row) => [
      row.network,
      String(row.batch),
      ...sides.map((side) => {
        const peaks = [...figures(row, side, 'memory').values()];
        return peaks.length === 0 ? '–' : gigabytes(Math.max(...peaks));
      }),
      ratioText(ratio(row, 'memory', 'torch')),
    ]),
  );
}

function goalList(kind: Kind, rows: readonly Row[]): string {
  const lines: string[] = [];
  for (const goal of goals) {
    if (goal.kind !== kind) continue;
    const ratios = rows.map((row) => ({ row, ratio: ratio(row, goal.figure, goal.over)?.median }));
    if (ratios.every(({ ratio }) => ratio === undefined)) continue;
    const missed = ratios.filter(({ ratio }) => ratio === undefined || ratio > goal.most);
    const names = missed.map(
      ({ row, ratio }) => `${row.network}, batch ${row.batch} (${ratio?.toFixed(2) ?? 'not measured'})`,
    );
    const verdict = missed.length === 0 ? 'met' : `missed by ${names.join('; ')}`;
    const what = goal.figure === 'time' ? 'time' : 'peak memory';
    lines.push(
      `- ${goal.must ? 'To reach' : 'To aim for'}: ${what} ≤ ${goal.most} × ${titles[goal.over]}: ${verdict}.`,
    );
  }
  return lines.join('\n');
}

/** Versions, omissions, and each side's method where it had a choice. */
function notes(entries: readonly Entry[]): string {
  const places = new Map<string, Set<string>>();
  for (const { kind, framework, work, result, skipped } of entries) {
    const title = titles[framework];
    const note = (text: string, place?: string): void => {
      const found = places.get(text) ?? new Set();
      places.set(text, place === undefined ? found : found.add(place));
    };
    const place = `${work.network}, batch ${work.batch}`;
    if (skipped !== null) note(`${title}, ${kind}: left out, ${skipped}`, place);
    if (result === null) continue;
    const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`);
    note(`${title}: ${versions.join(', ')}, ${result.threads} threads`);
    if (framework === 'tfjs') note(`${title}, ${kind}: one round, counted steps: ${work.steps}`);
    if (result.note !== null) note(`${title}, ${kind}: ${result.note}`, place);
  }
  const lines = [...places].map(
    ([text, where]) => `- ${text}${where.size ? ` (${[...where].join('; ')})` : ''}.`,
  );
  return lines.sort().join('\n');
}

/** For each round: median seconds per step, or peak bytes. */
function figures({ entries }: Row, framework: Framework, figure: Goal['figure']): Map<number, number> {
  const values = new Map<number, number>();
  for (const { round, framework: side, result } of entries)
    if (side === framework && result !== null)
      values.set(round, figure === 'time' ? median(result.seconds) : result.peakBytes);
  return values;
}

const ratio = (row: Row, figure: Goal['figure'], over: Framework) =>
  ratioByRound(figures(row, 'falx', figure), figures(row, over, figure));

const middleOf = (values: ReadonlyMap<number, number>, text: (value: number) => string): string =>
  values.size === 0 ? '–' : text(median([...values.values()]));

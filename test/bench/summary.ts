/** The median; of an even number of values the mean of the middle two. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('expected at least one value for a median but received none');
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

export const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/**
 * a / b round by round, so that drift of the machine between rounds cancels.
 * @param a, b one value per round; rounds missing in either are skipped.
 * @returns null when they share no round.
 */
export function ratioByRound(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): Spread | null {
  const ratios = [...a].flatMap(([round, value]) => {
    const other = b.get(round);
    return other === undefined ? [] : [value / other];
  });
  return ratios.length === 0 ? null : spread(ratios);
}

/** "0.43 (0.41–0.44)"; one round has no range. */
export function ratioText(ratio: Spread | null): string {
  if (ratio === null) return '–';
  const middle = ratio.median.toFixed(2);
  return ratio.min === ratio.max ? middle : `${middle} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`;
}

/** The goal of a ratio. */
export type Goal = { atMost: number } | { atLeast: number };

/** "0.97 (0.88–1.01): met", decided by the median as written. */
export function goalText(ratio: Spread | null, goal: Goal): string {
  if (ratio === null) return '–';
  const middle = Number(ratio.median.toFixed(2));
  const met = 'atMost' in goal ? middle <= goal.atMost : middle >= goal.atLeast;
  return `${ratioText(ratio)}: ${met ? 'met' : 'missed'}`;
}

/** A Markdown table, its columns padded so that it is aligned in a terminal. The first two columns of a row may be text; all others are right-aligned. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns = 1,
): string {
  const widths = head.map((title, i) =>
    Math.max(3, title.length, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((w, i) => (i < textColumns ? (cells[i] ?? '').padEnd(w) : (cells[i] ?? '').padStart(w))).join(' | ')} |`;
  const rule = `| ${widths.map((w, i) => (i < textColumns ? '-'.repeat(w) : `${'-'.repeat(w - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

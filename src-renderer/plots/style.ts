import { networkTable, type Mark, type NetworkName } from '../../src-main/contract/networks.ts';
import { number } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';

/** How runs are distinguished in plots: by colour, by marker and, among runs of one network, by dash. */

export type PlottedRun = { runId: string; network: NetworkName; name: string };

export const colourOf = (network: NetworkName): string => `var(--net-${network})`;

/** The same shapes as NetworkDot's. */
export const symbolOf = (network: NetworkName): Mark => networkTable[network].mark;

const dashes = ['solid', 'dash', 'dashdot', 'longdash'] as const;

/** The dash of a run's line: solid for the first of its network, dashed for the next ones. */
export function dashOf(run: PlottedRun, runs: readonly PlottedRun[]): (typeof dashes)[number] {
  const place = runs
    .filter(({ network }) => network === run.network)
    .findIndex(({ runId }) => runId === run.runId);
  return dashes[place % dashes.length] ?? 'solid';
}

/** Layout shared by all figures: no title (the card has one), and the legend above. */
export const legendAbove = {
  showlegend: true,
  legend: { orientation: 'h', x: 0, y: 1.02, xanchor: 'left', yanchor: 'bottom' },
} as const;

export const axisTitle = (text: string) => ({ title: { text } });

/** A straight dotted reference line, from x 0 to 1. @param y at its two ends. */
export const reference = (name: string, y: [number, number]): Figure['data'][number] => ({
  type: 'scatter',
  mode: 'lines',
  x: [0, 1],
  y,
  name,
  line: { color: 'var(--border-strong)', width: 1, dash: 'dot' },
  hoverinfo: 'skip',
});

/** A marker on a run's curve at a threshold; both axes are fractions. */
export const markAt = (
  { network }: PlottedRun,
  threshold: number,
  at: { x: number | null; y: number | null; name: string; legendgroup?: string },
): Figure['data'][number] => ({
  ...at,
  type: 'scatter',
  mode: 'markers',
  x: [at.x],
  y: [at.y],
  showlegend: false,
  marker: {
    color: colourOf(network),
    symbol: symbolOf(network),
    size: 12,
    line: { color: 'var(--surface)', width: 2 },
  },
  hovertemplate: `%{y:.1%} / %{x:.1%}<extra>${number(threshold, 2)}</extra>`,
});

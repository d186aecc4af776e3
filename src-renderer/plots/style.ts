import { networkTable, type Mark, type NetworkName } from '../../src-main/contract/networks.ts';
import { number } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';

/** How runs are told apart in plots: by colour, by shape, and, among runs of one network, by line. */

export type PlottedRun = { runId: string; network: NetworkName; name: string };

export const colourOf = (network: NetworkName): string => `var(--net-${network})`;

/** The same shapes as NetworkDot's. */
export const symbolOf = (network: NetworkName): Mark => networkTable[network].mark;

const dashes = ['solid', 'dash', 'dashdot', 'longdash'] as const;

/** The line of a run: the first of its network solid, the next ones dashed. */
export function dashOf(run: PlottedRun, runs: readonly PlottedRun[]): (typeof dashes)[number] {
  const place = runs
    .filter(({ network }) => network === run.network)
    .findIndex(({ runId }) => runId === run.runId);
  return dashes[place % dashes.length] ?? 'solid';
}

/** Layout that all figures share: no title of its own (the card has it), and a legend above. */
export const legendAbove = {
  showlegend: true,
  legend: { orientation: 'h', x: 0, y: 1.02, xanchor: 'left', yanchor: 'bottom' },
} as const;

export const axisTitle = (text: string) => ({ title: { text } });

/** A straight dotted line across, from 0 to 1, that curves are held against. @param y at its two ends. */
export const reference = (name: string, y: [number, number]): Figure['data'][number] => ({
  type: 'scatter',
  mode: 'lines',
  x: [0, 1],
  y,
  name,
  line: { color: 'var(--border-strong)', width: 1, dash: 'dot' },
  hoverinfo: 'skip',
});

/** Where a run's curve is at a threshold; a share on each axis. */
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

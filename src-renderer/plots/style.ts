import { networkTable, type Mark, type NetworkName } from '../../src-main/contract/networks.ts';

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

import { reliabilityBins, type ReliabilityBin } from '../../src-main/statistics/reliability.ts';
import { number, percent, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { plain } from './colours.ts';
import type { RunPredictions } from './roc-curves.ts';
import { axisTitle, colourOf, dashOf, legendAbove, reference, symbolOf } from './style.ts';
import type { LabelledProbability } from './threshold-measures.ts';

const known = new WeakMap<readonly LabelledProbability[], ReliabilityBin[]>();

/** The non-empty bins of a run, in order: one point each. */
export function filledBins(images: readonly LabelledProbability[]): ReliabilityBin[] {
  const bins =
    known.get(images) ??
    reliabilityBins(
      images.map(({ label }) => label),
      images.map(({ probability }) => probability),
    ).filter(({ count }) => count > 0);
  known.set(images, bins);
  return bins;
}

/** Observed fraction of positives against mean probability, in ten bins of equal width; larger points hold more scans. */
export function reliabilityOfModels(runs: readonly RunPredictions[]): Figure {
  return {
    data: [
      reference(t('common.plot.perfect'), [0, 1]),
      ...runs.map((run): Figure['data'][number] => {
        const bins = filledBins(run.images);
        const most = Math.max(...bins.map(({ count }) => count), 1);
        return {
          type: 'scatter',
          mode: 'lines+markers',
          x: bins.map(({ predicted }) => predicted),
          y: bins.map(({ observed }) => observed),
          name: plain(run.name),
          line: { color: colourOf(run.network), width: 2, dash: dashOf(run, runs) },
          marker: {
            color: colourOf(run.network),
            symbol: symbolOf(run.network),
            size: bins.map(({ count }) => 7 + 11 * Math.sqrt(count / most)),
            line: { color: 'var(--surface)', width: 1 },
          },
          customdata: bins.map(({ count }) => number(count)),
          hovertemplate: `%{y:.1%} / %{x:.1%} (%{customdata})<extra>${plain(run.name)}</extra>`,
        };
      }),
    ],
    layout: {
      ...legendAbove,
      hovermode: 'closest',
      xaxis: { ...axisTitle(t('common.plot.meanProbability')), range: [-0.02, 1.02], tickformat: '.0%' },
      yaxis: { ...axisTitle(t('common.plot.observed')), range: [-0.02, 1.02], tickformat: '.0%' },
    },
    description: t('common.plot.reliability', { count: runs.length }),
    get table() {
      return {
        columns: [
          t('common.plot.run'),
          t('common.plot.meanProbability'),
          t('common.plot.observed'),
          t('common.plot.scans'),
        ],
        rows: runs.flatMap((run) =>
          filledBins(run.images).map(({ predicted, observed, count }) => [
            run.name,
            percent(predicted),
            percent(observed),
            count,
          ]),
        ),
      };
    },
  };
}

import type { DecisionPoint } from '../../src-main/contract/evidence.ts';
import { decisionCurve } from '../../src-main/statistics/net-benefit.ts';
import { thresholdSteps } from '../../src-main/statistics/roc.ts';
import { number, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { plain } from './colours.ts';
import type { RunPredictions } from './roc-curves.ts';
import { axisTitle, colourOf, dashOf, legendAbove } from './style.ts';
import { thresholdLine } from './threshold-curve.ts';
import type { LabelledProbability } from './threshold-measures.ts';

const thresholds = Array.from({ length: 99 }, (_, at) => (at + 1) / 100);
const known = new WeakMap<readonly LabelledProbability[], DecisionPoint[]>();

function curveOf(images: readonly LabelledProbability[]): DecisionPoint[] {
  const curve =
    known.get(images) ??
    decisionCurve(
      thresholdSteps(
        images.map(({ label }) => label),
        images.map(({ probability }) => probability),
      ) ?? [],
      thresholds,
    );
  known.set(images, curve);
  return curve;
}

/** Net benefit against the threshold, with treat-all and treat-none for reference. */
export function decisionCurves(runs: readonly RunPredictions[], threshold: number): Figure {
  const first = curveOf(runs[0]?.images ?? []);
  const top = Math.max(0.05, ...first.map(({ treatAll }) => treatAll));
  const plainLine = (name: string, y: number[], dash: 'dot' | 'dash'): Figure['data'][number] => ({
    type: 'scatter',
    mode: 'lines',
    x: thresholds,
    y,
    name,
    line: { color: 'var(--border-strong)', width: 1.5, dash },
    hoverinfo: 'skip',
  });
  return {
    data: [
      plainLine(
        t('common.plot.callAll'),
        first.map(({ treatAll }) => treatAll),
        'dash',
      ),
      plainLine(
        t('common.plot.callNone'),
        thresholds.map(() => 0),
        'dot',
      ),
      ...runs.map((run): Figure['data'][number] => ({
        type: 'scatter',
        mode: 'lines',
        x: thresholds,
        y: curveOf(run.images).map(({ netBenefit }) => netBenefit),
        name: plain(run.name),
        line: { color: colourOf(run.network), width: 2, dash: dashOf(run, runs) },
        hovertemplate: `%{y:.3f} / %{x:.2f}<extra>${plain(run.name)}</extra>`,
      })),
    ],
    layout: {
      ...legendAbove,
      hovermode: 'closest',
      xaxis: { ...axisTitle(t('common.plot.threshold')), range: [0, 1], tickformat: '.1f' },
      yaxis: { ...axisTitle(t('common.plot.netBenefit')), range: [-top / 4, top * 1.1] },
      shapes: [thresholdLine(threshold)],
    },
    description: t('common.plot.decision', { count: runs.length }),
    get table() {
      return {
        columns: [t('common.plot.threshold'), ...runs.map(({ name }) => name), t('common.plot.callAll')],
        rows: thresholds
          .map((at, place) => [
            number(at, 2),
            ...runs.map((run) => number(curveOf(run.images)[place]?.netBenefit, 3)),
            number(first[place]?.treatAll, 3),
          ])
          .filter((_, place) => place % 5 === 4),
      };
    },
  };
}

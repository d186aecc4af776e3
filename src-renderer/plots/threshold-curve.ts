import { measureLabel, number, percent, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { measuresAtThreshold, type LabelledProbability } from './threshold-measures.ts';
import { axisTitle, legendAbove } from './style.ts';

/** Steps of the threshold that are drawn: 0, 0.005 … 1. */
const steps = 200;

/** Sensitivity and specificity of one run against the threshold, with the current threshold marked. */
export function thresholdCurve(images: readonly LabelledProbability[], threshold: number): Figure {
  const x = Array.from({ length: steps + 1 }, (_, step) => step / steps);
  const measures = x.map((at) => measuresAtThreshold(images, at));
  const now = measuresAtThreshold(images, threshold);
  const sensitivity = measures.map((at) => at.sensitivity.value);
  const specificity = measures.map((at) => at.specificity.value);
  return {
    data: [
      {
        type: 'scatter',
        mode: 'lines',
        x,
        y: sensitivity,
        name: measureLabel('sensitivity'),
        line: { color: 'var(--positive)', width: 2, shape: 'hv' },
        hovertemplate: '%{y:.1%}',
      },
      {
        type: 'scatter',
        mode: 'lines',
        x,
        y: specificity,
        name: measureLabel('specificity'),
        line: { color: 'var(--negative)', width: 2, shape: 'hv', dash: 'dash' },
        hovertemplate: '%{y:.1%}',
      },
    ],
    layout: {
      ...legendAbove,
      hovermode: 'x unified',
      xaxis: { ...axisTitle(t('common.plot.threshold')), range: [0, 1], tickformat: '.1f' },
      yaxis: { range: [-0.01, 1.01], tickformat: '.0%' },
      shapes: [thresholdLine(threshold)],
    },
    description: t('common.plot.thresholdCurve', {
      threshold: number(threshold, 2),
      sensitivity: percent(now.sensitivity.value),
      specificity: percent(now.specificity.value),
    }),
    table: {
      columns: [t('common.plot.threshold'), measureLabel('sensitivity'), measureLabel('specificity')],
      // In steps of 0.05: a table of all 201 is too long to read.
      rows: x
        .filter((_, step) => step % 10 === 0)
        .map((at, row) => [
          number(at, 2),
          percent(sensitivity[row * 10] ?? null),
          percent(specificity[row * 10] ?? null),
        ]),
    },
  };
}

/** The vertical line at a threshold. */
export const thresholdLine = (threshold: number) =>
  ({
    type: 'line',
    xref: 'x',
    yref: 'paper',
    x0: threshold,
    x1: threshold,
    y0: 0,
    y1: 1,
    line: { color: 'var(--text)', width: 1.5 },
  }) as const;

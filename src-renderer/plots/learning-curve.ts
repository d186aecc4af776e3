import type { LearningCurve, LearningMeasure } from '../../src-main/contract/views.ts';
import { measureLabel, measureText, networkTitle, number, percent, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { axisTitle, colourOf, dashOf, legendAbove, symbolOf } from './style.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A measure against the number of training scans: one point per run with its 95% interval, and a line through the means of each fraction. */
export function learningCurves(curves: readonly LearningCurve[], measure: LearningMeasure): Figure {
  const runs = curves.map(({ network, imageSize }, at) => ({
    runId: String(at),
    network,
    name: t('studies.curve.of', { network: networkTitle(network), size: String(imageSize) }),
  }));
  const known = curves.map(({ points }) =>
    points.flatMap((point) => {
      const { value, low, high } = point.measures[measure];
      return value === null ? [] : [{ ...point, value, low: low ?? value, high: high ?? value }];
    }),
  );
  const lines: Figure['data'] = known.map((points, at) => {
    const byShare = [...Map.groupBy(points, ({ share }) => share).values()];
    return {
      type: 'scatter',
      mode: 'lines',
      x: byShare.map((alike) => mean(alike.map(({ groups }) => groups))),
      y: byShare.map((alike) => mean(alike.map(({ value }) => value))),
      name: runs[at]!.name,
      legendgroup: String(at),
      line: { color: colourOf(runs[at]!.network), width: 2, dash: dashOf(runs[at]!, runs) },
      hoverinfo: 'skip',
    };
  });
  const marks: Figure['data'] = known.map((points, at) => ({
    type: 'scatter',
    mode: 'markers',
    x: points.map(({ groups }) => groups),
    y: points.map(({ value }) => value),
    error_y: {
      type: 'data',
      symmetric: false,
      array: points.map(({ value, high }) => high - value),
      arrayminus: points.map(({ value, low }) => value - low),
      thickness: 1,
      width: 3,
      color: colourOf(runs[at]!.network),
    },
    marker: { color: colourOf(runs[at]!.network), symbol: symbolOf(runs[at]!.network), size: 9 },
    name: runs[at]!.name,
    legendgroup: String(at),
    showlegend: false,
    text: points.map(({ share, seed }) => t('studies.curve.point', { share: percent(share, 0), seed })),
    hovertemplate: '%{y:.3f}<br>%{text}<extra></extra>',
  }));
  return {
    data: [...lines, ...marks],
    layout: {
      ...legendAbove,
      hovermode: 'closest',
      xaxis: { ...axisTitle(t('studies.curve.scans')), rangemode: 'tozero' },
      yaxis: { ...axisTitle(measureLabel(measure)), range: [0, 1.02], tickformat: '.1f' },
    },
    description: known
      .map((points, at) =>
        t('studies.curve.describe', {
          of: runs[at]!.name,
          measure: measureLabel(measure),
          points: points
            .map(({ groups, value }) => `${number(groups)}: ${measureText(measure, value)}`)
            .join(', '),
        }),
      )
      .join(' '),
  };
}

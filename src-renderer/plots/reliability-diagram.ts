import type { CalibrationView } from '../../src-main/contract/studies.ts';
import { number, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { axisTitle, legendAbove } from './style.ts';

type Version = CalibrationView['versions'][number];

const looks = {
  none: { color: 'var(--text-muted)', symbol: 'circle' },
  temperature: { color: 'var(--positive)', symbol: 'diamond' },
  isotonic: { color: 'var(--negative)', symbol: 'square' },
} as const;

/** Observed fraction of positive scans against each bin's mean probability, with Wilson intervals; the diagonal is ideal. */
export function reliabilityDiagram(versions: readonly Version[]): Figure {
  return {
    description: versions
      .map(({ how, bins }) =>
        t('studies.calibration.describe', {
          how: t(`studies.calibration.how.${how}`),
          points: bins
            .map(({ predicted, observed }) => `${number(predicted, 2)} → ${number(observed, 2)}`)
            .join(', '),
        }),
      )
      .join(' '),
    data: [
      {
        type: 'scatter',
        mode: 'lines',
        x: [0, 1],
        y: [0, 1],
        name: t('studies.calibration.ideal'),
        line: { color: 'var(--text-muted)', width: 1, dash: 'dot' },
        hoverinfo: 'skip',
      },
      ...versions.map(({ how, bins }) => ({
        type: 'scatter' as const,
        mode: 'lines+markers' as const,
        x: bins.map(({ predicted }) => predicted),
        y: bins.map(({ observed }) => observed),
        error_y: {
          type: 'data' as const,
          symmetric: false,
          array: bins.map(({ observed, observedHigh }) => observedHigh - observed),
          arrayminus: bins.map(({ observed, observedLow }) => observed - observedLow),
          thickness: 1,
          color: looks[how].color,
        },
        text: bins.map(({ count }) => t('studies.calibration.count', { count })),
        name: t(`studies.calibration.how.${how}`),
        line: { color: looks[how].color, width: 2 },
        marker: { symbol: looks[how].symbol, size: 7 },
        hovertemplate: '%{x:.2f} → %{y:.2f}<br>%{text}',
      })),
    ],
    layout: {
      ...legendAbove,
      xaxis: { ...axisTitle(t('studies.calibration.predicted')), range: [-0.02, 1.02], tickformat: '.1f' },
      yaxis: { ...axisTitle(t('studies.calibration.observed')), range: [-0.02, 1.02], tickformat: '.1f' },
    },
  };
}

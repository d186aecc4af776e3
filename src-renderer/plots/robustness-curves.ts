import type { Alteration, Robustness } from '../../src-main/contract/studies.ts';
import { measureLabel, measureText, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { axisTitle, legendAbove } from './style.ts';

export type RobustnessMeasure = 'auc' | 'accuracy' | 'sensitivity' | 'specificity';

/** Distinct by dash and marker as well as by colour, for colour-blind readers. */
const looks = {
  motion: { dash: 'solid', symbol: 'circle', color: 'var(--positive)' },
  noise: { dash: 'dash', symbol: 'square', color: 'var(--positive)' },
  biasField: { dash: 'solid', symbol: 'diamond', color: 'var(--negative)' },
  blur: { dash: 'dash', symbol: 'triangle-up', color: 'var(--negative)' },
  resolution: { dash: 'solid', symbol: 'cross', color: 'var(--text-muted)' },
  intensity: { dash: 'dot', symbol: 'x', color: 'var(--text-muted)' },
} as const satisfies Record<Alteration, object>;

/** A measure of one run against the severity of each alteration; error bars are 95% intervals. */
export function robustnessCurves({ curves }: Robustness, measure: RobustnessMeasure): Figure {
  return {
    description: curves
      .map(({ by, points }) =>
        t('studies.robustness.describe', {
          by: t(`studies.robustness.by.${by}`),
          measure: measureLabel(measure),
          points: points.map((point) => measureText(measure, point[measure].value)).join(', '),
        }),
      )
      .join(' '),
    data: curves.map(({ by, points }) => ({
      type: 'scatter' as const,
      mode: 'lines+markers' as const,
      x: points.map(({ strength }) => strength),
      y: points.map((point) => point[measure].value),
      error_y: {
        type: 'data' as const,
        symmetric: false,
        array: points.map((point) => (point[measure].high ?? 0) - (point[measure].value ?? 0)),
        arrayminus: points.map((point) => (point[measure].value ?? 0) - (point[measure].low ?? 0)),
        thickness: 1,
        width: 2,
        color: looks[by].color,
      },
      name: t(`studies.robustness.by.${by}`),
      line: { color: looks[by].color, width: 2, dash: looks[by].dash },
      marker: { symbol: looks[by].symbol, size: 7 },
      hovertemplate: '%{y:.3f}',
    })),
    layout: {
      ...legendAbove,
      xaxis: { ...axisTitle(t('studies.robustness.strength')), dtick: 1, range: [-0.2, 5.2] },
      yaxis: { ...axisTitle(measureLabel(measure)), range: [0, 1.02], tickformat: '.1f' },
    },
  };
}

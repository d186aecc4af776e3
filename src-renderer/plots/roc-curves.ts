import { measureLabel, number, percent, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import type { RocPoint } from '../../src-main/statistics/roc.ts';
import { auc, measuresAtThreshold, rocPoints, type LabelledProbability } from './threshold-measures.ts';
import { plain } from './colours.ts';
import { axisTitle, colourOf, dashOf, legendAbove, markAt, reference, type PlottedRun } from './style.ts';

export type RunPredictions = PlottedRun & { images: readonly LabelledProbability[] };

/**
 * Superimposed ROC curves, with chance as the diagonal.
 * @param threshold marked on each curve; one for all runs, or one per run.
 */
export function rocCurves(
  runs: readonly RunPredictions[],
  threshold?: number | ((run: RunPredictions) => number),
): Figure {
  const drawn = runs.map((run) => ({ run, ...curveOf(run.images) }));
  const nameOf = ({ run, area }: (typeof drawn)[number]) =>
    t('common.plot.auc', { run: run.name, auc: number(area, 3) });
  const lines: Figure['data'] = drawn.map((one) => ({
    type: 'scatter',
    mode: 'lines',
    x: one.points.map(({ falsePositiveRate }) => falsePositiveRate),
    y: one.points.map(({ sensitivity }) => sensitivity),
    name: plain(nameOf(one)),
    legendgroup: one.run.runId,
    line: { color: colourOf(one.run.network), width: 2, dash: dashOf(one.run, runs) },
    hovertemplate: `%{y:.1%} / %{x:.1%}<extra>${plain(one.run.name)}</extra>`,
  }));
  const marks: Figure['data'] = drawn.flatMap(({ run, points }) => {
    if (threshold === undefined || points.length === 0) return [];
    const at = typeof threshold === 'number' ? threshold : threshold(run);
    const { sensitivity, specificity } = measuresAtThreshold(run.images, at);
    return markAt(run, at, {
      x: 1 - (specificity.value ?? 0),
      y: sensitivity.value,
      name: t('common.plot.atThreshold', { run: plain(run.name), threshold: number(at, 2) }),
      legendgroup: run.runId,
    });
  });
  return {
    data: [reference(t('common.plot.chance'), [0, 1]), ...lines, ...marks],
    layout: {
      ...legendAbove,
      hovermode: 'closest',
      xaxis: { ...axisTitle(t('common.plot.falsePositiveRate')), range: [-0.01, 1.01], tickformat: '.0%' },
      yaxis: { ...axisTitle(measureLabel('sensitivity')), range: [-0.01, 1.01], tickformat: '.0%' },
    },
    description: [
      t('common.plot.roc', { count: runs.length }),
      ...drawn.map((one) => `${nameOf(one)}.`),
    ].join(' '),
    // Computed only when read.
    get table() {
      return {
        columns: [
          t('common.plot.run'),
          t('common.plot.threshold'),
          measureLabel('sensitivity'),
          t('common.plot.falsePositiveRate'),
        ],
        rows: drawn.flatMap(({ run, points }) =>
          thinned(points, maxRows, 0.01).map((point) => [
            run.name,
            Number.isFinite(point.threshold) ? number(point.threshold, 4) : null,
            percent(point.sensitivity),
            percent(point.falsePositiveRate),
          ]),
        ),
      };
    },
  };
}

/** Points drawn at most; of more, only those distinguishable on a screen. */
const maxPoints = 500;
const maxRows = 200;

type Curve = { points: readonly RocPoint[]; area: number | null };
/** Cached: dragging the threshold draws the same curves again and again. */
const curves = new WeakMap<readonly LabelledProbability[], Curve>();

function curveOf(images: readonly LabelledProbability[]): Curve {
  let curve = curves.get(images);
  if (!curve) {
    curve = { points: thinned(rocPoints(images), maxPoints, 0.001), area: auc(images) };
    curves.set(images, curve);
  }
  return curve;
}

/** Of more than `max` points, those at least `minGap` (a fraction of the axis) from the previous one; first and last stay. */
function thinned(points: readonly RocPoint[], max: number, minGap: number): readonly RocPoint[] {
  if (points.length <= max) return points;
  let [last] = points;
  return points.filter((point, at) => {
    const far =
      point.sensitivity - last!.sensitivity >= minGap ||
      point.falsePositiveRate - last!.falsePositiveRate >= minGap;
    const kept = at === 0 || at === points.length - 1 || far;
    if (kept) last = point;
    return kept;
  });
}

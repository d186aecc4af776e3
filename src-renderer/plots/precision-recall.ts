import { precisionRecall } from '../../src-main/statistics/precision-recall.ts';
import { thresholdSteps } from '../../src-main/statistics/roc.ts';
import { measureLabel, number, percent, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { plain } from './colours.ts';
import type { RunPredictions } from './roc-curves.ts';
import { axisTitle, colourOf, dashOf, legendAbove, markAt, reference } from './style.ts';
import { measuresAtThreshold, type LabelledProbability } from './threshold-measures.ts';

type Points = ReturnType<typeof precisionRecall>;
/** Cached: dragging the threshold draws the same curves again and again. */
const curves = new WeakMap<readonly LabelledProbability[], Points>();

/** From the highest threshold down. */
export function precisionRecallPoints(images: readonly LabelledProbability[]): Points {
  const known =
    curves.get(images) ??
    precisionRecall(
      thresholdSteps(
        images.map(({ label }) => label),
        images.map(({ probability }) => probability),
      ) ?? [],
    );
  curves.set(images, known);
  return known;
}

/** PPV against sensitivity, marked at a threshold; the dotted line is what calling everything positive gives. */
export function precisionRecallCurves(runs: readonly RunPredictions[], threshold: number): Figure {
  const images = runs[0]?.images ?? [];
  const share = images.filter(({ label }) => label === 1).length / Math.max(1, images.length);
  const marks = runs.map((run) => {
    const { sensitivity, ppv } = measuresAtThreshold(run.images, threshold);
    return markAt(run, threshold, { x: sensitivity.value, y: ppv.value, name: plain(run.name) });
  });
  return {
    data: [
      reference(t('common.plot.shareOfPositives'), [share, share]),
      ...runs.map((run): Figure['data'][number] => ({
        type: 'scatter',
        mode: 'lines',
        x: precisionRecallPoints(run.images).map(({ sensitivity }) => sensitivity),
        y: precisionRecallPoints(run.images).map(({ ppv }) => ppv),
        name: plain(run.name),
        line: { color: colourOf(run.network), width: 2, dash: dashOf(run, runs) },
        hovertemplate: `%{y:.1%} / %{x:.1%}<extra>${plain(run.name)}</extra>`,
      })),
      ...marks,
    ],
    layout: {
      ...legendAbove,
      hovermode: 'closest',
      xaxis: { ...axisTitle(measureLabel('sensitivity')), range: [-0.01, 1.01], tickformat: '.0%' },
      yaxis: { ...axisTitle(measureLabel('ppv')), range: [-0.01, 1.01], tickformat: '.0%' },
    },
    description: t('common.plot.precisionRecall', { count: runs.length }),
    get table() {
      return {
        columns: [
          t('common.plot.run'),
          t('common.plot.threshold'),
          measureLabel('sensitivity'),
          measureLabel('ppv'),
        ],
        rows: runs.flatMap((run) =>
          precisionRecallPoints(run.images)
            .slice(0, 200)
            .map((point) => [
              run.name,
              number(point.threshold, 4),
              percent(point.sensitivity),
              percent(point.ppv),
            ]),
        ),
      };
    },
  };
}

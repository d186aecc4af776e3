import { number, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import type { LabelledProbability } from './threshold-measures.ts';
import { plain } from './colours.ts';
import { axisTitle, legendAbove } from './style.ts';
import { thresholdLine } from './threshold-curve.ts';

/** Number of bins of equal width. */
export const HISTOGRAM_BINS = 20;
const bins = HISTOGRAM_BINS;

/** Names of the two classes. */
export type ClassNames = { positive: string; negative: string };

/** How many scans of each class have which probability: the further apart the classes, the better. */
export function probabilityHistogram(
  images: readonly LabelledProbability[],
  threshold: number,
  classes: ClassNames,
): Figure {
  const counts = { 0: new Array<number>(bins).fill(0), 1: new Array<number>(bins).fill(0) };
  for (const { label, probability } of images) {
    const bin = Math.min(bins - 1, Math.floor(probability * bins));
    counts[label][bin] = (counts[label][bin] ?? 0) + 1;
  }
  const x = Array.from({ length: bins }, (_, bin) => (bin + 0.5) / bins);
  const range = (bin: number) => `${number(bin / bins, 2)}–${number((bin + 1) / bins, 2)}`;
  const bars = (label: 0 | 1, name: string, colour: string, pattern: '' | '/'): Figure['data'][number] => ({
    type: 'bar',
    x,
    y: counts[label],
    width: 1 / bins,
    name: plain(name),
    marker: {
      color: colour,
      line: { color: 'var(--surface)', width: 1 },
      // Over the bar's colour: by default the pattern would replace it.
      pattern: { shape: pattern, fillmode: 'overlay', fgcolor: 'var(--surface)', fgopacity: 0.6, size: 6 },
    },
    customdata: x.map((_, bin) => range(bin)),
    hovertemplate: '%{customdata}: %{y}',
  });
  return {
    data: [
      bars(0, classes.negative, 'var(--negative)', ''),
      bars(1, classes.positive, 'var(--positive)', '/'),
    ],
    layout: {
      ...legendAbove,
      barmode: 'stack',
      bargap: 0,
      hovermode: 'x unified',
      xaxis: {
        ...axisTitle(t('common.plot.probability', { positive: classes.positive })),
        range: [0, 1],
        tickformat: '.1f',
      },
      yaxis: { ...axisTitle(t('common.plot.scans')), rangemode: 'tozero' },
      shapes: [thresholdLine(threshold)],
    },
    description: t('common.plot.histogram', {
      threshold: number(threshold, 2),
      positive: classes.positive,
      negative: classes.negative,
      positiveAbove: images.filter(({ label, probability }) => label === 1 && probability >= threshold)
        .length,
      positives: images.filter(({ label }) => label === 1).length,
      negativeBelow: images.filter(({ label, probability }) => label === 0 && probability < threshold).length,
      negatives: images.filter(({ label }) => label === 0).length,
    }),
    table: {
      columns: [
        t('common.plot.probability', { positive: classes.positive }),
        classes.negative,
        classes.positive,
      ],
      rows: x.map((_, bin) => [range(bin), counts[0][bin] ?? 0, counts[1][bin] ?? 0]),
    },
  };
}

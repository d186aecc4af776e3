import type { DecisionPoint, MeasureWithInterval } from '../../contract/evidence.ts';
import type { Confusion } from '../../statistics/confusion.ts';
import { precisionRecall } from '../../statistics/precision-recall.ts';
import { reliabilityBins } from '../../statistics/reliability.ts';
import { rocPoints, thresholdSteps } from '../../statistics/roc.ts';
import { chart, chartOf, fifths, legendOf } from './chart.ts';
import { measureRows, type MeasureRow } from './measure-rows.ts';
import {
  beside,
  box,
  dot,
  drawing,
  drawn,
  fitting,
  ink,
  line,
  quiet,
  text,
  type Drawing,
  type Point,
} from './svg.ts';

/** The figures of a report: from answers and counts to SVG. */

/** A model as shown in figures. */
export type Drawn = { name: string; colour: string; dash?: string };
export type Answered = Drawn & {
  /** Of the positive class, for each scan. */
  probabilities: ArrayLike<number>;
  threshold: number;
};

type Labels = ArrayLike<number>;
type Words = (name: FigureWord) => string;
export type FigureWord =
  | 'sensitivity'
  | 'falsePositiveRate'
  | 'ppv'
  | 'chance'
  | 'prevalence'
  | 'predicted'
  | 'observed'
  | 'perfect'
  | 'thresholdProbability'
  | 'netBenefit'
  | 'treatAll'
  | 'treatNone'
  | 'probability'
  | 'scans'
  | 'calledPositive'
  | 'calledNegative';

const unit = (label: string) => ({ from: 0, to: 1, label, ticks: fifths });
const guide = { colour: quiet, dash: '4 4', width: 1 };

/** Each model's curve is marked at its threshold. */
export const rocFigure = (labels: Labels, models: readonly Answered[], words: Words): string =>
  chart({
    x: unit(words('falsePositiveRate')),
    y: unit(words('sensitivity')),
    guides: [
      {
        name: words('chance'),
        points: [
          [0, 0],
          [1, 1],
        ],
        ...guide,
      },
    ],
    series: models.map(({ probabilities, threshold, ...style }) => {
      const points = rocPoints(thresholdSteps(labels, probabilities) ?? []);
      const at = points.filter((point) => point.threshold >= threshold).at(-1);
      return {
        ...style,
        points: points.map(({ falsePositiveRate, sensitivity }): Point => [falsePositiveRate, sensitivity]),
        dots: at ? [[at.falsePositiveRate, at.sensitivity] as Point] : [],
      };
    }),
  });

export function precisionRecallFigure(labels: Labels, models: readonly Answered[], words: Words): string {
  const positives = Array.from(labels).filter((label) => label === 1).length;
  const share = positives / Math.max(1, labels.length);
  return chart({
    x: unit(words('sensitivity')),
    y: unit(words('ppv')),
    guides: [
      {
        name: words('prevalence'),
        points: [
          [0, share],
          [1, share],
        ],
        ...guide,
      },
    ],
    series: models.map(({ probabilities, threshold, ...style }) => {
      const points = precisionRecall(thresholdSteps(labels, probabilities) ?? []);
      const at = points.filter((point) => point.threshold >= threshold).at(-1);
      return {
        ...style,
        points: points.map(({ sensitivity, ppv }): Point => [sensitivity, ppv]),
        dots: at ? [[at.sensitivity, at.ppv] as Point] : [],
      };
    }),
  });
}

/** Ten bins of equal width: observed share of positives over the mean probability. Many models have a drawing each. */
export function reliabilityFigure(labels: Labels, models: readonly Answered[], words: Words): string {
  const axes = {
    x: unit(words('predicted')),
    y: unit(words('observed')),
    guides: [
      {
        name: words('perfect'),
        points: [
          [0, 0],
          [1, 1],
        ] as Point[],
        ...guide,
      },
    ],
  };
  const series = models.map(({ probabilities, threshold: _, ...style }) => {
    const points = reliabilityBins(labels, probabilities).flatMap(
      ({ count, predicted, observed }): Point[] => (count === 0 ? [] : [[predicted, observed]]),
    );
    return { ...style, points, dots: points };
  });
  if (series.length <= IN_A_COLUMN) return chart({ ...axes, series });
  const panels = beside(
    series.map((one) =>
      chartOf({ ...axes, title: one.name, width: 225, height: 220, legend: false, series: [one] }),
    ),
    3,
  );
  const legend = legendOf([{ name: words('perfect'), ...guide }], panels.width, panels.height + 8);
  return drawing(panels.width, panels.height + 8 + legend.height, [...panels.parts, ...legend.parts]);
}

export function decisionFigure(
  models: readonly (Drawn & { netBenefit: readonly DecisionPoint[] })[],
  prevalence: number,
  words: Words,
): string {
  const top = Math.max(0.1, Math.ceil(prevalence * 10) / 10);
  const first = models[0]?.netBenefit ?? [];
  const ticks = Array.from({ length: 6 }, (_, i) => (top * i) / 5);
  return chart({
    x: unit(words('thresholdProbability')),
    y: { from: -top / 5, to: top, label: words('netBenefit'), ticks: [-top / 5, ...ticks], digits: 2 },
    guides: [
      {
        name: words('treatAll'),
        points: first
          .filter(({ treatAll }) => treatAll >= -top / 5)
          .map(({ threshold, treatAll }): Point => [threshold, treatAll]),
        ...guide,
      },
      {
        name: words('treatNone'),
        points: [
          [0, 0],
          [1, 0],
        ],
        ...guide,
        dash: '1 3',
      },
    ],
    series: models.map(({ netBenefit, ...style }) => ({
      ...style,
      points: netBenefit.map(({ threshold, netBenefit: value }): Point => [threshold, value]),
    })),
  });
}

const BINS = 20;
/** Up to this many models are stacked in one column; more in two. */
const IN_A_COLUMN = 4;
/** Colours of the classes, as in the window. */
const [POSITIVE, NEGATIVE] = ['#b34700', '#3a6478'] as const;

/** Number of scans of each class by probability, for each model: positives up, negatives down. */
export function histogramFigure(
  labels: Labels,
  models: readonly Answered[],
  classes: { positive: string; negative: string },
  words: Words,
): string {
  const counted = models.map(({ probabilities }) => {
    const counts = { 0: new Array<number>(BINS).fill(0), 1: new Array<number>(BINS).fill(0) };
    for (let i = 0; i < labels.length; i += 1)
      counts[labels[i] === 1 ? 1 : 0][Math.min(BINS - 1, Math.floor(probabilities[i]! * BINS))]! += 1;
    return counts;
  });
  const most = Math.max(1, ...counted.flatMap((counts) => [...counts[0], ...counts[1]]));
  const columns = models.length > IN_A_COLUMN ? 2 : 1;
  const width = columns > 1 ? 330 : 460;
  const panels = beside(
    models.map((model, at) => histogramPanel(model, counted[at]!, most, width)),
    columns,
  );
  const middle = panels.width / 2;
  const legend = legendOf(
    [
      { name: classes.positive, colour: POSITIVE, width: 6 },
      { name: classes.negative, colour: NEGATIVE, width: 6 },
    ],
    panels.width,
    panels.height + 26,
  );
  return drawing(panels.width, panels.height + 26 + legend.height, [
    ...panels.parts,
    text([middle, panels.height + 14], words('probability'), { anchor: 'middle' }),
    text([12, panels.height / 2], words('scans'), { anchor: 'middle', upwards: true }),
    ...legend.parts,
  ]);
}

function histogramPanel(
  { name, threshold }: Answered,
  counts: Record<0 | 1, readonly number[]>,
  most: number,
  width: number,
): Drawing {
  const [left, right, half] = [58, width - 14, 42];
  const middle = 24 + half;
  const across = (value: number) => left + value * (right - left);
  const wide = (right - left) / BINS;
  const bars = ([1, 0] as const).flatMap((label) =>
    counts[label].flatMap((count, bin) => {
      const tall = (count / most) * half;
      const top = label === 1 ? middle - tall : middle;
      return count === 0
        ? []
        : [box([across(bin / BINS) + 0.5, top], wide - 1, tall, label === 1 ? POSITIVE : NEGATIVE)];
    }),
  );
  const upright = (x: number): Point[] => [
    [x, middle - half],
    [x, middle + half],
  ];
  return {
    width,
    height: middle + half + 18,
    parts: [
      text([left, 16], fitting(name, right - left), { bold: true }),
      ...bars,
      line(
        [
          [left, middle],
          [right, middle],
        ],
        { colour: quiet },
      ),
      line(upright(across(Math.min(1, threshold))), { dash: '3 3' }),
      text([left - 6, middle - half + 8], String(most), { anchor: 'end', colour: quiet, size: 10 }),
      text([left - 6, middle + half], String(most), { anchor: 'end', colour: quiet, size: 10 }),
      ...fifths.map((tick) =>
        text([across(tick), middle + half + 14], tick.toFixed(1), { anchor: 'middle', colour: quiet }),
      ),
    ],
  };
}

export type ForestRow = MeasureRow<Drawn & MeasureWithInterval>;

/** Each measure of each model with its interval, on one scale from 0 to 1. */
export function forestFigure(rows: readonly ForestRow[], written: (value: number) => string): string {
  const ends = rows.flatMap(({ of }) =>
    of.flatMap(({ value, low, high }) => [value, low, high].filter((one) => one !== null)),
  );
  return measureRows(
    rows,
    ends,
    { right: 340, height: 15 },
    ({ value, low, high, colour, dash }, { across, from, y, beside: at }) => {
      if (value === null) return [text([across(from) + 4, y + 4], '–', { colour: quiet })];
      return [
        ...(low === null || high === null
          ? []
          : [
              line(
                [
                  [across(Math.max(from, low)), y],
                  [across(high), y],
                ],
                { colour, width: 2, ...(dash && { dash }) },
              ),
            ]),
        dot([across(Math.max(from, value)), y], 3.4, colour),
        text(
          [at, y + 4],
          low === null || high === null
            ? written(value)
            : `${written(value)} (${written(low)}–${written(high)})`,
          { size: 9.5, colour: ink },
        ),
      ];
    },
  );
}

/** Counts of actual and predicted classes. */
export const confusionFigure = (
  models: readonly { name: string; confusion: Confusion }[],
  classes: { positive: string; negative: string },
  words: Words,
): string =>
  drawn(
    beside(
      models.map((model) => confusionPanel(model, classes, words)),
      models.length > 1 ? 2 : 1,
    ),
  );

function confusionPanel(
  { name, confusion: { tp, fp, tn, fn } }: { name: string; confusion: Confusion },
  classes: { positive: string; negative: string },
  words: Words,
): Drawing {
  const [cell, label, top] = [86, 110, 40];
  const most = Math.max(1, tp + fn, fp + tn);
  const square = (x: number, y: number, count: number, right: boolean) => [
    box([x, y], cell - 3, 43, right ? NEGATIVE : POSITIVE, { opacity: 0.1 + (0.5 * count) / most }),
    text([x + cell / 2, y + 27], String(count), { anchor: 'middle', bold: true, size: 14 }),
  ];
  const width = label + 20 + 2 * cell;
  return {
    width,
    height: top + 2 * 46 + 8,
    parts: [
      text([8, top - 22], fitting(name, width - 8), { bold: true }),
      text([label + 20 + cell / 2, top - 6], words('calledPositive'), { anchor: 'middle', size: 10 }),
      text([label + 20 + cell * 1.5, top - 6], words('calledNegative'), { anchor: 'middle', size: 10 }),
      text([label + 8, top + 26], fitting(classes.positive, label), { anchor: 'end' }),
      text([label + 8, top + 72], fitting(classes.negative, label), { anchor: 'end' }),
      ...square(label + 20, top, tp, true),
      ...square(label + 20 + cell, top, fn, false),
      ...square(label + 20, top + 46, fp, false),
      ...square(label + 20 + cell, top + 46, tn, true),
    ],
  };
}

import {
  alterations,
  type Alteration,
  type CalibrationView,
  type Robustness,
} from '../../contract/studies.ts';
import { chartOf, fifths, legendOf } from './chart.ts';
import type { Drawn, FigureWord } from './figures.ts';
import { measureRows, type MeasureRow } from './measure-rows.ts';
import { beside, dot, drawing, line, quiet, text, type Point } from './svg.ts';

/** The figures of studies beyond the test set. */

const strengths = [0, 1, 2, 3, 4, 5] as const;
type Words = (name: FigureWord | 'strength') => string;

/** A measure against the strength of each alteration: one panel per alteration, one curve per model. */
export function robustnessFigure(
  of: readonly { model: Drawn; robustness: Robustness }[],
  measure: 'auc' | 'accuracy',
  { words, label, alteration }: { words: Words; label: string; alteration: (by: Alteration) => string },
): string {
  const values = of.flatMap(({ robustness }) =>
    robustness.curves.flatMap(({ points }) => points.flatMap((point) => point[measure].value ?? [])),
  );
  const from = Math.min(0.8, Math.floor(Math.min(...values, 1) * 5) / 5);
  const panels = beside(
    alterations.map((by) =>
      chartOf({
        title: alteration(by),
        width: 300,
        height: 190,
        legend: false,
        x: { from: 0, to: 5, label: words('strength'), ticks: strengths, digits: 0 },
        y: { from, to: 1, label, ticks: fifths.filter((tick) => tick >= from - 1e-9) },
        series: of.map(({ model, robustness }) => {
          const points = robustness.curves
            .find((curve) => curve.by === by)!
            .points.flatMap((point): Point[] => {
              const { value } = point[measure];
              return value === null ? [] : [[point.strength, value]];
            });
          return { ...model, points, dots: points };
        }),
      }),
    ),
    2,
  );
  const legend = legendOf(
    of.map(({ model }) => model),
    panels.width,
    panels.height + 8,
  );
  return drawing(panels.width, panels.height + 8 + legend.height, [...panels.parts, ...legend.parts]);
}

export type LearningSeries = Drawn & {
  points: readonly {
    share: number;
    groups: number;
    value: number | null;
    low: number | null;
    high: number | null;
  }[];
};

/** A measure against the number of training scans: one point per run with its interval, a line through the means of each share. */
export function learningFigure(
  of: readonly LearningSeries[],
  { across, up }: { across: string; up: string },
): string {
  const all = of.flatMap(({ points }) => points);
  const from = Math.min(
    0.8,
    Math.floor(Math.min(1, ...all.flatMap(({ low, value }) => low ?? value ?? [])) * 5) / 5,
  );
  const most = Math.max(1, ...all.map(({ groups }) => groups));
  const step = niceStep(most / 5);
  const to = Math.ceil(most / step) * step;
  const panel = chartOf({
    legend: false,
    x: {
      from: 0,
      to,
      label: across,
      ticks: Array.from({ length: Math.round(to / step) + 1 }, (_, at) => at * step),
      digits: 0,
    },
    y: { from, to: 1, label: up, ticks: fifths.filter((tick) => tick >= from - 1e-9) },
    series: of.flatMap(({ points, ...model }) => {
      const known = points.flatMap((point) =>
        point.value === null ? [] : [{ ...point, value: point.value }],
      );
      const means = [...Map.groupBy(known, ({ share }) => share).values()].map((some): Point => [
        some.reduce((sum, { groups }) => sum + groups, 0) / some.length,
        some.reduce((sum, { value }) => sum + value, 0) / some.length,
      ]);
      return [
        ...known.flatMap(({ groups, low, high }) =>
          low === null || high === null
            ? []
            : [
                {
                  name: '',
                  colour: model.colour,
                  width: 1,
                  points: [[groups, low] as Point, [groups, high] as Point],
                },
              ],
        ),
        { ...model, points: means, dots: known.map(({ groups, value }): Point => [groups, value]) },
      ];
    }),
  });
  const legend = legendOf(of, panel.width, panel.height + 8);
  return drawing(panel.width, panel.height + 8 + legend.height, [...panel.parts, ...legend.parts]);
}

/** The smallest of 1, 2, 5, 10, 20 … that is not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= least)!;
}

const CALIBRATED = {
  none: { colour: '#1d2127' },
  temperature: { colour: '#2f6f9f', dash: '6 3' },
  isotonic: { colour: '#b3261e', dash: '2 3' },
} as const;

/** Reliability before and after the calibrations fitted on the validation set: one panel per model. */
export function calibrationFigure(
  of: readonly { name: string; view: CalibrationView }[],
  words: Words,
  how: (name: keyof typeof CALIBRATED) => string,
): string {
  const columns = of.length > 1 ? 2 : 1;
  const panels = beside(
    of.map(({ name, view }) =>
      chartOf({
        title: name,
        width: columns > 1 ? 300 : 460,
        height: columns > 1 ? 260 : 360,
        legend: false,
        x: { from: 0, to: 1, label: words('predicted'), ticks: fifths },
        y: { from: 0, to: 1, label: words('observed'), ticks: fifths },
        guides: [
          {
            name: '',
            points: [
              [0, 0],
              [1, 1],
            ],
            colour: quiet,
            dash: '4 4',
          },
        ],
        series: view.versions.map((version) => {
          const points = version.bins.map(({ predicted, observed }): Point => [predicted, observed]);
          return { name: how(version.how), ...CALIBRATED[version.how], points, dots: points };
        }),
      }),
    ),
    columns,
  );
  const shown = [...new Set(of.flatMap(({ view }) => view.versions.map((version) => version.how)))];
  const legend = legendOf(
    [
      ...shown.map((name) => ({ name: how(name), ...CALIBRATED[name] })),
      { name: words('perfect'), colour: quiet, dash: '4 4' },
    ],
    panels.width,
    panels.height + 8,
  );
  return drawing(panels.width, panels.height + 8 + legend.height, [...panels.parts, ...legend.parts]);
}

export type SpreadRow = MeasureRow<Drawn & { values: readonly (number | null)[]; mean: number | null }>;

/** Each repetition as a point, their mean as a vertical line: how much of a figure is chance. */
export function spreadFigure(rows: readonly SpreadRow[], written: (value: number) => string): string {
  const known = rows.flatMap(({ of }) => of.flatMap(({ values }) => values.filter((one) => one !== null)));
  return measureRows(
    rows,
    known,
    { right: 390, height: 17 },
    ({ values, mean, colour }, { across, y, beside: at }) => [
      ...values.flatMap((value) => (value === null ? [] : [dot([across(value), y], 3, colour)])),
      ...(mean === null
        ? [text([at, y + 4], '–', { colour: quiet })]
        : [
            line(
              [
                [across(mean), y - 6],
                [across(mean), y + 6],
              ],
              { colour, width: 2 },
            ),
            text([at, y + 4], written(mean), { size: 9.5 }),
          ]),
    ],
  );
}

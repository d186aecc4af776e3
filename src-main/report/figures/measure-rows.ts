import { legendOf } from './chart.ts';
import { drawing, faint, fitting, line, quiet, text, widthOf, type LineStyle } from './svg.ts';

/** Widest name of a row, and of a line, pixels. */
const LABEL = 150;
const NAME = 180;
/** Lines of a measure from which each has its name beside it: in a legend nobody would find it. */
const MANY = 11;
const TITLE = 16;
const SMALL = 9.5;
const WIDTH = 460;

/** One measure, and who has it. */
export type MeasureRow<One> = { measure: string; of: readonly One[] };

/** Where one of a row is drawn. */
export type RowPlace = {
  /** Of a value. */
  across: (value: number) => number;
  /** Least value that is shown. */
  from: number;
  /** Its middle. */
  y: number;
  /** Where what is written beside it begins. */
  beside: number;
};

/**
 * Measures below each other, a line for each model, on one scale that ends at 1; a legend below, or, where lines are many, their
 * names beside them.
 * @param known all values: the scale begins below the least. @param right where the scale ends, pixels. @param height of a line.
 */
export function measureRows<One extends LineStyle & { name: string }>(
  rows: readonly MeasureRow<One>[],
  known: readonly number[],
  { right, height }: { right: number; height: number },
  drawnAt: (one: One, place: RowPlace) => string[],
): string {
  const lines = rows[0]?.of ?? [];
  const isNamed = lines.length >= MANY;
  const from = Math.min(0.9, Math.floor(Math.min(...known, 1) * 10) / 10);
  const left = isNamed
    ? 20 + Math.min(NAME, Math.max(...lines.map(({ name }) => widthOf(name, SMALL))))
    : 20 + Math.min(LABEL, Math.max(60, ...rows.map(({ measure }) => widthOf(measure))));
  const across = (value: number) => left + ((value - from) / (1 - from)) * (right - left);
  const above = isNamed ? TITLE : 0;
  const tall = rows.reduce((sum, { of }) => sum + above + of.length * height + 12, 0) + 34;
  const ticks = Array.from({ length: Math.round((1 - from) * 10) + 1 }, (_, i) => from + i / 10);
  const legend = legendOf(isNamed ? [] : lines, WIDTH, tall);
  let top = 6;
  return drawing(WIDTH, tall + legend.height, [
    ...ticks.flatMap((tick) => [
      line(
        [
          [across(tick), 4],
          [across(tick), tall - 30],
        ],
        { colour: faint },
      ),
      text([across(tick), tall - 14], tick.toFixed(1), { anchor: 'middle', colour: quiet }),
    ]),
    ...rows.flatMap(({ measure, of }) => {
      const start = top + above;
      top = start + of.length * height + 12;
      const middle = (place: number) => start + place * height + Math.ceil(height / 2);
      return [
        isNamed
          ? text([8, start - 3], measure, { bold: true })
          : text([8, start + (of.length * height) / 2 + 6], fitting(measure, LABEL)),
        ...of.flatMap((one, place) => [
          ...(isNamed ? [text([8, middle(place) + 4], fitting(one.name, NAME, SMALL), { size: SMALL })] : []),
          ...drawnAt(one, { across, from, y: middle(place), beside: right + 10 }),
        ]),
      ];
    }),
    ...legend.parts,
  ]);
}

import { legendOf } from './chart.ts';
import { drawing, faint, fitting, line, quiet, text, widthOf, type LineStyle } from './svg.ts';

/** Width of a row's label, and of a line's, pixels. */
const LABEL = 150;
const NAME = 180;
/** Number of lines per measure from which each is labelled directly: a legend would be too long. */
const MANY = 11;
const TITLE = 16;
const SMALL = 9.5;
const WIDTH = 460;

/** One measure, and the entries that have it. */
export type MeasureRow<One> = { measure: string; of: readonly One[] };

/** Position of an entry of a row. */
export type RowPlace = {
  /** x of a value. */
  across: (value: number) => number;
  /** Smallest value shown. */
  from: number;
  /** y of its centre. */
  y: number;
  /** x where text beside it begins. */
  beside: number;
};

/**
 * Measures below each other, one line per model, on one scale that ends at 1; with a legend below or, if there are many lines,
 * labels beside them.
 * @param known all values: the scale begins below the smallest. @param right end of the scale, pixels. @param height of a line.
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

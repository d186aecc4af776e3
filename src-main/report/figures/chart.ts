import {
  box,
  drawn,
  faint,
  fitting,
  ink,
  line,
  quiet,
  text,
  widthOf,
  type Drawing,
  type LineStyle,
  type Point,
} from './svg.ts';

/** A figure of curves over two axes, with a legend below. */

export type Axis = { from: number; to: number; label: string; ticks: readonly number[]; digits?: number };
export type Series = LineStyle & {
  name: string;
  points: readonly Point[];
  /** Marks the curve's own points. */
  dots?: readonly Point[];
};

const WIDTH = 460;
const HEIGHT = 360;
const LEFT = 58;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 46;
const ROW = 17;

export type Chart = {
  /** Above it. */
  title?: string;
  x: Axis;
  y: Axis;
  series: readonly Series[];
  /** Reference lines, such as chance. */
  guides?: readonly Series[];
  width?: number;
  height?: number;
  /** Left out if several charts share one. */
  legend?: boolean;
};

export const chart = (of: Chart): string => drawn(chartOf(of));

export function chartOf({
  title,
  x,
  y,
  series,
  guides = [],
  width = WIDTH,
  height = HEIGHT,
  legend: shown = true,
}: Chart): Drawing {
  const top = title === undefined ? TOP : TOP + ROW;
  const [right, bottom] = [width - RIGHT, height - BOTTOM];
  const across = (value: number) => LEFT + ((value - x.from) / (x.to - x.from)) * (right - LEFT);
  const up = (value: number) => bottom - ((value - y.from) / (y.to - y.from)) * (bottom - top);
  const within = ([a, b]: Point): Point => [across(a), Math.min(bottom, Math.max(top, up(b)))];
  const written = (value: number, digits = 1) => value.toFixed(digits).replace('-', '−');
  const legend = shown
    ? legendOf([...series, ...guides.filter(({ name }) => name !== '')], width, height)
    : { height: 0, parts: [] };
  const parts = [
    ...(title === undefined ? [] : [text([LEFT, 14], fitting(title, width - LEFT), { bold: true })]),
    ...x.ticks.flatMap((tick) => [
      line(
        [
          [across(tick), top],
          [across(tick), bottom],
        ],
        { colour: faint },
      ),
      text([across(tick), bottom + 16], written(tick, x.digits), { anchor: 'middle', colour: quiet }),
    ]),
    ...y.ticks.flatMap((tick) => [
      line(
        [
          [LEFT, up(tick)],
          [right, up(tick)],
        ],
        { colour: faint },
      ),
      text([LEFT - 6, up(tick) + 4], written(tick, y.digits), { anchor: 'end', colour: quiet }),
    ]),
    ...guides.map((one) => line(one.points.map(within), one)),
    ...series.flatMap(({ points, dots = [], ...style }) => [
      ...(points.length > 1 ? [line(points.map(within), { width: 1.8, ...style })] : []),
      ...dots.map((at) => {
        const [cx, cy] = within(at);
        return box([cx - 3, cy - 3], 6, 6, style.colour ?? ink);
      }),
    ]),
    text([(LEFT + right) / 2, bottom + 36], x.label, { anchor: 'middle' }),
    text([16, (top + bottom) / 2], y.label, { anchor: 'middle', upwards: true }),
    ...legend.parts,
  ];
  return { width, height: height + legend.height, parts };
}

/** Names beside short lines, as many per row as fit. */
export function legendOf(
  series: readonly (LineStyle & { name: string })[],
  width: number,
  top: number,
): { height: number; parts: string[] } {
  let [at, row] = [LEFT, 0];
  const parts: string[] = [];
  for (const { name: whole, ...style } of series) {
    const name = fitting(whole, width - LEFT - 44);
    const needed = 44 + widthOf(name);
    if (at > LEFT && at + needed > width) [at, row] = [LEFT, row + 1];
    const middle = top + ROW * row + 6;
    parts.push(
      line(
        [
          [at, middle],
          [at + 22, middle],
        ],
        { width: 2.2, ...style },
      ),
      text([at + 28, middle + 4], name),
    );
    at += needed;
  }
  return { height: series.length === 0 ? 0 : ROW * (row + 1) + 6, parts };
}

/** 0, 0.2 … 1. */
export const fifths = [0, 0.2, 0.4, 0.6, 0.8, 1] as const;

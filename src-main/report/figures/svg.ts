import { isWide } from '../../contract/messages/columns.ts';
import { escaped } from '../escape.ts';

/** SVG elements, written by hand: figures are vectors, and need no drawing program. Units: CSS pixels, 96 per inch. */

/** The first is embedded in PDFs; a browser uses one it has. */
const FONTS = 'Pretendard, system-ui, sans-serif';
export const ink = '#1d2127';
export const faint = '#d5d9de';
export const quiet = '#5b6470';

export type Point = readonly [x: number, y: number];

const px = (value: number): string => String(Math.round(value * 100) / 100);

export type TextStyle = {
  size?: number;
  anchor?: 'start' | 'middle' | 'end';
  bold?: boolean;
  colour?: string;
  /** Rotated by a quarter turn to the left. */
  upwards?: boolean;
};

export const text = (
  [x, y]: Point,
  words: string,
  { size = 11, anchor = 'start', bold = false, colour = ink, upwards = false }: TextStyle = {},
): string =>
  `<text x="${px(x)}" y="${px(y)}" font-family="${FONTS}" font-size="${size}" font-weight="${bold ? 700 : 400}"` +
  ` text-anchor="${anchor}" fill="${colour}"${upwards ? ` transform="rotate(-90 ${px(x)} ${px(y)})"` : ''}>${escaped(words)}</text>`;

export type LineStyle = { colour?: string; width?: number; dash?: string };

const stroke = ({ colour = ink, width = 1, dash }: LineStyle): string =>
  `stroke="${colour}" stroke-width="${width}"${dash ? ` stroke-dasharray="${dash}"` : ''} fill="none"`;

export const line = (points: readonly Point[], style: LineStyle = {}): string =>
  `<path d="M${points.map(([x, y]) => `${px(x)} ${px(y)}`).join('L')}" ${stroke(style)} stroke-linejoin="round"/>`;

export const box = (
  [x, y]: Point,
  width: number,
  height: number,
  fill: string,
  style?: LineStyle & { opacity?: number },
): string =>
  `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" fill="${fill}"` +
  `${style?.opacity === undefined ? '' : ` fill-opacity="${style.opacity}"`}` +
  `${style?.colour ? ` stroke="${style.colour}" stroke-width="${style.width ?? 1}"` : ''}/>`;

export const dot = ([x, y]: Point, radius: number, fill: string): string =>
  `<circle cx="${px(x)}" cy="${px(y)}" r="${radius}" fill="${fill}"/>`;

export const drawing = (width: number, height: number, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${px(width)}" height="${px(height)}" viewBox="0 0 ${px(width)} ${px(height)}">` +
  `${box([0, 0], width, height, '#ffffff')}${parts.join('')}</svg>`;

/** A part of a drawing, to be placed beside others. */
export type Drawing = { width: number; height: number; parts: readonly string[] };

export const drawn = ({ width, height, parts }: Drawing): string => drawing(width, height, parts);

/** Several drawings side by side, row by row. */
export function beside(drawings: readonly Drawing[], columns: number, gap = 14): Drawing {
  const rows = Array.from({ length: Math.ceil(drawings.length / columns) }, (_, row) =>
    drawings.slice(row * columns, (row + 1) * columns),
  );
  const wide = Math.max(0, ...drawings.map(({ width }) => width));
  let top = 0;
  const parts = rows.flatMap((row) => {
    const placed = row.map(
      ({ parts: its }, at) =>
        `<g transform="translate(${px(at * (wide + gap))} ${px(top)})">${its.join('')}</g>`,
    );
    top += Math.max(...row.map(({ height }) => height)) + gap;
    return placed;
  });
  const across = Math.min(columns, drawings.length);
  return { width: across * wide + (across - 1) * gap, height: Math.max(0, top - gap), parts };
}

/** Text truncated to a width, pixels. */
export function fitting(words: string, width: number, size = 11): string {
  if (widthOf(words, size) <= width) return words;
  const letters = [...words];
  let fits = letters.length;
  while (fits > 1 && widthOf(`${letters.slice(0, fits).join('')}…`, size) > width) fits -= 1;
  return `${letters.slice(0, fits).join('')}…`;
}

/** Approximate width of text, pixels: Hangul is as wide as high, Latin about half. */
export const widthOf = (words: string, size = 11): number =>
  [...words].reduce((sum, letter) => sum + (isWide(letter) ? 0.95 : 0.56), 0) * size;

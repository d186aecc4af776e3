import type { Mark } from '../../src-main/contract/networks.ts';

/** SVG paths of the markers in a 12 × 12 box, of equal visual size; plotly draws the same shapes. */
export const outlines: Readonly<Record<Mark, string>> = {
  circle: 'M1 6a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z',
  square: 'M1.5 1.5h9v9h-9Z',
  diamond: 'M6 0.5 11.5 6 6 11.5 0.5 6Z',
  'triangle-up': 'M6 0.7 11.7 10.6H0.3Z',
  cross: 'M4 0.7h4V4h3.3v4H8v3.3H4V8H0.7V4H4Z',
  hexagon: 'M6 0.4 10.9 3.2V8.8L6 11.6 1.1 8.8V3.2Z',
};

import type { Cell } from '../../src-main/contract/csv.ts';

/** One of everything a cell can hold, including what spreadsheets would execute. */
export const head = ['file', 'probability', 'positive', ...Array.from({ length: 25 }, (_, at) => `c${at}`)];
export const rows: readonly (readonly Cell[])[] = [
  ['=HYPERLINK("http://x")', 0.25, true, null, 'a & b < c > "d"', ' spaces kept ', 'two\nlines', '종양 🧠'],
  ['+1', -1e-9, false, undefined, '@SUM(1)', '-2+3', '\t=1', ''],
];

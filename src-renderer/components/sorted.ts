import type { Sort } from './types.ts';

type SortValue = string | number | null | undefined;

/** Rows sorted by a value; missing values come last in either direction, and the sort is stable. */
export function sorted<Row>(
  rows: readonly Row[],
  valueOf: (row: Row) => SortValue,
  { descending }: Pick<Sort, 'descending'>,
  locale: string,
): Row[] {
  const { compare } = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
  const missing = (value: SortValue) => value == null || Number.isNaN(value);
  return [...rows].sort((a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)];
    if (missing(x) || missing(y)) return Number(missing(x)) - Number(missing(y));
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : compare(String(x), String(y));
    return descending ? -order : order;
  });
}

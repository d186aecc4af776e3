import type { Figure } from './types.ts';

type Trace = { name?: unknown; x?: unknown; y?: unknown };

/** A figure's data as a table: its own, else the points of its traces. */
export function tableOf(figure: Figure): NonNullable<Figure['table']> {
  if (figure.table) return figure.table;
  const rows = (figure.data as Trace[]).flatMap(({ name, x, y }) => {
    if (!Array.isArray(x) || !Array.isArray(y)) return [];
    return x.map((value: unknown, at) => [cellOf(name), cellOf(value), cellOf(y[at])]);
  });
  return { columns: ['', 'x', 'y'], rows };
}

const cellOf = (value: unknown): string | number | null =>
  typeof value === 'string' || typeof value === 'number' ? value : null;

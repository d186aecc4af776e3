import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { readTable, type LabelTable } from './table.ts';

/** A table in a folder that could belong to it. */
export interface FoundTable extends Pick<LabelTable, 'columns'> {
  /** Absolute. */
  file: string;
  rows: number;
}

/** The folder's labels.csv, or the only CSV directly in it; null if none can be used. */
export async function findTable(folder: string): Promise<FoundTable | null> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[^.].*\.csv$/i.test(name));
  const name =
    names.find((one) => one.toLowerCase() === 'labels.csv') ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) return null;
  const file = path.join(folder, name);
  if (!(await stat(file).catch(() => null))?.isFile()) return null;
  const table = await readTable(file, {}).catch(() => null); // some other table, not one of labels
  return table && { file, columns: table.columns, rows: table.rows.length };
}

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { readTable, type LabelTable } from './table.ts';

/** A table that lies in a folder and could belong to it. */
export interface FoundTable extends Pick<LabelTable, 'columns'> {
  /** Absolute. */
  file: string;
  rows: number;
}

/** The folder's labels.csv, or the only CSV that lies right in it; null when there is none that can be used. */
export async function findTable(folder: string): Promise<FoundTable | null> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[^.].*\.csv$/i.test(name));
  const name =
    names.find((one) => one.toLowerCase() === 'labels.csv') ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) return null;
  const file = path.join(folder, name);
  if (!(await stat(file).catch(() => null))?.isFile()) return null;
  const table = await readTable(file, {}).catch(() => null); // some other table, which need not be one of labels
  return table && { file, columns: table.columns, rows: table.rows.length };
}

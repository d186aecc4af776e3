import path from 'node:path';
import { FalxError } from '../../contract/errors.ts';
import type { LabelRow, LabelTable } from './table.ts';

/** What a table says of a file. */
export interface Said {
  label: string | null;
  /** As the table has it: personal, so never kept. */
  patient: string | null;
}

export interface Matched {
  byFile: Map<string, Said>;
  warnings: string[];
}

/**
 * Finds each row's file. A row may give a path from the folder or from the table's own place, the end of one that
 * fits a single file, or a folder, for all files in it of which no row says more.
 * @param files relative to the folder, with `/`. @param place of the table, relative to the folder.
 * @throws FalxError `bad-dataset` rows that contradict each other.
 */
export function matchRows(
  table: string,
  { rows, nameless }: Pick<LabelTable, 'rows' | 'nameless'>,
  files: readonly string[],
  place: string,
): Matched {
  const index = new Index(files, place);
  const byPath = new Map<string, LabelRow>();
  const unknown: LabelRow[] = [];
  const ambiguous: LabelRow[] = [];
  let twice = 0;
  for (const row of rows) {
    const found = index.find(row.file);
    if (found === null) unknown.push(row);
    else if (found === 'several') ambiguous.push(row);
    else {
      const other = byPath.get(found);
      if (!other) byPath.set(found, row);
      else if (sameLabel(other.label, row.label) && other.patient === row.patient) twice += 1;
      else throw contradiction(table, other, row);
    }
  }
  const byFile = new Map<string, Said>();
  for (const file of files) {
    const row = rowFor(file, byPath);
    if (row) byFile.set(file, row);
  }
  const some = (list: LabelRow[]) => `such as "${list[0]?.file}" in line ${list[0]?.line}`;
  const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
  return {
    byFile,
    warnings: [
      ...(unknown.length > 0
        ? [
            `${counted(unknown.length, 'row')} of "${table}" ${unknown.length === 1 ? 'names a file that is' : 'name files that are'} not there (${some(unknown)}).`,
          ]
        : []),
      ...(ambiguous.length > 0
        ? [
            `${counted(ambiguous.length, 'row')} of "${table}" ${ambiguous.length === 1 ? 'fits' : 'fit'} several files, so none was taken (${some(ambiguous)}): give the path from the folder.`,
          ]
        : []),
      ...(nameless > 0
        ? [`${counted(nameless, 'row')} of "${table}" ${nameless === 1 ? 'names' : 'name'} no file.`]
        : []),
      ...(twice > 0
        ? [`${counted(twice, 'row')} of "${table}" ${twice === 1 ? 'repeats' : 'repeat'} an earlier one.`]
        : []),
    ],
  };
}

export const sameLabel = (a: string | null, b: string | null): boolean =>
  a?.toLowerCase() === b?.toLowerCase();

/** The file's own row, or that of the nearest folder it lies in. */
function rowFor(file: string, byPath: ReadonlyMap<string, LabelRow>): LabelRow | undefined {
  for (let at = keyOf(file); at !== '.' && at !== ''; at = path.posix.dirname(at)) {
    const row = byPath.get(at);
    if (row) return row;
  }
  return undefined;
}

class Index {
  readonly #files: Set<string>;
  readonly #folders = new Set<string>();
  /** Name → the files that have it. */
  readonly #byName = new Map<string, string[]>();
  readonly #place: string;

  constructor(files: readonly string[], place: string) {
    const keys = files.map(keyOf);
    this.#files = new Set(keys);
    this.#place = keyOf(place);
    for (const key of keys) {
      for (
        let at = path.posix.dirname(key);
        at !== '.' && !this.#folders.has(at);
        at = path.posix.dirname(at)
      )
        this.#folders.add(at);
      const name = path.posix.basename(key);
      const same = this.#byName.get(name);
      if (same) same.push(key);
      else this.#byName.set(name, [key]);
    }
  }

  /** The key of a file or folder; null when it is nowhere. */
  find(written: string): string | 'several' | null {
    const key = keyOf(written.replaceAll('\\', '/'));
    for (const at of [key, path.posix.join(this.#place, key)])
      if (this.#files.has(at) || this.#folders.has(at)) return at;
    const ends = (this.#byName.get(path.posix.basename(key)) ?? []).filter((file) =>
      file.endsWith(`/${key}`),
    );
    return ends.length > 1 ? 'several' : (ends[0] ?? null);
  }
}

/** Names are compared as Unicode composes them: macOS and others write accents and Hangul in different ways. */
const keyOf = (file: string): string => path.posix.normalize(file.normalize('NFC')).replace(/\/$/, '');

function contradiction(table: string, one: LabelRow, other: LabelRow): FalxError {
  // Patients are not named: what is said here may be shown to anyone.
  const what = sameLabel(one.label, other.label)
    ? 'two patients'
    : `two labels, "${one.label ?? ''}" and "${other.label ?? ''}"`;
  return new FalxError(
    'bad-dataset',
    `The table "${table}" gives "${other.file}" ${what}, in lines ${one.line} and ${other.line}. Correct one of them.`,
    { why: 'labelsContradict', file: other.file, table, first: one.line, second: other.line },
  );
}

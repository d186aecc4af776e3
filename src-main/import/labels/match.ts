import { FalxError } from '../../contract/errors.ts';
import { message } from '../../contract/messages/catalogue.ts';
import type { StoredMessage } from '../../contract/messages/say.ts';
import { foldersOf, keyOf, Places, type RemoteRoot } from './labelled-places.ts';
import type { LabelRow, LabelTable } from './table.ts';

/** A table's data on a file. */
export interface TableEntry {
  label: string | null;
  /** As in the table: personal data, so never stored. */
  patient: string | null;
}

export interface Matched {
  byFile: Map<string, TableEntry>;
  warnings: StoredMessage[];
}

/**
 * Finds each row's file, as `Places` does. A row may name a folder, and applies to all files in it without a more specific row.
 * @param files relative to the folder, with `/`. @param place of the table, relative to the folder. @param folder absolute.
 * @throws FalxError `bad-dataset` rows that contradict each other.
 */
export function matchRows(
  table: string,
  { rows, nameless }: Pick<LabelTable, 'rows' | 'nameless'>,
  files: readonly string[],
  place: string,
  folder: string,
): Matched {
  const places = new Places(files, place, folder);
  places.learn(rows.map(({ file }) => file));
  const byPath = new Map<string, LabelRow>();
  const unknown: LabelRow[] = [];
  const ambiguous: LabelRow[] = [];
  let twice = 0;
  for (const row of rows) {
    const found = places.find(row.file);
    if (found === null) unknown.push(row);
    else if (found === 'several') ambiguous.push(row);
    else {
      const other = byPath.get(found);
      if (!other) byPath.set(found, row);
      else if (sameLabel(other.label, row.label) && other.patient === row.patient) twice += 1;
      else throw contradiction(table, other, row);
    }
  }
  const byFile = new Map<string, TableEntry>();
  for (const file of files) {
    const row = rowFor(file, byPath);
    if (row) byFile.set(file, row);
  }
  return {
    byFile,
    warnings: warningsOf(table, { unknown, ambiguous, nameless, twice, elsewhere: places.elsewhere }),
  };
}

interface RowProblems {
  unknown: readonly LabelRow[];
  ambiguous: readonly LabelRow[];
  nameless: number;
  twice: number;
  elsewhere: RemoteRoot | null;
}

function warningsOf(
  table: string,
  { unknown, ambiguous, nameless, twice, elsewhere }: RowProblems,
): StoredMessage[] {
  const some = (list: readonly LabelRow[]) => ({
    count: list.length,
    table,
    first: list[0]!.file,
    line: list[0]!.line,
  });
  return [
    ...(elsewhere
      ? [message('warnRowsElsewhere', { count: elsewhere.rows, table, folder: elsewhere.root })]
      : []),
    ...(unknown.length > 0 ? [message('warnRowsGone', some(unknown))] : []),
    ...(ambiguous.length > 0 ? [message('warnRowsSeveral', some(ambiguous))] : []),
    ...(nameless > 0 ? [message('warnRowsNameless', { count: nameless, table })] : []),
    ...(twice > 0 ? [message('warnRowsTwice', { count: twice, table })] : []),
  ];
}

export const sameLabel = (a: string | null, b: string | null): boolean =>
  a?.toLowerCase() === b?.toLowerCase();

/** The file's own row, or that of the nearest folder that contains it. */
function rowFor(file: string, byPath: ReadonlyMap<string, LabelRow>): LabelRow | undefined {
  const key = keyOf(file);
  for (const at of [key, ...foldersOf(key)]) {
    const row = byPath.get(at);
    if (row) return row;
  }
  return undefined;
}

function contradiction(table: string, one: LabelRow, other: LabelRow): FalxError {
  // Patients are not named: this message may be shown to anyone.
  const what = sameLabel(one.label, other.label)
    ? ({ of: 'patients' } as const)
    : ({ of: 'labels', one: one.label ?? '', other: other.label ?? '' } as const);
  return new FalxError('labelsContradict', {
    table,
    file: other.file,
    ...what,
    first: one.line,
    second: other.line,
  });
}

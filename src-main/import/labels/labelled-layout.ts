import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../../contract/errors.ts';
import { message } from '../../contract/messages/catalogue.ts';
import type { StoredMessage } from '../../contract/messages/say.ts';
import type { ClassChoice } from '../../contract/labels.ts';
import { saltedHash } from '../../system/hashes.ts';
import { chooseClasses, suggestion, type Chosen } from '../choose-classes.ts';
import { listFiles, readLayout, withParts, type FoundFile, type Layout } from '../folder-layout.ts';
import type { ColumnNames } from './columns.ts';
import { matchRows, type TableEntry } from './match.ts';
import { readTable, type LabelRow, type LabelTable } from './table.ts';

/** A table with labels, patients or both, and how to read it. */
export interface LabelOptions {
  /** CSV; relative to the working folder, or to the imported one. */
  file: string;
  columns?: ColumnNames | undefined;
}

export interface LabelledLayout extends Layout {
  /** Whether the table has patients. */
  patients: boolean;
}

/**
 * Finds the images of a folder and takes their labels from a table, so that the folder needs no layout; a table with patients only
 * supplements class folders. Patients become salted hashes at once.
 * @param wanted the two classes to use, if there are more labels or class folders.
 * @throws FalxError as `readTable`, `matchRows` and `readLayout`; `bad-dataset` not two labels.
 */
export async function labelledLayout(
  folder: string,
  options: LabelOptions,
  wanted: readonly ClassChoice[] | undefined,
  salt: string,
): Promise<LabelledLayout> {
  const csv = await placeOf(options.file, folder);
  const table = await readTable(csv, options.columns ?? {});
  const name = path.basename(csv);
  const { label, patient } = table.columns;
  const place = path.relative(folder, path.dirname(csv)).split(path.sep).join('/');
  const own = path.relative(folder, csv).split(path.sep).join('/');
  const hashed = (said: TableEntry | undefined) => (said?.patient ? saltedHash(said.patient, salt) : null);

  const base = label === null ? await readLayout(folder, wanted) : await listFiles(folder);
  const all = base.files.filter(({ file }) => file !== own);
  const { byFile, warnings } = matchRows(
    name,
    table,
    all.map(({ file }) => file),
    place,
    folder,
  );
  const of = ({ file }: { file: string }) => byFile.get(file);
  const strangers = all.filter((file) => !of(file)).map(({ file }) => file);
  if (label === null) {
    const layout = base as Layout;
    const files = layout.files.map((file) => ({ ...file, patient: hashed(of(file)) }));
    const told = [...layout.warnings, ...warnings, ...patientsToLookAt(table, name, files)];
    return { ...layout, files, warnings: told, patients: true };
  }
  const { classes, spelled, left } = twoLabels(
    name,
    [...byFile.values()],
    { strangers: strangers.length, warnings },
    wanted,
  );
  const files = all.flatMap(({ file }): FoundFile[] => {
    const said = byFile.get(file);
    const className = said?.label && spelled.get(said.label.toLowerCase());
    return className ? [{ file, className, givenPart: null, patient: hashed(said) }] : [];
  });
  return {
    classes,
    files: withParts(files),
    ignored: base.ignored + all.length - files.length,
    warnings: [
      ...warnings,
      ...(strangers.length > 0
        ? [message('warnNoRow', { table: name, count: strangers.length, first: strangers[0]! })]
        : []),
      ...left,
      ...(patient === null ? [] : patientsToLookAt(table, name, files)),
    ],
    patients: patient !== null,
  };
}

/**
 * Path of a table relative to the working folder, in the folder, or, if only its name is given, of the only one with that name in
 * the folder.
 */
async function placeOf(file: string, folder: string): Promise<string> {
  for (const place of [path.resolve(file), path.resolve(folder, file)])
    if (await isThere(place)) return place;
  const { files } = await listFiles(folder);
  const found = files.filter((one) => `/${one.file}`.endsWith(`/${file}`));
  if (found.length === 1) return path.join(folder, found[0]!.file);
  throw new FalxError('labelsMissing', { file, looked: path.isAbsolute(file) ? 'there' : 'folder' });
}

const isThere = (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR', // reading it reports the reason
  );

interface Label {
  name: string;
  /** Number of files with it. */
  count: number;
}

/** The two labels in their first spelling, or the error if there are others. */
function twoLabels(
  table: string,
  said: readonly TableEntry[],
  others: Others,
  wanted: readonly ClassChoice[] | undefined,
): { classes: [string, string]; spelled: Map<string, string>; left: StoredMessage[] } {
  const counts = new Map<string, Label>();
  let empty = 0;
  for (const { label } of said) {
    if (label === null) empty += 1;
    else {
      const known = counts.get(label.toLowerCase()) ?? { name: label, count: 0 };
      counts.set(label.toLowerCase(), { ...known, count: known.count + 1 });
    }
  }
  const found = [...counts.values()];
  const chosen: Chosen<Label>[] = wanted
    ? chooseClasses(found, wanted, (missing) => notTwo(table, found, others, missing))
    : found.map((one) => ({ name: one.name, of: [one] }));
  if (chosen.length !== 2) throw notTwo(table, found, others);
  const taken = chosen.flatMap(({ of }) => of);
  const left = found.filter((one) => !taken.includes(one));
  const classes = chosen.map(({ name }) => name).sort() as [string, string];
  return {
    classes,
    spelled: new Map(chosen.flatMap(({ name, of }) => of.map((one) => [one.name.toLowerCase(), name]))),
    left: [
      ...(empty > 0 ? [message('warnNoLabel', { count: empty, table })] : []),
      ...(left.length > 0
        ? [message('warnOtherLabels', { labels: left.map(({ name, count }) => ({ name, count })) })]
        : []),
    ],
  };
}

/** Files without a row, and warnings on rows: why there may not be two labels. */
interface Others {
  strangers: number;
  warnings: readonly StoredMessage[];
}

function notTwo(
  file: string,
  labels: readonly Label[],
  { strangers, warnings }: Others,
  wanted?: string,
): FalxError {
  const found = labels.map(({ name }) => name).sort();
  const has = { file, labels, found, ...suggestion(found) };
  return wanted === undefined
    ? new FalxError('labelsNotTwo', { ...has, count: labels.length, strangers, warnings })
    : new FalxError('labelUnknown', { ...has, wanted });
}

function patientsToLookAt({ rows }: LabelTable, name: string, files: readonly FoundFile[]): StoredMessage[] {
  const alone = files.filter(({ patient }) => !patient);
  const alike = patientsAlike(rows);
  return [
    ...(alone.length > 0
      ? [
          message('warnNoPatient', {
            table: name,
            count: alone.length,
            total: files.length,
            first: alone[0]!.file,
          }),
        ]
      : []),
    ...(alike
      ? [message('warnPatientsAlike', { table: name, first: alike[0].line, second: alike[1].line })]
      : []),
  ];
}

/** The first two rows whose patients may be the same, spelled differently. */
function patientsAlike(rows: readonly LabelRow[]): [LabelRow, LabelRow] | null {
  const first = new Map<string, LabelRow>();
  for (const row of rows) {
    const key = row.patient?.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
    if (!key) continue;
    const other = first.get(key);
    if (!other) first.set(key, row);
    else if (other.patient !== row.patient) return [other, row];
  }
  return null;
}

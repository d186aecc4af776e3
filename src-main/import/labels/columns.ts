import { FalxError } from '../../contract/errors.ts';
import { isScanName } from '../../contract/formats.ts';

/** Names of columns as the table has them; null for one it has not. */
export interface Columns {
  file: string;
  label: string | null;
  patient: string | null;
}

/** Names that a person gives; the others are guessed. */
export type ColumnNames = { [Key in keyof Columns]?: string | undefined };

/** What columns are usually called, in letters and digits alone; the first that is there is taken. */
const usual: Record<keyof Columns, readonly string[]> = {
  file: [
    'file',
    'path',
    'filepath',
    'filename',
    'image',
    'imagepath',
    'imagefile',
    'imagename',
    'imageid',
    'imageindex',
    'scan',
    '파일',
    '파일명',
    '경로',
  ],
  label: ['label', 'class', 'classname', 'diagnosis', 'category', 'target', '라벨', '레이블', '진단', '분류'],
  patient: ['patient', 'patientid', 'subject', 'subjectid', 'pid', '환자', '환자번호'],
};

/**
 * Which column is which.
 * @returns their names, and where they are; −1 for one that is not there.
 * @throws FalxError `bad-dataset` when files, or both labels and patients, are in no column; `bad-usage` when a
 *   column that a person named is not there. Both list what is.
 */
export function columnsOf(
  header: readonly string[],
  names: ColumnNames,
  table: string,
): [Columns, Record<keyof Columns, number>] {
  const untitled = header.length === 1 || header.some(isNoTitle);
  const find = (key: keyof Columns): number => {
    const wanted = names[key];
    if (wanted === undefined) return guess(header, usual[key]);
    const at = header.findIndex((title) => same(title, wanted));
    if (at >= 0) return at;
    throw new FalxError(
      'labelsNoColumn',
      untitled
        ? { file: table, column: wanted, titles: 'no', columns: [] }
        : { file: table, column: wanted, titles: 'yes', columns: header },
    );
  };
  const at = { file: find('file'), label: find('label'), patient: find('patient') };
  const lack = at.file < 0 ? 'files' : at.label < 0 && at.patient < 0 ? 'both' : null;
  if (lack !== null && untitled) throw new FalxError('labelsNoTitles', { file: table });
  if (lack !== null) throw new FalxError('labelsColumns', { file: table, lack, columns: header });
  const nameAt = (column: number): string | null => header[column] ?? null;
  return [{ file: header[at.file]!, label: nameAt(at.label), patient: nameAt(at.patient) }, at];
}

/**
 * A file's name, a path or a number, or what is too long or strange to be a title: a row, or no table at all, which is not
 * repeated, for it may have a patient's name or a secret in it.
 */
const isNoTitle = (cell: string): boolean =>
  !/^[\p{L}\p{M}\p{N} _.()#/-]{0,40}$/u.test(cell.trim()) ||
  /[/\\]|\.gz$|^[\d.,-]+$/i.test(cell.trim()) ||
  isScanName(cell.trim());

function guess(header: readonly string[], known: readonly string[]): number {
  const plain = header.map((title) =>
    title
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]/gu, ''),
  );
  const found = known.find((name) => plain.includes(name));
  return found === undefined ? -1 : plain.indexOf(found);
}

const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

import { FalxError } from '../../contract/errors.ts';
import { isScanName } from '../../contract/formats.ts';

/** Names of columns as in the table; null for a missing one. */
export interface Columns {
  file: string;
  label: string | null;
  patient: string | null;
}

/** Names that the user gives; the others are guessed. */
export type ColumnNames = { [Key in keyof Columns]?: string | undefined };

/** Usual names of columns, reduced to letters and digits; the first one present is used. */
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
 * Identifies the columns.
 * @returns their names and indices; −1 for a missing one.
 * @throws FalxError `bad-dataset` if there is no column of files, or neither labels nor patients; `bad-usage` if a column that the
 *   user named is missing. Both list the existing ones.
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
 * A file's name, a path or a number, or text too long or strange for a title: this is a data row, or no table at all, and is not
 * quoted, since it may contain a patient's name or a secret.
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

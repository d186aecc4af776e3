import { answersTable } from '../../../src-main/contract/answers-table.ts';
import { toCsv } from '../../../src-main/contract/csv.ts';
import type { Prediction } from '../../../src-main/contract/records.ts';
import { toXlsx } from '../../../src-main/contract/xlsx.ts';
import { download } from '../../components/save-as-file.ts';

/** Answers as a file, one scan a line. @param names as of `answersTable`. */
export function predictionsFile(predictions: readonly Prediction[], names = true): string {
  const { head, rows } = answersTable(predictions, { names });
  return toCsv(head, rows);
}

export function downloadXlsx(name: string, predictions: readonly Prediction[], names: boolean): void {
  const { head, rows } = answersTable(predictions, { names });
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  const url = URL.createObjectURL(new Blob([toXlsx(head, rows)], { type }));
  download(url, name);
  // The download has its own hold on the data once the click is handled.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

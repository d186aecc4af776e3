import { answersTable } from '../../../src-main/contract/answers-table.ts';
import { toCsv } from '../../../src-main/contract/csv.ts';
import type { Prediction } from '../../../src-main/contract/records.ts';
import { toXlsx } from '../../../src-main/contract/xlsx.ts';
import { download } from '../../components/save-as-file.ts';

/** Predictions as a CSV file, one scan per line. @param names as of `answersTable`. */
export function predictionsFile(predictions: readonly Prediction[], names = true): string {
  const { head, rows } = answersTable(predictions, { names });
  return toCsv(head, rows);
}

export function downloadXlsx(name: string, predictions: readonly Prediction[], names: boolean): void {
  const { head, rows } = answersTable(predictions, { names });
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  const url = URL.createObjectURL(new Blob([toXlsx(head, rows)], { type }));
  download(url, name);
  // Once the click is handled, the download holds the data itself.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

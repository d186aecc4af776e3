import { download } from '../../components/save-as-file.ts';

/** Hands a CSV file to the person, as a download. */
export function downloadCsv(name: string, text: string): void {
  // Spreadsheets take a file for UTF-8 when it says so itself.
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  download(url, name);
  // The download has its own hold on the data once the click is handled.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

import { download } from '../../components/save-as-file.ts';

/** Offers a CSV file as a download. */
export function downloadCsv(name: string, text: string): void {
  // The byte-order mark makes spreadsheets read the file as UTF-8.
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  download(url, name);
  // Once the click is handled, the download holds the data itself.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

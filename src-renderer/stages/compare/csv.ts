import { download } from '../../components/download.ts';

/** A cell: nothing is an empty one. */
export type Cell = string | number | boolean | null | undefined;

/** Rows as comma-separated values (RFC 4180), numbers with a point whatever the language is. */
export function toCsv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows].map((row) => row.map(cellText).join(',')).join('\r\n') + '\r\n';
}

function cellText(cell: Cell): string {
  const text = cell == null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hands a CSV file to the person, as a download. */
export function downloadCsv(name: string, text: string): void {
  // Spreadsheets take a file for UTF-8 when it says so itself.
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  download(url, name);
  // The download has its own hold on the data once the click is handled.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

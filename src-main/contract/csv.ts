/** A cell: null and undefined are empty ones. */
export type Cell = string | number | boolean | null | undefined;

/**
 * Rows as comma-separated values (RFC 4180), with decimal points in every language: the only CSV writer in Falx. A text that a
 * spreadsheet would run as a formula gets a leading apostrophe, since names of files and classes come from elsewhere (OWASP, "CSV
 * Injection").
 */
export function toCsv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows].map((row) => row.map(cellText).join(',')).join('\r\n') + '\r\n';
}

/** How a formula begins, full-width signs included; leading spaces are skipped. */
const formula = /^[\s\ufeff]*[=+\-@|%\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function cellText(cell: Cell): string {
  const text = typeof cell === 'string' && formula.test(cell) ? `'${cell}` : String(cell ?? '');
  // A semicolon or a tab separates columns in some locales, and what follows would begin a cell.
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

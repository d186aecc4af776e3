/** A cell: nothing is an empty one. */
export type Cell = string | number | boolean | null | undefined;

/**
 * Rows as comma-separated values (RFC 4180), numbers with a point whatever the language is: the one way in which Falx writes
 * them. A text that a spreadsheet would run as a formula gets an apostrophe before it, which shows it as a text: names of
 * files and classes come from elsewhere. (OWASP, "CSV Injection".)
 */
export function toCsv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows].map((row) => row.map(cellText).join(',')).join('\r\n') + '\r\n';
}

/** What a formula begins with, full-width signs too; spaces before it are skipped. */
const formula = /^[\s\ufeff]*[=+\-@|%\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function cellText(cell: Cell): string {
  const text = typeof cell === 'string' && formula.test(cell) ? `'${cell}` : String(cell ?? '');
  // A semicolon or a tab parts columns in some countries, and what follows would begin a cell.
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

import { columnsOf } from '../../contract/messages/columns.ts';

/** Words and tables for a terminal. */

/**
 * Columns side by side, separated by two spaces; columns of numbers are right-aligned.
 * @param rows of cells as text; null is shown as a dash.
 */
export function table(head: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const cells = rows.map((row) => head.map((_, column) => row[column] ?? '–'));
  const widths = head.map((title, column) =>
    Math.max(columnsOf(title), ...cells.map((row) => columnsOf(row[column]!))),
  );
  const numeric = head.map(
    (_, column) => cells.length > 0 && cells.every((row) => /^(–|-?[\d(].*)$/.test(row[column]!)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        numeric[column]
          ? ' '.repeat(widths[column]! - columnsOf(cell)) + cell
          : padded(cell, widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(head), ...cells.map(line)].join('\n');
}

/** A text padded with spaces to a number of columns. */
export const padded = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - columnsOf(text)));

/** A proportion with three decimals, or a dash. */
export function share(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

/** 0.958 (23/24) */
export function shareOf({ value, count, of }: { value: number | null; count: number; of: number }): string {
  return value === null ? '–' : `${share(value)} (${count}/${of})`;
}

/** Seconds as 45 s, 3 min 20 s or 2 h 5 min. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Bytes as 8.9 MB; powers of 1000. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return power === 0 ? `${count} B` : `${(count / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** 2,259,265 */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** "1 image", "24 images" */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A time of the registry, to the minute, in this machine's time zone. */
export function when(time: string): string {
  const date = new Date(time);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

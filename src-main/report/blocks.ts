import type { ReportSection } from '../contract/checklists.ts';
import type { Language } from '../contract/messages/languages.ts';

/** Content of a report: the same for a page, a PDF and tables. Text is plain; each writer escapes it. */

export type Cell = string | { text: string; to: readonly ReportSection[] };

export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'text'; text: string; author?: boolean }
  | { kind: 'list'; items: readonly string[] }
  | Table
  | { kind: 'figure'; name: string; caption: string; svg: string }
  | { kind: 'scans'; caption: string; scans: readonly ShownScan[] }
  | { kind: 'code'; lines: readonly string[] };

export type Table = {
  kind: 'table';
  /** Name of its files. */
  name: string;
  caption: string;
  head: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** Two columns, the first with names. */
  facts?: boolean;
  /** A matrix: number of columns beside the first that fit on a page; the others go below, with the first one repeated. */
  abreast?: number;
};

export type ShownScan = {
  /** JPEG, or why there is none. */
  picture: Buffer | string;
  lines: readonly string[];
};

export type Section = { id: ReportSection; title: string; blocks: readonly Block[] };

export type Report = {
  language: Language;
  title: string;
  /** On every page. */
  notice: string;
  made: string;
  contents: string;
  sections: readonly Section[];
  /** BibTeX. */
  references: string;
  /** Input of `falx reproduce`. */
  recipe: string;
};

/** A matrix in as few pieces as its width allows, of about equal width; another table as it is. */
export function piecesOf({ head, rows, abreast = Infinity }: Table): Pick<Table, 'head' | 'rows'>[] {
  const columns = head.length - 1;
  const count = Math.max(1, Math.ceil(columns / abreast));
  return Array.from({ length: count }, (_, at) => {
    const [from, to] = [at, at + 1].map((place) => 1 + Math.ceil((place * columns) / count)) as [
      number,
      number,
    ];
    const taken = <T>(row: readonly T[]): T[] => [row[0]!, ...row.slice(from, to)];
    return { head: taken(head), rows: rows.map(taken) };
  });
}

const written = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);
const unbound = (text: string): string => text.replaceAll('\u00a0', ' ').replaceAll('\u2060', '');

/** Only figures: an interval, a difference. */
const FIGURES = /^[-\d.,%()–<\s\u2060]+$/;

/** Typeset text: negative figures have a minus sign in place of a hyphen. */
export function cellText(cell: Cell): string {
  const text = written(cell);
  return FIGURES.test(text) ? text.replaceAll(/(?<!\d)-(?=\d)/g, '−') : text;
}

/** The same for narrow columns: without non-breaking characters. */
export const breakableText = (cell: Cell): string => unbound(cellText(cell));

/** For files that programs read: without either. */
export const plainText = (cell: Cell): string => unbound(written(cell));

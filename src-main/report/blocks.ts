import type { ReportSection } from '../contract/checklists.ts';
import type { Language } from '../contract/messages/languages.ts';

/** What a report is made of: the same for a page, a PDF and tables. Text is plain; whoever writes it out escapes it. */

export type Cell = string | { text: string; to: readonly ReportSection[] };

export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'text'; text: string; author?: boolean }
  | { kind: 'list'; items: readonly string[] }
  /** `name`: of its files. `facts`: two columns, the first of which names. */
  | {
      kind: 'table';
      name: string;
      caption: string;
      head: readonly string[];
      rows: readonly (readonly Cell[])[];
      facts?: boolean;
    }
  | { kind: 'figure'; name: string; caption: string; svg: string }
  | { kind: 'scans'; caption: string; scans: readonly ShownScan[] }
  | { kind: 'code'; lines: readonly string[] };

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
  /** What `falx reproduce` takes. */
  recipe: string;
};

export const cellText = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

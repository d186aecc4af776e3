import { columnsOf } from '../contract/messages/columns.ts';
import { cellText, piecesOf, type Table } from './blocks.ts';

const signs: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '\u00a0': '~',
  '\u2060': '',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '−': '$-$',
  '–': '--',
  '±': '$\\pm$',
  '×': '$\\times$',
  '…': '\\ldots{}',
  '≥': '$\\geq$',
  '≤': '$\\leq$',
  '→': '$\\rightarrow$',
  '·': '$\\cdot$',
  // At the beginning of a row it would be an argument of the line break before it.
  '[': '{[}',
  ']': '{]}',
  '|': '\\textbar{}',
};

/** Names come from elsewhere: they must not become commands. Long words, such as hashes, may break. */
export const latexText = (text: string): string =>
  text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .split(/( )/)
    .map((word) => {
      // Two hyphens would become a dash.
      const letters = [...word].map((sign, at, all) =>
        sign === '-' && all[at - 1] === '-' ? '{}-' : (signs[sign] ?? sign),
      );
      return letters.map((sign, at) => (at > 0 && at % BREAK === 0 ? `\\hspace{0pt}${sign}` : sign)).join('');
    })
    .join('');

/** Columns may be narrower than an interval: it may break after its dash. */
const dashBound = (text: string): string => text.replaceAll('\u2060\u00a0', ' ');

/** Letters of a word after which it may break. */
const BREAK = 24;
/** By number of columns: font size, letters per line at the width of an article, and letters between two columns. */
const SIZES = [
  { upTo: 4, size: null, line: 72, gap: 2.5 },
  { upTo: 8, size: '\\footnotesize\\setlength{\\tabcolsep}{3pt}', line: 80, gap: 1.5 },
  { upTo: Infinity, size: '\\scriptsize\\setlength{\\tabcolsep}{3pt}', line: 90, gap: 1.5 },
];
/** Lines per page. */
const PAGE = 36;

/**
 * A table as LaTeX, for the packages array, booktabs and longtable; with Hangul it needs XeLaTeX or LuaLaTeX and a font that has
 * it. One longer than a page is split over several.
 */
export function latexTable(table: Table): string {
  const { name, caption } = table;
  const pieces = piecesOf(table).map(laidOut);
  // LaTeX numbers tables itself.
  const told = latexText(caption.replace(/^(Table|표) \d+\. /, ''));
  const titled = [`\\caption{${told}}`, `\\label{tab:${name}}`];
  if (pieces.reduce((sum, { lines }) => sum + lines, 0) <= PAGE)
    return [
      '\\begin{table}',
      ...titled,
      ...pieces.flatMap(({ columns, size, top, body }, at) => [
        ...(at === 0 ? [] : ['', '\\medskip']),
        ...(size === null ? [] : [size]),
        `\\begin{tabular}{${columns}}`,
        ...top,
        ...body,
        '\\bottomrule',
        '\\end{tabular}',
      ]),
      '\\end{table}',
      '',
    ].join('\n');
  return pieces
    .flatMap(({ columns, size, top, body }, at) => [
      ...(at === 0 ? [] : ['\\addtocounter{table}{-1}']),
      '\\begingroup',
      ...(size === null ? [] : [size]),
      `\\begin{longtable}{${columns}}`,
      ...(at === 0 ? [`${titled.join('')}\\\\`] : []),
      ...top,
      '\\endfirsthead',
      ...top,
      '\\endhead',
      '\\bottomrule',
      '\\endfoot',
      ...body,
      '\\end{longtable}',
      '\\endgroup',
      '',
    ])
    .join('\n');
}

/**
 * A piece's columns and lines as LaTeX, its font size if it differs from the text's, and about how many lines of a page it takes.
 */
function laidOut({ head, rows }: Pick<Table, 'head' | 'rows'>): {
  columns: string;
  size: string | null;
  top: string[];
  body: string[];
  lines: number;
} {
  const texts = rows.map((cells) => cells.map((cell) => dashBound(cellText(cell))));
  const { size, line, gap } = SIZES.find(({ upTo }) => head.length <= upTo)!;
  const shares = sharesOf([head, ...texts], line, gap);
  const row = (cells: readonly string[]) => {
    const written = cells.map(latexText).join(' & ');
    // A star would belong to the line break before it.
    return `${written.startsWith('*') ? '{}' : ''}${written} \\\\`;
  };
  const linesOf = (cells: readonly string[]) =>
    Math.max(...cells.map((text, at) => Math.ceil(lettersOf(text) / Math.max(1, shares[at]! * line - gap))));
  return {
    columns: shares
      .map(
        (share) =>
          `>{\\raggedright\\arraybackslash}p{\\dimexpr ${share.toFixed(4)}\\linewidth-2\\tabcolsep\\relax}`,
      )
      .join(''),
    size,
    top: ['\\toprule', row(head), '\\midrule'],
    body: texts.map(row),
    lines: [head, ...texts].reduce((sum, cells) => sum + linesOf(cells), 0),
  };
}

/** Capitals and other wide letters take about a third more. */
const broad = /[A-Zmw%]/g;
const lettersOf = (text: string): number => columnsOf(text) + (text.match(broad)?.length ?? 0) / 3;

/** Hangul may break between any two syllables if there is no room for whole words. */
const SYLLABLES = /[\uac00-\ud7a3]{1,3}|[^ \uac00-\ud7a3]+/g;

/** Fractions of the line: each column fits its longest word; the rest is shared by the length of the longest cell. */
function sharesOf(rows: readonly (readonly string[])[], line: number, gap: number): number[] {
  const longest = (texts: readonly string[]) => Math.max(1, ...texts.map(lettersOf));
  const cellsOf = rows[0]!.map((_, at) => rows.map((row) => row[at]!));
  const leastBy = (word: RegExp) =>
    cellsOf.map((cells) => gap + Math.min(BREAK, longest(cells.flatMap((text) => text.match(word) ?? []))));
  const sum = (columns: readonly number[]) => columns.reduce((before, column) => before + column, 0);
  const whole = leastBy(/[^ ]+/g);
  const least = sum(whole) <= line ? whole : leastBy(SYLLABLES);
  const more = cellsOf.map((cells, at) => Math.max(0, gap + Math.min(line, longest(cells)) - least[at]!));
  const [taken, wanted] = [sum(least), sum(more)];
  const part = wanted > 0 ? Math.max(0, line - taken) / wanted : 0;
  const all = taken + wanted * part;
  return least.map((columns, at) => (columns + more[at]! * part) / all);
}

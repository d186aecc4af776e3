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
  // Columns of a page may be narrower than what is to stay together.
  '\u00a0': ' ',
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
  // At a row's begin it would be an argument of the line break before it.
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
      // Two hyphens would be written as a dash.
      const letters = [...word].map((sign, at, all) =>
        sign === '-' && all[at - 1] === '-' ? '{}-' : (signs[sign] ?? sign),
      );
      return letters.map((sign, at) => (at > 0 && at % BREAK === 0 ? `\\hspace{0pt}${sign}` : sign)).join('');
    })
    .join('');

/** Letters of a word after which it may break. */
const BREAK = 24;
/** Letters that a line holds at the width of an article, in its size for text and in that for wide tables; lines of a page. */
const LINE = { text: 75, wide: 94 };
const PAGE = 36;
/** Columns up to which a table has the size of text. */
const NARROW = 4;

/**
 * A table as LaTeX, for the packages array, booktabs and longtable; with Hangul it wants XeLaTeX or LuaLaTeX and a font that has it.
 * One that fills more than a page goes over several.
 */
export function latexTable(table: Table): string {
  const { name, caption } = table;
  const pieces = piecesOf(table).map(laidOut);
  // LaTeX counts tables itself.
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

/** A piece's columns and lines as LaTeX, its size where that is not the text's, and about how many lines of a page it takes. */
function laidOut({ head, rows }: Pick<Table, 'head' | 'rows'>): {
  columns: string;
  size: string | null;
  top: string[];
  body: string[];
  lines: number;
} {
  const texts = rows.map((cells) => cells.map(cellText));
  const isWide = head.length > NARROW;
  const line = isWide ? LINE.wide : LINE.text;
  const shares = sharesOf([head, ...texts], line);
  const row = (cells: readonly string[]) => {
    const written = cells.map(latexText).join(' & ');
    // A star would belong to the line break before it.
    return `${written.startsWith('*') ? '{}' : ''}${written} \\\\`;
  };
  const linesOf = (cells: readonly string[]) =>
    Math.max(...cells.map((text, at) => Math.ceil(columnsOf(text) / Math.max(1, shares[at]! * line - GAP))));
  return {
    columns: shares
      .map(
        (share) =>
          `>{\\raggedright\\arraybackslash}p{\\dimexpr ${share.toFixed(4)}\\linewidth-2\\tabcolsep\\relax}`,
      )
      .join(''),
    size: isWide ? '\\footnotesize' : null,
    top: ['\\toprule', row(head), '\\midrule'],
    body: texts.map(row),
    lines: [head, ...texts].reduce((sum, cells) => sum + linesOf(cells), 0),
  };
}

/** Letters between two columns. */
const GAP = 3;

/** Shares of the line: each column has room for its longest word, and of what is left the more the longer its longest cell. */
function sharesOf(rows: readonly (readonly string[])[], line: number): number[] {
  const columns = rows[0]!.map((_, at) => {
    const cells = rows.map((row) => row[at]!);
    const longest = (texts: readonly string[]) => Math.max(1, ...texts.map(columnsOf));
    const least = GAP + Math.min(BREAK, longest(cells.flatMap((text) => text.split(/\s/))));
    return { least, more: GAP + Math.min(line, longest(cells)) - least };
  });
  const sum = (key: 'least' | 'more') => columns.reduce((before, column) => before + column[key], 0);
  const [taken, wanted] = [sum('least'), sum('more')];
  const part = wanted > 0 ? Math.max(0, line - taken) / wanted : 0;
  const all = taken + wanted * part;
  return columns.map(({ least, more }) => (least + more * part) / all);
}

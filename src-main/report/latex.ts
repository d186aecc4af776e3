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
/** A table of more rows than this goes over several pages. */
const ONE_PAGE = 25;

/**
 * A table as LaTeX, for the packages booktabs, tabularx and longtable; with Hangul it wants XeLaTeX or LuaLaTeX and a font that has it.
 */
export function latexTable(table: Table): string {
  const { name, caption, head, rows } = table;
  const row = (cells: readonly string[]) => {
    const written = cells.map(latexText).join(' & ');
    // A star would belong to the line break before it.
    return `${written.startsWith('*') ? '{}' : ''}${written} \\\\`;
  };
  // LaTeX counts tables itself.
  const told = latexText(caption.replace(/^(Table|표) \d+\. /, ''));
  const bodyOf = (of: Table['rows']) => of.map((cells) => row(cells.map(cellText)));
  const topOf = (of: Table['head']) => ['\\toprule', row(of), '\\midrule'];
  if (rows.length <= ONE_PAGE)
    return [
      '\\begin{table}',
      `\\caption{${told}}`,
      `\\label{tab:${name}}`,
      ...piecesOf(table).flatMap((piece, at) => [
        ...(at === 0 ? [] : ['', '\\medskip']),
        `\\begin{tabularx}{\\textwidth}{${columns(piece.head.length, 'X')}}`,
        ...topOf(piece.head),
        ...bodyOf(piece.rows),
        '\\bottomrule',
        '\\end{tabularx}',
      ]),
      '\\end{table}',
      '',
    ].join('\n');
  const [top, body] = [topOf(head), bodyOf(rows)];
  const wide = (1 / head.length).toFixed(4);
  return [
    `\\begin{longtable}{${columns(head.length, `p{\\dimexpr ${wide}\\linewidth-2\\tabcolsep\\relax}`)}}`,
    `\\caption{${told}}\\label{tab:${name}}\\\\`,
    ...top,
    '\\endfirsthead',
    ...top,
    '\\endhead',
    '\\bottomrule',
    '\\endfoot',
    ...body,
    '\\end{longtable}',
    '',
  ].join('\n');
}

const columns = (count: number, kind: string): string =>
  `>{\\raggedright\\arraybackslash}${kind}`.repeat(count);

import { cellText, type Block } from './blocks.ts';

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
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '−': '$-$',
  '–': '--',
  '±': '$\\pm$',
  '×': '$\\times$',
  '…': '\\ldots{}',
  '≥': '$\\geq$',
};

/** Names come from elsewhere: they must not become commands. */
export const latexText = (text: string): string =>
  [...text.replaceAll(/[\r\n]+/g, ' ')].map((sign) => signs[sign] ?? sign).join('');

/** A table as LaTeX, for the packages booktabs and tabularx; with Hangul it wants XeLaTeX or LuaLaTeX. */
export function latexTable({ name, caption, head, rows }: Extract<Block, { kind: 'table' }>): string {
  const row = (cells: readonly string[]) => `${cells.map(latexText).join(' & ')} \\\\`;
  // LaTeX counts tables itself.
  const told = caption.replace(/^(Table|표) \d+\. /, '');
  return [
    '\\begin{table}',
    `\\caption{${latexText(told)}}`,
    `\\label{tab:${name}}`,
    `\\begin{tabularx}{\\textwidth}{${'X'.repeat(head.length)}}`,
    '\\toprule',
    row(head),
    '\\midrule',
    ...rows.map((cells) => row(cells.map(cellText))),
    '\\bottomrule',
    '\\end{tabularx}',
    '\\end{table}',
    '',
  ].join('\n');
}

import {
  cellText,
  piecesOf,
  breakableText,
  type Block,
  type Cell,
  type Report,
  type Section,
  type Table,
} from './blocks.ts';
import { escaped } from './escape.ts';

/** A report as one self-contained page: no network, no script. Figures are inline SVG, pictures JPEG. */
export function htmlOf({ language, title, notice, made, contents, sections }: Report): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style(notice)}</style>
</head>
<body>
<p class="notice" role="note">${escaped(notice)}</p>
<main>
<h1>${escaped(title)}</h1>
<p class="made">${escaped(made)}</p>
<nav aria-label="${escaped(contents)}"><h2>${escaped(contents)}</h2><ol>${sections
    .map(({ id, title: name }) => `<li><a href="#${id}">${escaped(name)}</a></li>`)
    .join('')}</ol></nav>
${sections.map((section) => sectionHtml(section, sections)).join('\n')}
</main>
</body>
</html>
`;
}

const sectionHtml = ({ id, title, blocks }: Section, all: readonly Section[]): string =>
  `<section id="${id}"><h2>${escaped(title)}</h2>\n${blocks.map((block) => blockHtml(block, all)).join('\n')}\n</section>`;

function blockHtml(block: Block, all: readonly Section[]): string {
  switch (block.kind) {
    case 'heading':
      return `<h3>${escaped(block.text)}</h3>`;
    case 'text':
      return `<p${block.author ? ' class="author"' : ''}>${escaped(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<pre><code>${escaped(block.lines.join('\n'))}</code></pre>`;
    case 'figure':
      // The drawing is Falx's own, and its text was escaped when it was drawn.
      return `<figure>${block.svg.replace('<svg ', `<svg role="img" aria-label="${escaped(block.caption)}" `)}<figcaption>${escaped(block.caption)}</figcaption></figure>`;
    case 'scans':
      return `<figure><div class="scans">${block.scans
        .map(
          ({ picture, lines: [label = '', ...lines] }) =>
            `<div class="scan">${
              typeof picture === 'string'
                ? `<p>${escaped(picture)}</p>`
                : `<img alt="" src="data:image/jpeg;base64,${picture.toString('base64')}">`
            }<b>${escaped(label)}</b>${lines.map((line) => `<span>${escaped(line)}</span>`).join('')}</div>`,
        )
        .join('')}</div><figcaption>${escaped(block.caption)}</figcaption></figure>`;
    case 'table':
      return piecesOf(block)
        .map((piece, at) => tableHtml({ ...block, ...piece }, at > 0, all))
        .join('');
  }
}

/** @param isContinued whether it follows the first piece of its table, which has the caption. */
const tableHtml = (
  { head, rows, facts, caption, abreast }: Table,
  isContinued: boolean,
  all: readonly Section[],
): string =>
  `<div class="table"><table${facts ? ' class="facts"' : ''}${isContinued ? ` aria-label="${escaped(caption)}"` : ''}>` +
  (isContinued ? '' : `<caption>${escaped(caption)}</caption>`) +
  `<thead><tr>${head
    .map(
      (cell, at) =>
        `<th scope="col" style="min-width: ${roomFor(
          cell,
          rows.map((row) => cellText(row[at] ?? '')),
        )}em">${escaped(cell)}</th>`,
    )
    .join('')}</tr></thead><tbody>` +
  rows
    .map(
      ([first = '', ...rest]) =>
        `<tr><th scope="row">${cellHtml(first, all)}</th>${rest
          .map(
            (cell) =>
              // Only a matrix has room for whole intervals: in narrower columns they would break anywhere.
              `<td>${cellHtml(abreast || typeof cell !== 'string' ? cell : breakableText(cell), all)}</td>`,
          )
          .join('')}</tr>`,
    )
    .join('') +
  '</tbody></table></div>';

/** The longest word that fits into a column without breaking; longer ones, such as hashes, are broken. */
const ROOM = 14;
/** Largest width of a letter, em; and in bold, as in a table's head, of a narrow one, a wide one and any other. */
const [LETTER, NARROW, WIDE, BOLD] = [0.6, 0.42, 1.04, 0.72];

/** Least width of a column, em. */
const roomFor = (head: string, texts: readonly string[]): number =>
  Math.ceil(
    Math.max(
      1,
      ...wordsOf(head).map(boldWidth),
      ...texts.flatMap(wordsOf).map(({ length }) => LETTER * length),
    ),
  );

const wordsOf = (text: string): string[] => text.split(/[\s–-]+/).filter(({ length }) => length <= ROOM);

const boldWidth = (word: string): number =>
  [...word].reduce(
    (sum, letter) => sum + (/[fijlrtI]/.test(letter) ? NARROW : /[mwMW]/.test(letter) ? WIDE : BOLD),
    0,
  );

function cellHtml(cell: Cell, all: readonly Section[]): string {
  if (typeof cell === 'string') return escaped(cell);
  return (
    cell.to
      .map((id) => `<a href="#${id}">${escaped(all.find((section) => section.id === id)?.title ?? id)}</a>`)
      .join(', ') || escaped(cellText(cell))
  );
}

/** On paper the notice is at the head of each page, in the margin box if the browser supports it. */
const style = (notice: string): string => `
:root { color-scheme: light; }
body { font: 15px/1.55 "Pretendard", system-ui, "Noto Sans KR", sans-serif; margin: 0; color: #1d2127; background: #fff; }
.notice { position: sticky; top: 0; margin: 0; padding: .4rem 1rem; background: #fff3d6; color: #5a3b00; text-align: center; font-weight: 700; z-index: 1; }
main { max-width: 54rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; overflow-wrap: anywhere; }
section { scroll-margin-top: 2.5rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 1rem 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid #d5d9de; padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
nav h2 { font-size: 1rem; border: 0; margin: 1rem 0 0; }
nav ol { columns: 2; margin: .3rem 0; padding-left: 1.6rem; }
.made { color: #5b6470; margin: 0; }
.author { border-left: 3px solid #c27c00; padding: .2rem .8rem; background: #fffaf0; }
.table { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
caption, figcaption { text-align: left; font-size: 13px; color: #3a424c; padding: .3rem 0; }
caption { font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #e4e7eb; }
thead th { border-bottom: 1.5px solid #1d2127; }
tbody th { font-weight: 500; }
.facts tbody th { width: 16rem; }
.facts thead { display: none; }
figure { margin: 1.2rem 0; break-inside: avoid; }
figure svg { max-width: 100%; height: auto; }
pre { background: #f5f6f8; padding: .7rem .9rem; white-space: pre-wrap; font: 12.5px/1.5 ui-monospace, monospace; }
.scans { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1rem; }
.scan { font-size: 12px; break-inside: avoid; }
.scan img { display: block; max-width: 100%; background: #000; }
.scan b, .scan span { display: block; }
@page { size: A4; margin: 20mm 16mm; @top-center { content: ${cssText(notice)}; font-size: 9pt; } }
@media print { figure > svg { max-height: 235mm; } .notice { position: static; } table { font-size: 10px; } main { max-width: none; padding: 0; } tr, p { break-inside: avoid; } thead { display: table-header-group; } h2, h3, caption, thead { break-after: avoid; } }
`;

const cssText = (text: string): string => `"${text.replaceAll(/["\\<\n]/g, '')}"`;

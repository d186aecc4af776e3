import {
  pdfOf,
  type Column,
  type Content,
  type TableCell,
  type TDocumentDefinitions,
} from '../documents/pdf.ts';
import { cellText, piecesOf, type Block, type Report, type Table } from './blocks.ts';
import { Speech } from './words.ts';

/** A4, margins and the width between them, points. */
const PAGE = { width: 595.28, left: 48, top: 56, bottom: 52 };
const WIDE = PAGE.width - 2 * PAGE.left;
const SCANS_IN_A_ROW = 4;

/** The same report on paper: the notice at the head of each page, its number at the foot. */
export function reportPdf(report: Report): Promise<Buffer> {
  const { title, notice, made, contents, sections, language } = report;
  const { say } = new Speech(language);
  const definition: TDocumentDefinitions = {
    info: { title, subject: notice, creator: 'Falx' },
    language,
    pageSize: 'A4',
    pageMargins: [PAGE.left, PAGE.top, PAGE.left, PAGE.bottom],
    defaultStyle: { fontSize: 9.5, lineHeight: 1.25, color: '#1d2127' },
    styles: {
      h1: { fontSize: 17, bold: true, lineHeight: 1.15 },
      h2: { fontSize: 13, bold: true, margin: [0, 16, 0, 5] },
      h3: { fontSize: 10.5, bold: true, margin: [0, 8, 0, 3] },
      caption: { fontSize: 8.5, bold: true, margin: [0, 8, 0, 3] },
      below: { fontSize: 8.5, color: '#3a424c', margin: [0, 3, 0, 8] },
      small: { fontSize: 8 },
    },
    header: {
      text: notice,
      alignment: 'center',
      fontSize: 8.5,
      bold: true,
      color: '#7a4f00',
      margin: [0, 26, 0, 0],
      headlineLevel: EDGE,
    },
    footer: (page, of) => ({
      text: say('reportPage', { page: String(page), of: String(of) }),
      alignment: 'center',
      fontSize: 8.5,
      color: '#5b6470',
      margin: [0, 16, 0, 0],
      headlineLevel: EDGE,
    }),
    content: [
      { text: title, style: 'h1' },
      { text: made, color: '#5b6470', margin: [0, 4, 0, 10] },
      { toc: { title: { text: contents, style: 'h3' }, textStyle: { fontSize: 9 } } },
      ...sections.flatMap(({ title: name, blocks }): Content[] => [
        { text: name, style: 'h2', tocItem: true, headlineLevel: HEADING },
        ...blocks.flatMap(contentOf),
      ]),
    ],
    // Neither a heading nor a table's caption may be alone at the foot of a page: final row positions are not known here.
    pageBreakBefore: (node, nodes) => {
      if (node.headlineLevel === CAPTION) return node.startPosition.top > LOW;
      if (node.headlineLevel !== HEADING) return false;
      const following = nodes.getFollowingNodesOnPage();
      const [next] = following;
      return (
        following.every(({ headlineLevel }) => headlineLevel !== undefined) ||
        (next?.headlineLevel === CAPTION && next.startPosition.top > LOW)
      );
    },
  };
  return pdfOf(definition);
}

/** Levels of headings, captions and page edges in pdfmake's definition. */
const [HEADING, CAPTION, EDGE] = [2, 3, 4];
/** Below this position, points, a table's head and first row may no longer fit on a page. */
const LOW = 665;

/** Break opportunities for long words, such as hashes: pdfmake breaks at these. */
const breakable = (text: string): string => text.replaceAll(/([^\s]{24})(?=[^\s])/g, '$1\u200b');

function contentOf(block: Block): Content[] {
  switch (block.kind) {
    case 'heading':
      return [{ text: block.text, style: 'h3' }];
    case 'text':
      return [
        block.author
          ? {
              table: {
                widths: ['*'],
                body: [[{ text: block.text, fillColor: '#fff6e3', margin: [4, 2, 4, 2] }]],
              },
              layout: 'noBorders',
              margin: [0, 2, 0, 6],
            }
          : { text: breakable(block.text), margin: [0, 0, 0, 6] },
      ];
    case 'list':
      return [{ ul: block.items.map((text) => ({ text, margin: [0, 0, 0, 2] })), margin: [0, 0, 0, 6] }];
    case 'code':
      return [
        {
          table: {
            widths: ['*'],
            body: [
              [
                {
                  stack: block.lines.map((line) => breakable(line)),
                  style: 'small',
                  fillColor: '#f2f4f6',
                  margin: [4, 3, 4, 3],
                },
              ],
            ],
          },
          layout: 'noBorders',
          margin: [0, 2, 0, 8],
        },
      ];
    case 'figure':
      return [
        {
          stack: [
            { svg: block.svg, width: widthOn(block.svg) },
            { text: block.caption, style: 'below' },
          ],
          unbreakable: true,
        },
      ];
    case 'scans':
      return scansOf(block);
    case 'table':
      return [
        { text: block.caption, style: 'caption', headlineLevel: CAPTION },
        ...piecesOf(block).map((piece) => tableOf({ ...block, ...piece })),
      ];
  }
}

/** Points per CSS pixel: a figure of usual width takes two thirds of the line. */
const SCALE = 0.74;
/** Largest height of a figure with its caption on a page of its own, points. */
const HIGHEST = 660;

/** Width of a drawing on a page, points: proportional, but never higher or wider than the page. */
function widthOn(svg: string): number {
  const [, width, height] = /^<svg [^>]*width="([\d.]+)" height="([\d.]+)"/.exec(svg)!.map(Number) as [
    number,
    number,
    number,
  ];
  return width * Math.min(SCALE, WIDE / width, HIGHEST / height);
}

function scansOf({ scans, caption }: Extract<Block, { kind: 'scans' }>): Content[] {
  const rows = Array.from({ length: Math.ceil(scans.length / SCANS_IN_A_ROW) }, (_, at) =>
    scans.slice(at * SCANS_IN_A_ROW, (at + 1) * SCANS_IN_A_ROW),
  );
  const side = WIDE / SCANS_IN_A_ROW - 10;
  return [
    ...rows.map((row): Content => ({
      columns: Array.from({ length: SCANS_IN_A_ROW }, (_, at): Column => {
        const scan = row[at];
        if (!scan) return { text: '', width: side };
        const [label = '', ...lines] = scan.lines;
        return {
          width: side,
          stack: [
            typeof scan.picture === 'string'
              ? { text: scan.picture, style: 'small' }
              : { image: `data:image/jpeg;base64,${scan.picture.toString('base64')}`, fit: [side, side] },
            { text: breakable(label), bold: true, fontSize: 7.5 },
            ...lines.map((line) => ({ text: breakable(line), fontSize: 7 })),
          ],
        };
      }),
      columnGap: 10,
      margin: [0, 2, 0, 6],
      unbreakable: true,
    })),
    { text: caption, style: 'below' },
  ];
}

/** Tables with more columns have a smaller font. */
const WIDEST = 6;
/** A column whose texts are all this short is as wide as they are, letters; the others share the rest. */
const SHORT = 17;

function tableOf({ name, head, rows, facts, abreast }: Table): Content {
  const fontSize = abreast || head.length > WIDEST ? 7 : 8;
  const cell = (text: string, at: number): TableCell => ({
    text: breakable(text),
    fontSize,
    noWrap: !facts && isShort(at),
  });
  const isShort = (at: number) =>
    at === 0 && abreast
      ? true
      : [head[at]!, ...rows.map((row) => cellText(row[at]!))].every((text) => text.length <= SHORT);
  const widths = facts
    ? [130, '*']
    : name === 'claim' || name === 'tripod'
      ? [30, '*', 150, 120]
      : head.map((_, at) => (isShort(at) ? 'auto' : '*'));
  return {
    table: {
      headerRows: facts ? 0 : 1,
      dontBreakRows: true,
      keepWithHeaderRows: 1,
      widths,
      body: [
        ...(facts ? [] : [head.map((text) => ({ text, bold: true, fontSize }))]),
        ...rows.map((row) => row.map((one, at) => cell(cellText(one), at))),
      ],
    },
    layout: {
      hLineWidth: (at: number) => (!facts && at === 1 ? 0.9 : at === 0 ? 0 : 0.4),
      vLineWidth: () => 0,
      hLineColor: (at: number) => (!facts && at === 1 ? '#1d2127' : '#cfd4da'),
      paddingLeft: () => 0,
      paddingRight: () => 6,
      paddingTop: () => 1.5,
      paddingBottom: () => 1.5,
    },
    margin: [0, 0, 0, 8],
  };
}

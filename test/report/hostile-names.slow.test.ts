import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCsv } from '../../src-main/contract/csv.ts';
import { cellText, type Block, type Report } from '../../src-main/report/blocks.ts';
import { htmlOf } from '../../src-main/report/html.ts';
import { latexTable, latexText } from '../../src-main/report/latex.ts';
import { reportPdf } from '../../src-main/report/pdf.ts';
import { reportOn } from '../../src-main/report/report-handlers.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { newRegistry, sha256, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

/* Classes, files, datasets and runs have names chosen by others. */

const SCRIPT = '<script>alert(1)</script>';
const FORMULA = '=1+1';
const TEX = '_%&#\\$~^{}[x]--|';
const LONG = 'a'.repeat(300);
const HANGUL = '뇌종양 ‘양성’';
const CONTROLS = 'a\u0000b\u202ec\n\rd';
const FILES = [
  SCRIPT,
  FORMULA,
  TEX,
  LONG,
  HANGUL,
  CONTROLS,
  `'"><svg/onload=alert(1)>`,
  '@SUM(A1)',
  '*[2cm]',
  '\\input{/etc/passwd}',
];

let made: Made;
let report: Report;
beforeAll(async () => {
  made = newRegistry();
  const { registry } = made;
  const classes = [FORMULA, SCRIPT] as const;
  registry.datasets.add(
    { ...sample.dataset('ds-1', TEX), classes: [...classes], positive: SCRIPT },
    Array.from({ length: 40 }, (_, at) => ({
      ...sample.image(`${FILES[at % FILES.length]!}-${at}.png`, classes[at % 2]),
      sha256: sha256(`${at}`),
      facts: { manufacturer: FILES[at % 3]! },
    })),
    [],
  );
  const { split } = makeSplit({ registry, datasetId: 'ds-1', test: 0.5, validation: 0.1 });
  for (const [at, name] of [LONG, `${HANGUL} ${TEX}`].entries()) {
    const id = `run-${at}`;
    registry.runs.add({ ...sample.run(id, split.id), name, status: 'done', bestEpoch: 1 });
    const tested = registry.parts.list(split.id).filter(({ part }) => part === 'test');
    // Each is predicted as the other class: every file is among the misclassified.
    const labels = new Map(
      registry.images.list('ds-1').map((image) => [image.id, image.className === SCRIPT]),
    );
    registry.testPredictions.replace(
      id,
      tested.map(({ imageId }, i) => ({ imageId, probability: labels.get(imageId) ? 0.1 + i / 1000 : 0.9 })),
    );
    registry.metrics.put({ ...sample.metrics(id), images: tested.length });
  }
  report = await reportOn({ registry, runIds: ['run-0', 'run-1'], language: 'en', recipeName: 'r.json' });
});
afterAll(() => made.remove());

const tables = () =>
  report.sections.flatMap(({ blocks }) =>
    blocks.filter((block): block is Extract<Block, { kind: 'table' }> => block.kind === 'table'),
  );

describe('names that would do harm', () => {
  it('are text in the page and in its figures', () => {
    const page = htmlOf(report);
    expect(page).not.toMatch(/<script|<svg\/|onload=alert\(1\)>/);
    expect(page).not.toContain('\u0000');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    // No elements other than the report's own.
    const elements = new Set([...page.matchAll(/<([a-zA-Z]+)[\s>]/g)].map(([, name]) => name!.toLowerCase()));
    expect(
      [...elements].filter((name) =>
        ['script', 'iframe', 'object', 'link', 'form', 'input', 'a'].includes(name),
      ),
    ).toEqual(['a']);
    expect(page.match(/<svg /g)!.length).toBe(page.match(/<\/svg>/g)!.length);
  });

  it('are no formulas in the CSV files', () => {
    for (const { head, rows, name } of tables()) {
      const csv = toCsv(
        head,
        rows.map((row) => row.map(cellText)),
      );
      // A cell begins after a comma or a line break, quoted or not.
      expect(csv, name).not.toMatch(/(?:^|,|\r\n)"?[=@+]/);
    }
  });

  it('are no commands in the LaTeX tables, whose braces are even', () => {
    for (const table of tables()) {
      const tex = latexTable(table);
      const bare = tex.replaceAll(/\\[\\{}]/g, '');
      expect(bare.match(/\{/g)!.length, table.name).toBe(bare.match(/\}/g)!.length);
      expect(tex).not.toContain('\\input{');
      // The argument or star of a line break.
      expect(tex).not.toMatch(/\\\\\s*[[*]/);
    }
    expect(latexText(TEX)).toBe(
      '\\_\\%\\&\\#\\textbackslash{}\\$\\textasciitilde{}\\textasciicircum{}\\{\\}{[}x{]}-{}-\\textbar{}',
    );
    expect(latexText(LONG)).toContain('\\hspace{0pt}');
    expect(latexText(CONTROLS)).not.toMatch(/\p{Cc}/u);
  });

  it('are set in the PDF, which comes to an end', async () => {
    const pdf = await reportPdf(report);
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.subarray(-6).toString()).toContain('%%EOF');
    // No name causes an action in a reader.
    expect(pdf.includes('/JavaScript')).toBe(false);
    expect(pdf.includes('/Launch')).toBe(false);
  });

  it.each([
    ['many rows', 40, FORMULA],
    ['long cells', 12, 'a finding in words '.repeat(20)],
  ])('have a table of %s go over several pages', (_, count, text) => {
    const rows = Array.from({ length: count }, (_, at) => [`${at}`, text]);
    const tex = latexTable({ kind: 'table', name: 'x', caption: 'Table 1. x', head: ['a', 'b'], rows });
    expect(tex).toContain('\\begin{longtable}');
    expect(tex).toContain('\\endhead');
    expect(tex).not.toContain('\\begin{table}');
  });
});

import { parse } from 'csv-parse/sync';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { toCsv } from '../../src-main/contract/csv.ts';
import { predictionsFile } from '../../src-renderer/stages/predict/predictions-file.ts';

const cells = (text: string): string[][] => parse(text);

test('is read back as it was written by another program', () => {
  const rows = [
    ['a, b', 'say "no"', 'two\nlines', ''],
    ['종양', 'semi;colon', 'tab\there', '\u00e9'],
  ];
  expect(cells(toCsv(['w', 'x', 'y', 'z'], rows))).toEqual([['w', 'x', 'y', 'z'], ...rows]);
  expect(toCsv(['n'], [[-1.5], [null], [true], [1e-9]])).toBe('n\r\n-1.5\r\n\r\ntrue\r\n1e-9\r\n');
});

test.each([
  '=1+1|cmd',
  "=cmd|' /C calc'!A0",
  '+1',
  '-2+3',
  '@SUM(1)',
  '\t=1',
  '\r=1',
  '\n=1',
  ' =1',
  '\u00a0=1',
  '\ufeff=1',
  '\uff1d1',
  '|calc',
  '%0A=1',
])('shows %j as a text and does not run it', (text) => {
  const [, [cell]] = cells(toCsv(['class'], [[text]])) as [string[], [string]];
  expect(cell).toBe(`'${text}`);
  expect(toCsv([text], [])).toContain(`'${text[0]}`);
});

test('is what the files of the window are written by', () => {
  const line = predictionsFile([
    {
      runId: 'run-1',
      file: '=HYPERLINK("http://x")',
      sha256: null,
      answer: 'positive',
      notices: [],
      calibrated: null,
      conformal: null,
      probability: 0.25,
      label: '-Tumour',
      positive: true,
      threshold: 0.5,
      milliseconds: 1,
      error: null,
      created: '2026-01-02T03:04:05.678Z',
    },
  ]);
  expect(cells(line)[1]).toEqual(expect.arrayContaining([`'=HYPERLINK("http://x")`, "'-Tumour", '0.25']));
});

test('is written nowhere else', () => {
  const root = path.resolve(import.meta.dirname, '..', '..');
  const files = ['src-main', 'src-renderer'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
  // Writers of such files double quotation marks.
  const writers = files.filter((file) => readFileSync(file, 'utf8').includes(`replaceAll('"', '""')`));
  expect(writers.map((file) => path.relative(root, file))).toEqual(['src-main/contract/csv.ts']);
});

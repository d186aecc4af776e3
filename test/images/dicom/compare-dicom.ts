/**
 * Compares Falx with pydicom and pylibjpeg on the DICOM files of any folder, all frames: stored values, values after
 * modality LUT or rescale, and after window or palette.
 *
 * Run: node build/run.mjs test/images/dicom/compare-dicom.ts DIR
 * Exits with 1 when a lossless file differs, or one that pydicom reads is refused.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compared, filesIn, verdict, type Comparison } from './pydicom.ts';

const [folder] = process.argv.slice(2);
if (!folder || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error(
    'Usage: compare.ts DIR, a folder with DICOM files. It compares what Falx and pydicom read in them.',
  );
  process.exit(2);
}

const out = mkdtempSync(path.join(tmpdir(), 'falx-pydicom-'));
try {
  const files = filesIn(path.resolve(folder));
  if (files.length === 0) console.error(`There is no file in ${folder}.`);
  const comparisons = files.length === 0 ? [] : await compared(files, out);
  for (const comparison of comparisons) console.log(line(folder, comparison));
  console.log(totals(comparisons));
  process.exitCode = comparisons.some((comparison) => verdict(comparison) !== null) ? 1 : 0;
} finally {
  rmSync(out, { recursive: true });
}

function line(parent: string, comparison: Comparison): string {
  const { file, syntax, pydicom, falx, fault, values, rescaled, levels, colours } = comparison;
  const name = path.relative(path.resolve(parent), file);
  const wrong = verdict(comparison);
  const mark = wrong === null ? '   ' : `!! ${wrong}: `;
  if (fault !== null) return `${mark}${name}`;
  const theirs = pydicom === null ? 'pydicom reads it' : `pydicom: ${pydicom.replace(/\s+/g, ' ')}`;
  if (falx !== null) return `${mark}${name}  refused: ${falx}  |  ${theirs}`;
  if (pydicom !== null) return `${mark}${name}  read (${syntax})  |  ${theirs}`;
  return `${mark}${name}  values ${values}, rescaled ${rescaled}, levels ${levels.toFixed(2)}, colours ${colours} (${syntax})`;
}

function totals(comparisons: Comparison[]): string {
  const count = (test: (comparison: Comparison) => boolean) => comparisons.filter(test).length;
  const both = comparisons.filter(
    ({ pydicom, falx, fault }) => pydicom === null && falx === null && fault === null,
  );
  const different = both.filter(({ values }) => values > 0);
  return [
    `${comparisons.length} files: ${both.length} read by both,`,
    `${count(({ pydicom, falx }) => pydicom !== null && falx === null)} by Falx alone,`,
    `${count(({ pydicom, falx }) => pydicom === null && falx !== null)} by pydicom alone,`,
    `${count(({ pydicom, falx }) => pydicom !== null && falx !== null)} by neither.`,
    `Stored values differ in ${different.length} (largest ${Math.max(0, ...different.map(({ values }) => values))});`,
    `${count((comparison) => verdict(comparison) !== null)} wrong.`,
  ].join(' ');
}

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toCsv } from '../contract/csv.ts';
import { FalxError } from '../contract/errors.ts';
import { outlined } from '../documents/outlined.ts';
import { svgPng } from '../images/encode.ts';
import { shareAsUsual } from '../system/rights.ts';
import { systemReason } from '../system/system-reason.ts';
import { writeAtomically } from '../system/write-atomically.ts';
import { writeZip, type ZipSource } from '../system/zip.ts';
import { plainText, type Report } from './blocks.ts';
import { htmlOf } from './html.ts';
import { latexTable } from './latex.ts';
import { reportPdf } from './pdf.ts';
import { reportOn, type ReportOptions } from './report-handlers.ts';

/** Form of a report, by the ending of its name: one file with its recipe beside it, or everything. */
type Form = 'html' | 'pdf' | 'zip' | 'folder';

export const DPI = 300;

/** @throws FalxError `bad-usage` for another ending. */
export function reportForm(target: string): Form {
  const ending = path.extname(target).toLowerCase();
  if (ending === '.html' || ending === '.pdf' || ending === '.zip') return ending.slice(1) as Form;
  if (ending === '') return 'folder';
  throw new FalxError('reportFileNone', { last: target });
}

/**
 * Writes a report: as an HTML page or PDF with its recipe for `falx reproduce` beside it, or everything (both, tables as CSV and
 * LaTeX, figures as SVG and PNG, BibTeX) into a new folder or a zip archive.
 * @param target absolute. @returns the files to tell the user about.
 * @throws FalxError as `reportOn`; `disk`.
 */
export async function writeReport(
  target: string,
  options: Omit<ReportOptions, 'recipeName'>,
): Promise<string[]> {
  const form = reportForm(target);
  if ((form === 'folder' || form === 'zip') && existsSync(target))
    throw new FalxError('exportThere', { file: target });
  const recipe =
    form === 'html' || form === 'pdf'
      ? `${target.slice(0, -path.extname(target).length)}.reproduce.json`
      : 'reproduce.json';
  const report = await reportOn({ ...options, recipeName: path.basename(recipe) });
  try {
    if (form === 'html' || form === 'pdf') {
      if (form === 'pdf') options.onStep?.('pdf');
      const content = form === 'html' ? htmlOf(report) : await reportPdf(report);
      await writeAtomically(target, content);
      await writeAtomically(recipe, report.recipe);
      [target, recipe].forEach(shareAsUsual);
      return [target, recipe];
    }
    return await writeAll(target, form, report, options);
  } catch (cause) {
    if (cause instanceof FalxError || (cause as Error).name === 'AbortError') throw cause;
    throw new FalxError('reportNotWritten', { file: target, reason: systemReason(cause) }, { cause });
  }
}

async function writeAll(
  target: string,
  form: 'zip' | 'folder',
  report: Report,
  { onStep, signal }: Pick<ReportOptions, 'onStep' | 'signal'>,
): Promise<string[]> {
  const folder = await mkdtemp(path.join(path.dirname(target), '.falx-report-'));
  try {
    const names: string[] = [];
    const put = async (name: string, content: string | Uint8Array) => {
      signal?.throwIfAborted();
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content, { flush: true });
      names.push(name);
    };
    await put('report.html', htmlOf(report));
    onStep?.('pdf');
    await put('report.pdf', await reportPdf(report));
    await put('reproduce.json', report.recipe);
    await put('references.bib', report.references);
    onStep?.('figures');
    for (const block of report.sections.flatMap(({ blocks }) => blocks)) {
      if (block.kind === 'table') {
        await put(
          `tables/${block.name}.csv`,
          toCsv(
            block.head,
            block.rows.map((row) => row.map(plainText)),
          ),
        );
        await put(`tables/${block.name}.tex`, latexTable(block));
      }
      if (block.kind === 'figure') {
        await put(`figures/${block.name}.svg`, block.svg);
        await put(`figures/${block.name}.png`, await svgPng(outlined(block.svg), DPI));
      }
    }
    if (form === 'folder') await rename(folder, target);
    else {
      const packed = path.join(folder, 'packed.zip');
      await writeZip(
        packed,
        names.map((name): ZipSource => ({ name, file: path.join(folder, name) })),
        { signal },
      );
      await rename(packed, target);
    }
    shareAsUsual(target);
    return [target];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { Job } from '../contract/jobs.ts';
import type { Language } from '../contract/messages/languages.ts';
import { frameInName, type Run } from '../contract/records.ts';
import { caseReport } from '../predict/case-report.ts';
import { predictScans } from '../predict/predict-handlers.ts';
import { reportSource } from '../predict/report-source.ts';
import { structuredReport } from '../predict/structured-report.ts';
import { runsToPredict } from './runs-to-predict.ts';
import type { Core } from './core.ts';

export type CaseReportRequest = {
  runs: readonly [Run, ...Run[]];
  /** Absolute; for one of several pictures, `file#frame`, the whole file. */
  file: string;
  form: 'pdf' | 'sr';
  /** Whether it identifies the patient, or names the file. */
  names: boolean;
  language: Language;
};

/**
 * Writes the runs' answers on one file as a PDF, or as a DICOM structured report; the scan is read again and the answers are not
 * stored.
 */
export function startCaseReport(
  core: Core,
  { runs, file: asked, form, names, language }: CaseReportRequest,
): Job {
  const { registry, jobs, downloads, predictors } = core;
  const file = asked.replace(frameInName, '');
  return jobs.start('caseReport', runs[0].id, 'files', async ({ id }) => {
    const source = form === 'sr' ? await reportSource(file) : null;
    if (form === 'sr' && source === null) throw new FalxError('reportsWithoutDicom', {});
    const { asked: how, device } = await runsToPredict(core, runs);
    predictors.prepare(runs, device);
    const predictions = await predictScans({
      registry,
      files: [file],
      ...how,
      kept: false,
    });
    const { positive } = registry.datasets.get(registry.splits.get(runs[0].splitId).datasetId);
    const answered = { runs, predictions, positiveName: positive };
    const written = source
      ? structuredReport({ ...answered, source, identify: names })
      : await caseReport({ ...answered, names, language, within: path.dirname(file) });
    const ending = source ? '.sr.dcm' : '.pdf';
    const name = names ? `${path.basename(file, path.extname(file))}${ending}` : `falx-scan${ending}`;
    await writeFile(path.join(await downloads.folder(id), name), written);
    await downloads.offer(id, [name]);
    return name;
  });
}

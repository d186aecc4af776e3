import path from 'node:path';
import type { Job } from '../contract/jobs.ts';
import type { Language } from '../contract/messages/languages.ts';
import type { AttributeChoice, ThresholdRule } from '../contract/studies.ts';
import { writeReport } from '../report/write-report.ts';
import type { ReportStep } from '../report/report-handlers.ts';
import { evaluatedRuns } from './comparisons.ts';
import type { Core } from './core.ts';

const steps: readonly ReportStep[] = ['evidence', 'pictures', 'page', 'pdf', 'figures'];

type Asked = {
  runIds: readonly string[];
  form: 'html' | 'pdf' | 'zip';
  language: Language;
  rule?: ThresholdRule | undefined;
  by?: readonly AttributeChoice[] | undefined;
};

/**
 * Writes a report to be saved.
 * @throws FalxError `not-found`, or `bad-run` if one of the runs has not been evaluated: before anything is started.
 */
export function startReport(
  { registry, jobs, downloads }: Pick<Core, 'registry' | 'jobs' | 'downloads'>,
  { runIds, form, language, rule, by }: Asked,
): Job {
  const runs = evaluatedRuns(registry, runIds);
  const name = `falx-report-${runs[0]!.splitId}.${form}`;
  return jobs.start('report', runs[0]!.splitId, 'steps', async ({ id, progress, signal }) => {
    const target = path.join(await downloads.folder(id), name);
    try {
      await writeReport(target, {
        registry,
        runIds,
        rule,
        by,
        language,
        onStep: (step) => progress(steps.indexOf(step), steps.length),
        signal,
      });
    } catch (error) {
      await downloads.drop(id);
      throw error;
    }
    await downloads.offer(id, [name]);
    return name;
  });
}

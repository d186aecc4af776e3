import path from 'node:path';
import { FalxError } from '../../../contract/errors.ts';
import type { ThresholdRule } from '../../../contract/studies.ts';
import { evaluateRun } from '../../../evaluate/evaluate-handlers.ts';
import { reportForm, writeReport } from '../../../report/write-report.ts';
import type { Context } from '../main.ts';
import { runsNamed } from './runs-named.ts';
import { pixelProgress, withRegistry } from './with-registry.ts';

export type ReportOptions = { threshold?: ThresholdRule; by?: string[]; csv?: string };

/** @param typed runs or a set of folds, and the report's file last. */
export async function report(
  { output, home, homeFrom }: Context,
  typed: readonly string[],
  { threshold, by = [], csv }: ReportOptions,
): Promise<void> {
  const last = typed.at(-1)!;
  const target = path.resolve(last);
  if (/^(run|cv)-[0-9a-z]+$/.test(last)) throw new FalxError('reportFileNone', { last });
  if (by.length === 0 && csv !== undefined) throw new FalxError('csvWithoutBy', { csv });
  reportForm(target);
  await withRegistry({ output, home, homeFrom }, async (registry) => {
    const runIds = runsNamed(registry, typed.slice(0, -1));
    for (const run of runIds.map((id) => registry.runs.get(id)))
      if (registry.metrics.list(run.id, 'test').length === 0) {
        output.progress.show(output.say('progressEvaluating', { run: run.id, network: run.network }));
        await evaluateRun({ registry, home, runId: run.id, onPixels: pixelProgress(output) });
      }
    const files = await writeReport(target, {
      registry,
      runIds,
      rule: threshold,
      by: by.map((name) => ({ by: name, ...(csv === undefined ? {} : { csv }) })),
      language: output.language,
      onStep: (step) => output.progress.show(output.say('progressReport', { step })),
    });
    output.answer({ runs: runIds, files }, () => files.join('\n'));
  });
}

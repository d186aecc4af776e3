import path from 'node:path';
import { FalxError } from '../../../contract/errors.ts';
import { evaluateRun } from '../../../evaluate/evaluate-handlers.ts';
import { reportForm, writeReport } from '../../../report/write-report.ts';
import type { Context } from '../main.ts';
import { resolveRun } from '../resolve.ts';
import { pixelProgress, withRegistry } from './with-registry.ts';

/** @param typed runs, and the report's file last. */
export async function report({ output, home, homeFrom }: Context, typed: readonly string[]): Promise<void> {
  const last = typed.at(-1)!;
  const target = path.resolve(last);
  if (/^run-[0-9a-z]+$/.test(last)) throw new FalxError('reportFileNone', { last });
  reportForm(target);
  await withRegistry({ output, home, homeFrom }, async (registry) => {
    const runs = typed.slice(0, -1).map((text) => resolveRun(registry, text));
    for (const run of runs)
      if (registry.metrics.list(run.id, 'test').length === 0) {
        output.progress.show(output.say('progressEvaluating', { run: run.id, network: run.network }));
        await evaluateRun({ registry, home, runId: run.id, onPixels: pixelProgress(output) });
      }
    const files = await writeReport(target, {
      registry,
      runIds: runs.map(({ id }) => id),
      language: output.language,
      onStep: (step) => output.progress.show(output.say('progressReport', { step })),
    });
    output.answer({ runs: runs.map(({ id }) => id), files }, () => files.join('\n'));
  });
}

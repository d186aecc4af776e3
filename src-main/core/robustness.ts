import { alterTestSet, robustnessInSteps } from '../compare/robustness.ts';
import type { Job } from '../contract/jobs.ts';
import type { Robustness } from '../contract/studies.ts';
import { requireModel } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';
import type { Core } from './core.ts';
import type { JobWork } from './job-runner.ts';

/** Has runs predict their altered test set; those not evaluated yet are evaluated first. */
export function startRobustness(core: Core, runIds: readonly string[]): Job {
  const { registry, jobs, training, hub } = core;
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  runs.forEach(requireModel);
  const alterAll: JobWork = async ({ progress, signal }) => {
    for (const [done, run] of runs.entries()) {
      await training.evaluator.evaluate(run.id, signal);
      await alterTestSet({
        registry,
        home: registry.home,
        runId: run.id,
        device: await core.devices.forPrediction((one) => training.isTraining(one)),
        onProgress: (share) => progress(Math.floor((100 * (done + share)) / runs.length), 100),
        signal,
      });
      hub.changed('metrics');
    }
    return null;
  };
  return jobs.start('robustness', runs[0]!.splitId, 'steps', alterAll, runIds);
}

/** Of those of the runs that have a robustness study. */
export async function robustnessBy(
  registry: Registry,
  runIds: readonly string[],
  signal?: AbortSignal,
): Promise<Robustness[]> {
  const all: Robustness[] = [];
  for (const id of new Set(runIds)) {
    const run = registry.runs.get(id);
    if (registry.studies.robustness(id)) all.push(await runInTurns(robustnessInSteps(registry, run), signal));
  }
  return all;
}

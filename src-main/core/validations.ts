import { validateRuns, validationInSteps } from '../compare/validate.ts';
import { FalxError } from '../contract/errors.ts';
import type { Job } from '../contract/jobs.ts';
import type { Validation } from '../contract/studies.ts';
import { requireModel } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';
import type { Core } from './core.ts';
import type { JobWork } from './job-runner.ts';

type Asked = { runIds: readonly string[]; datasetId: string };

/**
 * Starts an external validation; runs not evaluated yet are evaluated first, since their test set is shown beside it.
 * @throws FalxError `not-found`; `bad-run` without a model, `bad-usage` for a run of that dataset: before anything is started.
 */
export function startValidation(core: Core, { runIds, datasetId }: Asked): Job {
  const { registry, jobs, training, hub } = core;
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  runs.forEach(requireModel);
  const dataset = registry.datasets.get(datasetId);
  const own = runs.find(({ splitId }) => registry.splits.get(splitId).datasetId === dataset.id);
  if (own) throw new FalxError('validatedOnItself', { run: own.id, dataset: dataset.name });
  const validate: JobWork = async ({ progress, signal }) => {
    for (const run of runs) await training.evaluator.evaluate(run.id, signal);
    await validateRuns({
      registry,
      home: registry.home,
      runIds: runs.map(({ id }) => id),
      datasetId: dataset.id,
      device: await core.devices.forPrediction((one) => training.isTraining(one)),
      onProgress: (share) => progress(Math.floor(100 * share), 100),
      signal,
    });
    hub.changed('metrics');
    return dataset.id;
  };
  return jobs.start('validate', dataset.id, 'steps', validate, runIds);
}

/** The datasets that all of the runs were validated on. */
export function validatedOn(registry: Registry, runIds: readonly string[]): string[] {
  const [first = [], ...others] = [...new Set(runIds)].map((id) => registry.studies.validatedOn(id));
  return first.filter((id) => others.every((those) => those.includes(id)));
}

/** @throws FalxError `bad-run` if a run was not validated there. */
export async function validationBy(
  registry: Registry,
  { runIds, datasetId }: Asked,
  signal?: AbortSignal,
): Promise<Validation[]> {
  const all: Validation[] = [];
  for (const runId of new Set(runIds))
    all.push(await runInTurns(validationInSteps(registry, runId, datasetId), signal));
  return all;
}

import type { Jobs } from './job-runner.ts';
import type { PredictorPool } from './predictors.ts';
import type { TrainingQueue } from './training-queue.ts';

/**
 * Cancels everything that this Falx does with runs' files: evaluation, jobs, loaded networks. Once it has ended nothing writes
 * there any more, so that they can be deleted.
 */
export async function releaseRuns(
  {
    jobs,
    training,
    predictors,
  }: {
    jobs: Pick<Jobs, 'release'>;
    training: Pick<TrainingQueue, 'release'>;
    predictors: Pick<PredictorPool, 'unload'>;
  },
  runIds: readonly string[],
): Promise<void> {
  await Promise.all([
    jobs.release(runIds),
    training.release(runIds),
    ...runIds.map((id) => predictors.unload(id)),
  ]);
}

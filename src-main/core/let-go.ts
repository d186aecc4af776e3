import type { Jobs } from './job-runner.ts';
import type { PredictorPool } from './predictors.ts';
import type { TrainingQueue } from './training-queue.ts';

/**
 * Cancels everything that this Falx does with runs' files: evaluation, jobs, loaded networks. Once it has ended nothing writes
 * there any more, so that they can be deleted.
 */
export async function letGo(
  {
    jobs,
    training,
    predictors,
  }: {
    jobs: Pick<Jobs, 'letGo'>;
    training: Pick<TrainingQueue, 'letGo'>;
    predictors: Pick<PredictorPool, 'forget'>;
  },
  runIds: readonly string[],
): Promise<void> {
  await Promise.all([
    jobs.letGo(runIds),
    training.letGo(runIds),
    ...runIds.map((id) => predictors.forget(id)),
  ]);
}

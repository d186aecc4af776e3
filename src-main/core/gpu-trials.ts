import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { VerifyReport } from '../contract/gpu-report.ts';
import type { Job } from '../contract/jobs.ts';
import { stepCount, verify } from '../verify/verify-handlers.ts';
import type { Downloads } from './downloads.ts';
import type { Jobs } from './job-runner.ts';
import type { Log } from './log.ts';
import { Newest } from './newest.ts';
import type { PredictorPool } from './predictors.ts';
import type { TrainingQueue } from './training-queue.ts';

type Needed = {
  home: string;
  jobs: Jobs;
  downloads: Downloads;
  training: TrainingQueue;
  predictors: PredictorPool;
  log: Log;
};

export const REPORT = 'falx-verify-gpu.json';
/** Number of reports kept, the newest. */
const KEPT = 3;
/** As on the command line. */
const BUDGET_SECONDS = 480;

/** GPU verifications requested by windows; partial results are available while they run. */
export class GpuTrials {
  readonly #reports = new Newest<VerifyReport>(KEPT);

  /** @throws FalxError `not-found`. */
  report(jobId: string): VerifyReport {
    const report = this.#reports.get(jobId);
    if (!report) throw new FalxError('verifyGone', {});
    return report;
  }

  /**
   * @param device `cpu`: the same steps, smaller, to test the verification itself.
   * @throws FalxError `bad-usage` while something else uses the device.
   */
  start(
    core: Needed,
    { device, only }: { device: 'gpu' | 'cpu'; only?: readonly string[] | undefined },
  ): Job {
    const { home, jobs, downloads, training, predictors, log } = core;
    if (jobs.list().some(({ kind, state }) => kind.startsWith('gpu') && state === 'running'))
      throw new FalxError('verifyBusy', {});
    if (training.currentRun !== null) throw new FalxError('verifyTraining', { run: training.currentRun });
    return jobs.start('gpuTrial', device, 'steps', ({ id, progress, signal }) =>
      training.withDevicesHeld(async () => {
        await predictors.unloadIdle();
        const folder = await downloads.folder(id);
        const total = only?.length ?? stepCount(device);
        try {
          const report = await verify({
            home,
            out: path.join(folder, REPORT),
            device,
            budgetSeconds: BUDGET_SECONDS,
            only,
            signal,
            onReport: (sofar) => {
              this.#reports.set(id, structuredClone(sofar));
              progress(sofar.steps.length, total);
            },
          });
          await downloads.offer(id, [REPORT]);
          const failed = report.steps.filter(({ state }) => state === 'failed').length;
          if (failed > 0) log.warn({ failed }, 'the GPU did not pass its verification');
          return { resultId: REPORT, counts: { steps: report.steps.length, failed } };
        } catch (error) {
          await downloads.drop(id);
          throw error;
        }
      }),
    );
  }
}

import type { VerifyReport } from '../../../src-main/contract/gpu-report.ts';
import type { Job } from '../../../src-main/contract/jobs.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { app } from '../../app/app.svelte.ts';
import { toastError } from '../../app/feedback.svelte.ts';
import { saveFromCore } from '../../app/save-from-core.ts';

/** The newest GPU verification, whichever window started it, and its results so far. */
export class GpuTrial {
  report = $state.raw<VerifyReport | null>(null);
  error = $state.raw<AppError | null>(null);
  starting = $state(false);
  readonly job: Job | null = $derived(
    [...app.jobs.values()]
      .filter(({ kind }) => kind === 'gpuTrial')
      .toSorted((a, b) => b.started.localeCompare(a.started))[0] ?? null,
  );

  async start(): Promise<void> {
    this.error = null;
    this.report = null;
    this.starting = true;
    try {
      await app.beginJob(() => app.client.gpu.trial({ device: 'gpu' }));
    } catch (error) {
      this.error = asAppError(error);
    } finally {
      this.starting = false;
    }
  }

  /** Loads the steps completed so far; call it whenever there are more. */
  async loadSteps({ id, state, done }: Job): Promise<void> {
    if (state === 'running' && done === 0) return;
    // Another verification may have been started before the answer arrives.
    const isCurrent = () => !this.starting && this.job?.id === id;
    try {
      const report = await app.client.gpu.trialReport({ jobId: id });
      if (isCurrent()) this.report = report;
    } catch (error) {
      if (isCurrent() && state === 'done') this.error = asAppError(error);
    }
  }

  async cancel({ id }: Job): Promise<void> {
    await app.client.jobs.cancel({ jobId: id }).catch(toastError);
  }

  async save({ id, resultId }: Job): Promise<void> {
    await saveFromCore(id, resultId ?? '').catch(toastError);
  }
}

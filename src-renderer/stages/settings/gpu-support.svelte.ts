import type { Job } from '../../../src-main/contract/jobs.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { confirm, toast, toastError } from '../../app/feedback.svelte.ts';
import { bytes, t } from '../../app/messages.ts';
import { Resource } from '../../app/resource.svelte.ts';
import { machine } from './machine.svelte.ts';

/** The state of GPU support and its jobs, whichever window started them. */
export class GpuSupportState {
  readonly support = new Resource(() => app.client.gpu.support(), ['gpuSupport']);
  /** Why the last removal failed. */
  error = $state.raw<AppError | undefined>();
  busy = $state(false);

  stop(): void {
    this.support.stop();
  }

  /** The newest job of a kind. */
  #newest(kind: Job['kind']): Job | undefined {
    return [...app.jobs.values()]
      .filter((job) => job.kind === kind)
      .sort((a, b) => b.started.localeCompare(a.started))[0];
  }
  get adding(): Job | undefined {
    return this.#newest('gpuSupport');
  }
  get verifying(): Job | undefined {
    return this.#newest('gpuVerify');
  }

  /** From its publisher, or from a folder. */
  async add(folder: string | null): Promise<void> {
    this.error = undefined;
    try {
      await app.runJob(() => app.client.gpu.add({ folder }));
      toast({ text: t('settings.gpuAddedNow'), kind: 'ok' });
    } catch (error) {
      // A job's failure is shown in the card; a failure to start one is shown here.
      if (this.adding?.state !== 'failed') this.#showError(error);
    }
    await this.#refresh();
  }

  async addFromFolder(): Promise<void> {
    const folder = await app.host.pickFolder().catch((error: unknown) => {
      toastError(error);
      return null;
    });
    if (folder !== null) await this.add(folder);
  }

  /** Keeps what has been downloaded; the next attempt resumes from there. */
  async pause(job: Job): Promise<void> {
    await app.client.jobs.cancel({ jobId: job.id }).catch(toastError);
  }

  /** Stops it and deletes what has been downloaded. */
  async cancel(job: Job): Promise<void> {
    await this.pause(job);
    await app.jobEnd(job.id).catch(() => undefined); // its end is shown
    await this.discard();
  }

  async discard(): Promise<void> {
    await this.#perform(async () => {
      await app.client.gpu.discard();
    });
  }

  async verify(): Promise<void> {
    this.error = undefined;
    try {
      const { counts } = await app.runJob(() => app.client.gpu.verify());
      if (counts?.['damaged'] === 0)
        toast({ text: t('settings.gpuWhole', { count: counts['files'] ?? 0 }), kind: 'ok' });
    } catch (error) {
      this.#showError(error);
    }
    await this.#refresh();
  }

  async remove(): Promise<void> {
    const size = bytes(this.support.value?.onDisk ?? 0);
    const yes = await confirm({
      title: t('settings.gpuRemoveTitle'),
      text: t('settings.gpuRemoveText', { size }),
      confirmLabel: t('settings.gpuRemoveYes'),
      danger: true,
    });
    if (!yes) return;
    await this.#perform(async () => {
      const removed = await app.client.gpu.remove();
      toast({ text: t('settings.gpuRemoved', { size: bytes(removed.bytes) }), kind: 'ok' });
    });
    await this.#refresh();
  }

  async #perform(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.error = undefined;
    try {
      await work();
    } catch (error) {
      this.#showError(error);
    } finally {
      this.busy = false;
    }
  }

  #showError(error: unknown): void {
    const failure = asAppError(error);
    if (failure.code !== 'cancelled') this.error = failure;
  }

  async #refresh(): Promise<void> {
    await this.support.reload();
    await machine.check(true);
  }
}

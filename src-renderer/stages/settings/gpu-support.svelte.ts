import type { Job } from '../../../src-main/contract/jobs.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { confirm, toast, toastError } from '../../app/feedback.svelte.ts';
import { bytes, t } from '../../app/messages.ts';
import { Resource } from '../../app/resource.svelte.ts';
import { machine } from './machine.svelte.ts';

/** What there is of GPU support, and what is being done about it, whichever window began it. */
export class GpuSupportState {
  readonly support = new Resource(() => app.client.gpu.support(), ['gpuSupport']);
  /** Why the last try to remove it failed. */
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

  /** From where it is published, or from a folder. */
  async add(folder: string | null): Promise<void> {
    this.error = undefined;
    try {
      await app.runJob(() => app.client.gpu.add({ folder }));
      toast({ text: t('settings.gpuAddedNow'), kind: 'ok' });
    } catch (error) {
      // What became of a job is shown in the card; what never became one is told here.
      if (this.adding?.state !== 'failed') this.#tell(error);
    }
    await this.#lookAgain();
  }

  async addFromFolder(): Promise<void> {
    const folder = await app.host.pickFolder().catch((error: unknown) => {
      toastError(error);
      return null;
    });
    if (folder !== null) await this.add(folder);
  }

  /** What has been brought stays, and the next time goes on from there. */
  async pause(job: Job): Promise<void> {
    await app.client.jobs.cancel({ jobId: job.id }).catch(toastError);
  }

  /** Stops it and throws away what has been brought. */
  async cancel(job: Job): Promise<void> {
    await this.pause(job);
    await app.jobEnd(job.id).catch(() => undefined); // how it ended is shown
    await this.discard();
  }

  async discard(): Promise<void> {
    await this.#work(async () => {
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
      this.#tell(error);
    }
    await this.#lookAgain();
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
    await this.#work(async () => {
      const removed = await app.client.gpu.remove();
      toast({ text: t('settings.gpuRemoved', { size: bytes(removed.bytes) }), kind: 'ok' });
    });
    await this.#lookAgain();
  }

  async #work(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.error = undefined;
    try {
      await work();
    } catch (error) {
      this.#tell(error);
    } finally {
      this.busy = false;
    }
  }

  #tell(error: unknown): void {
    const told = asAppError(error);
    if (told.code !== 'cancelled') this.error = told;
  }

  async #lookAgain(): Promise<void> {
    await this.support.reload();
    await machine.look(true);
  }
}

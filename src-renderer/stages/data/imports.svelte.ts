import type { Job } from '../../../src-main/contract/jobs.ts';
import { app } from '../../app/app.svelte.ts';
import { AppError, asAppError } from '../../app/errors.ts';
import { toast, toastError } from '../../app/feedback.svelte.ts';
import { t } from '../../app/messages.ts';
import { go, route } from '../../app/route.svelte.ts';
import type { DroppedFile } from '../../host/host.ts';
import { topFolder, visible } from './dropped.ts';

/** A folder on its way from this computer to the one Falx runs on, bytes. */
export type Upload = { name: string; sent: number; total: number };

export type Failure = {
  what: 'import' | 'upload';
  error: AppError;
  /** Does the same again; null where that can't help. */
  again: (() => void) | null;
};

/** The ways in, and how far each has come. It lives as long as the window: the screen may be left and entered again. */
class Imports {
  upload = $state.raw<Upload | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** A click that has not been answered yet. */
  starting = $state(false);
  /** Jobs that are waited for, until what came of them is shown. */
  #awaited = $state(0);
  readonly running: Job[] = $derived([...app.jobs.values()].filter(isImport).filter(isRunning));
  readonly #followed = new Set<string>();
  #stopUpload: AbortController | null = null;

  get busy(): boolean {
    return this.starting || this.upload !== null || this.#awaited > 0 || this.running.length > 0;
  }

  async choose(): Promise<void> {
    try {
      const folder = await app.host.pickFolder();
      if (folder !== null) await this.import(folder);
    } catch (error) {
      toastError(error);
    }
  }

  async import(folder: string): Promise<void> {
    await this.#start(
      () => app.client.datasets.import({ folder }),
      () => void this.import(folder),
    );
  }

  async drawSamples(): Promise<void> {
    await this.#start(
      () => app.client.datasets.demo(),
      () => void this.drawSamples(),
    );
  }

  /** Imports a folder that was dropped or chosen from this computer; in a browser it is sent first. */
  async take(files: DroppedFile[], name = topFolder(files)): Promise<void> {
    const wanted = visible(files);
    const again = () => void this.take(files, name);
    this.failure = null;
    if (wanted.length === 0) return this.#refuse(t('data.noFiles', { name }));
    if (wanted.every(({ relativePath }) => !relativePath.includes('/')))
      return this.#refuse(t('data.singleFiles'));
    const total = wanted.reduce((sum, { file }) => sum + file.size, 0);
    this.upload = { name, sent: 0, total };
    const stop = (this.#stopUpload = new AbortController());
    try {
      const { folder } = await app.host.take(
        wanted,
        (sent) => (this.upload = { name, sent, total }),
        stop.signal,
      );
      this.upload = null;
      if (folder === null) this.#refuse(t('data.singleFiles'));
      else await this.import(folder);
    } catch (error) {
      if (stop.signal.aborted) toast({ text: t('data.cancelled') });
      else this.failure = { what: 'upload', error: asAppError(error), again };
    } finally {
      this.upload = null;
      this.#stopUpload = null;
    }
  }

  cancelUpload(): void {
    this.#stopUpload?.abort();
  }

  async cancel(job: Job): Promise<void> {
    try {
      await app.client.jobs.cancel({ jobId: job.id });
    } catch (error) {
      toastError(error);
    }
  }

  /** Waits for jobs that this page did not start itself: it was loaded anew while they ran. */
  followAll(): void {
    for (const job of this.running) {
      const again = () => void (job.kind === 'demo' ? this.drawSamples() : this.import(job.subject));
      void this.#follow(job.id, again);
    }
  }

  async #start(start: () => Promise<Job>, again: () => void): Promise<void> {
    this.failure = null;
    this.starting = true;
    try {
      const job = await start();
      if (!app.jobs.has(job.id)) app.jobs.set(job.id, job); // its first event may have come before the answer
      void this.#follow(job.id, again);
    } catch (error) {
      this.failure = { what: 'import', error: asAppError(error), again };
    } finally {
      this.starting = false;
    }
  }

  async #follow(jobId: string, again: () => void): Promise<void> {
    if (this.#followed.has(jobId)) return;
    this.#followed.add(jobId);
    this.#awaited += 1;
    const from = route.id;
    try {
      await arrive(await app.settled(jobId), from);
    } catch (thrown) {
      const error = asAppError(thrown);
      if (error.code === 'cancelled') toast({ text: t('data.cancelled') });
      else this.failure = { what: 'import', error, again };
    } finally {
      this.#awaited -= 1;
    }
  }

  #refuse(message: string): void {
    this.failure = { what: 'import', error: new AppError('bad-dataset', message), again: null };
  }
}

export const imports = new Imports();

/** Shows the new dataset to whoever still waits where its import began (`from`); anyone else is told. */
async function arrive({ resultId }: Job, from: string | null): Promise<void> {
  if (resultId === null) return;
  const { dataset, images } = await app.client.datasets.get({ datasetId: resultId });
  const show = () => go('data', resultId);
  const awaited = route.name === 'data' && (route.id === null || route.id === from);
  if (awaited) show();
  toast({
    kind: 'ok',
    text: t('data.imported', { name: dataset.name, images }),
    ...(awaited ? {} : { action: { label: t('data.show'), run: show } }),
  });
}

const isImport = (job: Job): boolean => job.kind === 'import' || job.kind === 'demo';
const isRunning = (job: Job): boolean => job.state === 'running';

import type { Job } from '../../../src-main/contract/jobs.ts';
import type { NetworkName } from '../../../src-main/contract/networks.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { toast, toastError } from '../../app/feedback.svelte.ts';
import { networkTitle, t } from '../../app/messages.ts';
import { Resource } from '../../app/resource.svelte.ts';
import { SavedJob } from '../../app/saved-job.svelte.ts';
import { weightFiles } from '../../components/weight-files.ts';
import type { DroppedFile } from '../../host/host.ts';

/** The stored weights of each network, and the jobs that add to them. */
export class WeightsState {
  readonly list = new Resource(() => app.client.weights.list(), ['weights']);
  readonly sources = new Resource(() => app.client.weights.sources());
  adding = $state(false);
  /** Packs all stored weights into one file, for a machine without internet access. */
  readonly packing = new SavedJob(
    'weightsPack',
    () => app.client.weights.pack(),
    ({ resultId }) => t('settings.weightsPacked', { file: resultId ?? '' }),
  );
  /** Why a file could not be added. */
  error = $state.raw<AppError | undefined>();

  stop(): void {
    this.list.stop();
    this.sources.stop();
  }

  /** Where a network's file is downloaded from, shown before the download. */
  sourceOf(network: NetworkName): { url: string; bytes: number } | undefined {
    return this.sources.value?.find((source) => source.network === network);
  }

  /** The newest download of a network, whichever window started it. */
  downloadOf(network: NetworkName): Job | undefined {
    return [...app.jobs.values()]
      .filter(({ kind, subject }) => kind === 'download' && subject === network)
      .sort((a, b) => b.started.localeCompare(a.started))[0];
  }

  async download(network: NetworkName): Promise<void> {
    try {
      await app.runJob(() => app.client.weights.download({ network }));
      toast({ text: t('settings.weightsDownloaded', { network: networkTitle(network) }), kind: 'ok' });
    } catch (error) {
      // A download's failure is shown in its row; a failure to start one is shown here.
      if (this.downloadOf(network)?.state !== 'failed') toastError(error);
    }
  }

  async cancel(job: Job): Promise<void> {
    await app.client.jobs.cancel({ jobId: job.id }).catch(toastError);
  }

  async addFiles(): Promise<void> {
    await this.#add(() =>
      app.host.pickFiles({
        title: t('settings.weightsAddTitle'),
        extensions: weightFiles,
        multiple: true,
      }),
    );
  }

  /** Adds dropped files; in a browser they are uploaded first. */
  async takeDropped(files: DroppedFile[]): Promise<void> {
    await this.#add(async () => (await app.host.take(files)).files);
  }

  async #add(choose: () => Promise<string[] | null>): Promise<void> {
    this.error = undefined;
    try {
      const files = await choose();
      if (!files?.length) return;
      this.adding = true;
      const before = this.list.value ?? [];
      let after = before;
      for (const file of files) after = await app.client.weights.add({ file });
      const added = after.filter(({ network, sha256 }) =>
        before.every((other) => other.network !== network || other.sha256 !== sha256),
      );
      const networks = (added.length > 0 ? added : after.filter(({ present }) => present)).map(
        ({ network }) => networkTitle(network),
      );
      toast({ text: t('settings.weightsAdded', { networks: networks.join(', ') }), kind: 'ok' });
    } catch (error) {
      this.error = asAppError(error);
    } finally {
      this.adding = false;
    }
  }
}

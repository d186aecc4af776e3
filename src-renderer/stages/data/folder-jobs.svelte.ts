import type { Job } from '../../../src-main/contract/jobs.ts';
import { app } from '../../app/app.svelte.ts';
import { toast, toastError } from '../../app/feedback.svelte.ts';
import { t } from '../../app/messages.ts';
import { lastName } from '../../app/paths.ts';
import { go, route } from '../../app/route.svelte.ts';

type Failed = (thrown: unknown) => void;

/** Jobs on a folder whose result is a page of the data screen. They live as long as the window: the user may leave the screen meanwhile. */
export class FolderJobs {
  readonly #kind: 'audit' | 'deidentify';
  /** Query parameter of the result's address. */
  readonly #shownAs: 'audit' | 'deidentified';
  #starting = $state(false);
  /** The address where the one being started was asked for: it may be told of before the answer comes. */
  #begunAt: string | null = null;
  readonly #followed = new Set<string>();
  readonly running: Job[] = $derived.by(() =>
    [...app.jobs.values()].filter(({ kind, state }) => kind === this.#kind && state === 'running'),
  );

  constructor(kind: 'audit' | 'deidentify', shownAs: 'audit' | 'deidentified') {
    this.#kind = kind;
    this.#shownAs = shownAs;
  }

  get busy(): boolean {
    return this.#starting || this.running.length > 0;
  }

  /** @param ended called with the error if the job fails after it was started. */
  protected async begin(start: () => Promise<Job>, failed: Failed, ended = failed): Promise<void> {
    this.#starting = true;
    this.#begunAt = location.hash;
    try {
      void this.follow(await app.beginJob(start), ended);
    } catch (error) {
      failed(error);
    } finally {
      this.#starting = false;
      this.#begunAt = null;
    }
  }

  /** Waits for a job, also one that was started before this page was reloaded. */
  protected async follow({ id, subject }: Job, failed: Failed): Promise<void> {
    if (this.#followed.has(id)) return;
    this.#followed.add(id);
    const from = this.#begunAt ?? location.hash;
    try {
      await app.jobEnd(id);
      const show = () => go('data', null, { [this.#shownAs]: id });
      // Shown at once if the user still waits there; elsewhere, perhaps looking at scans or typing, a notice links to it.
      if (route.name === 'data' && location.hash === from) show();
      else
        toast({
          kind: 'ok',
          text: t(`data.${this.#kind}.done`, { name: lastName(subject) }),
          action: { label: t('data.show'), run: show },
        });
    } catch (error) {
      failed(error);
    }
  }

  async cancel({ id }: Job): Promise<void> {
    await app.client.jobs.cancel({ jobId: id }).catch(toastError);
  }
}

import type { CheckView, Decision } from '../../../src-main/contract/check.ts';
import type { Job, JobKind } from '../../../src-main/contract/jobs.ts';
import { app } from '../../app/app.svelte.ts';
import { AppError, asAppError } from '../../app/app-error.ts';
import { toastError } from '../../app/feedback.svelte.ts';
import { Resource } from '../../app/resource.svelte.ts';

type Work = Extract<JobKind, 'check' | 'shortcuts'>;

/** The window's state of one dataset's check; findings and decisions are kept by the core. */
export class CheckScreen {
  readonly datasetId: string;
  readonly view: Resource<CheckView>;
  /** Changes being saved, or waiting for those before them. */
  #pending = $state(0);
  #last: Promise<boolean> = Promise.resolve(true);
  /** The decision that is the newest change; null where that is another kind of change. */
  #newest: string | null = null;
  #refusals = $state.raw<Partial<Record<Work, AppError>>>({});
  #starting = $state.raw<Work | null>(null);

  constructor(datasetId: string) {
    this.datasetId = datasetId;
    this.view = new Resource(() => app.client.check.get({ datasetId }), ['checks', 'datasets']);
  }

  stop(): void {
    this.view.stop();
  }

  /** A decision is being saved. */
  get deciding(): boolean {
    return this.#pending > 0;
  }

  /** The newest job of a kind on this dataset. */
  job(kind: Work): Job | null {
    const all = [...app.jobs.values()].filter((job) => job.kind === kind && job.subject === this.datasetId);
    return all.reduce<Job | null>(
      (newest, job) => (newest && newest.started > job.started ? newest : job),
      null,
    );
  }

  running(kind: Work): Job | null {
    const job = this.job(kind);
    return job?.state === 'running' ? job : null;
  }

  starting(kind: Work): boolean {
    return this.#starting === kind;
  }

  /** Why the newest job of a kind failed; null if it did not, or if one has succeeded since. */
  failure(kind: Work): AppError | null {
    const refusal = this.#refusals[kind];
    if (refusal) return refusal;
    const job = this.job(kind);
    const { check, shortcuts } = this.view.value ?? {};
    const finished = (kind === 'check' ? check : shortcuts)?.created;
    if (!job || (finished && finished >= job.started)) return null;
    if (job.state === 'cancelled') return new AppError('cancelled', '');
    if (job.state !== 'failed' || !job.error) return null;
    return new AppError(job.error.code, job.error.message, job.error.facts);
  }

  async start(kind: Work): Promise<void> {
    if (this.#starting || this.running(kind)) return;
    const { datasetId } = this;
    this.#starting = kind;
    this.#refusals = { ...this.#refusals, [kind]: undefined };
    try {
      const job = await (kind === 'check'
        ? app.client.check.start({ datasetId })
        : app.client.check.shortcuts({ datasetId }));
      if (!app.jobs.has(job.id)) app.jobs.set(job.id, job);
    } catch (error) {
      this.#refusals = { ...this.#refusals, [kind]: asAppError(error) };
    } finally {
      this.#starting = null;
    }
  }

  async cancel(kind: Work): Promise<void> {
    const job = this.running(kind);
    if (!job) return;
    try {
      await app.client.jobs.cancel({ jobId: job.id });
    } catch (error) {
      toastError(error);
    }
  }

  /** One decision for a key pressed twice: nothing is done while the same one, as the newest, is being saved. */
  async decide(kind: Decision['kind'], imageIds: number[]): Promise<boolean> {
    const { datasetId } = this;
    const key = `${kind} ${imageIds.join()}`;
    if (this.deciding && this.#newest === key) return false;
    return await this.#change(() => app.client.check.decide({ datasetId, kind, imageIds }), key);
  }

  dropTwins(): Promise<boolean> {
    return this.#change(() => app.client.check.dropTwins({ datasetId: this.datasetId }));
  }

  undo(): Promise<boolean> {
    return this.#change(() =>
      this.view.value?.undo ? app.client.check.undo({ datasetId: this.datasetId }) : null,
    );
  }

  redo(): Promise<boolean> {
    return this.#change(() =>
      this.view.value?.redo ? app.client.check.redo({ datasetId: this.datasetId }) : null,
    );
  }

  /**
   * Makes changes one after another: three quick presses are three changes, though the first is still being saved at the second.
   * @param change null if there is nothing to change when its turn comes.
   * @returns whether it was done; errors are shown.
   */
  #change(change: () => Promise<CheckView> | null, decision: string | null = null): Promise<boolean> {
    this.#pending++;
    this.#newest = decision;
    this.#last = this.#last.then(() => this.#apply(change));
    return this.#last;
  }

  async #apply(change: () => Promise<CheckView> | null): Promise<boolean> {
    try {
      const changed = change();
      if (changed === null) return false;
      this.view.value = await changed;
      return true;
    } catch (error) {
      toastError(error);
      return false;
    } finally {
      this.#pending--;
    }
  }
}

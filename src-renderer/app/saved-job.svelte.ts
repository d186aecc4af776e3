import type { Job, JobKind } from '../../src-main/contract/jobs.ts';
import { app } from './app.svelte.ts';
import { asAppError } from './app-error.ts';
import { toast, toastError } from './feedback.svelte.ts';
import { saveFromCore } from './save-from-core.ts';

/** A job whose result is a file to be saved: starts it, tracks it, cancels it and saves its file. */
export class SavedJob {
  readonly #kind: JobKind;
  readonly #start: () => Promise<Job>;
  readonly #done: (job: Job) => string;
  #starting = $state(false);

  /** @param done the notice shown once the file is saved; the job's `resultId` is the file's name. */
  constructor(kind: JobKind, start: () => Promise<Job>, done: (job: Job) => string) {
    this.#kind = kind;
    this.#start = start;
    this.#done = done;
  }

  /** The running job, also one started by another window or before this page was reloaded. */
  readonly running: Job | null = $derived.by(
    () =>
      [...app.jobs.values()].find(({ kind, state }) => kind === this.#kind && state === 'running') ?? null,
  );

  get busy(): boolean {
    return this.#starting || this.running !== null;
  }

  async run(): Promise<void> {
    this.#starting = true;
    try {
      const job = await app.runJob(() => this.#start());
      await saveFromCore(job.id, job.resultId ?? '');
      toast({ text: this.#done(job), kind: 'ok' });
    } catch (error) {
      if (asAppError(error).code !== 'cancelled') toastError(error);
    } finally {
      this.#starting = false;
    }
  }

  async cancel(): Promise<void> {
    if (this.running) await app.client.jobs.cancel({ jobId: this.running.id }).catch(toastError);
  }
}

import type { KerasChoices, KerasLook } from '../../../src-main/contract/keras-import.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { toast } from '../../app/feedback.svelte.ts';
import { t } from '../../app/messages.ts';
import { lastName } from '../../app/paths.ts';
import { go } from '../../app/route.svelte.ts';
import type { DroppedFile } from '../../host/host.ts';

/** Extensions of files that can be imported as a run. */
export const runFileExtensions = ['falx', 'keras', 'h5', 'hdf5', 'zip'] as const;

type Step = 'sending' | 'looking' | 'asking' | 'importing' | 'failed';

/** The import of a run from a file: uploaded, inspected, completed by the user where the file lacks information, imported. */
export class RunImport {
  step = $state<Step | null>(null);
  name = $state('');
  /** Fraction uploaded, 0 to 1. */
  sent = $state(0);
  inspection = $state.raw<KerasLook | null>(null);
  error = $state.raw<AppError | null>(null);
  #file: string | null = null;
  #stop: AbortController | null = null;
  #turn = 0;

  /** Also one that was started before this page was reloaded. */
  readonly job = $derived(
    [...app.jobs.values()].find(({ kind, state }) => kind === 'importRun' && state === 'running') ?? null,
  );

  get busy(): boolean {
    return this.step === 'sending' || this.step === 'looking' || this.step === 'importing';
  }

  async pick(): Promise<void> {
    const turn = this.#turn;
    const [file] =
      (await app.host.pickFiles({
        title: t('runs.import.pick'),
        extensions: runFileExtensions,
        multiple: false,
      })) ?? [];
    if (file !== undefined && turn === this.#turn) await this.open(file);
  }

  async take(files: readonly DroppedFile[]): Promise<void> {
    const [first] = files;
    if (first === undefined || this.busy) return;
    this.#begin('sending', first.file.name);
    const turn = this.#turn;
    const stop = (this.#stop = new AbortController());
    await this.#attempt(turn, async () => {
      const uploaded = await app.host.take(
        [first],
        (sent, total) => (this.sent = total > 0 ? sent / total : 0),
        stop.signal,
      );
      const file = uploaded.files[0];
      if (file !== undefined && turn === this.#turn) await this.open(file);
    });
  }

  /** @param file on the machine Falx runs on. */
  async open(file: string): Promise<void> {
    this.#begin('looking', lastName(file));
    this.#file = file;
    const turn = this.#turn;
    await this.#attempt(turn, async () => {
      const inspection = await app.client.runs.lookAt({ file });
      if (turn !== this.#turn) return;
      if (inspection.kind === 'falx') return this.start();
      this.inspection = inspection;
      this.step = 'asking';
    });
  }

  async start(keras?: KerasChoices): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    this.step = 'importing';
    const turn = this.#turn;
    await this.#attempt(turn, async () => {
      const { resultId } = await app.runJob(() => app.client.runs.import({ file, ...(keras && { keras }) }));
      toast({ text: t('runs.import.done', { name: this.name }), kind: 'ok' });
      if (turn !== this.#turn) return;
      this.step = null;
      go('runs', resultId);
    });
  }

  /** Back to the questions, or to the start. */
  async cancel(): Promise<void> {
    this.#stop?.abort();
    const { job } = this;
    if (job) await app.client.jobs.cancel({ jobId: job.id }).catch(() => undefined); // it may have ended meanwhile
    this.close();
  }

  close(): void {
    this.#turn += 1;
    this.step = null;
    this.inspection = null;
    this.error = null;
  }

  #begin(step: Step, name: string): void {
    this.#turn += 1;
    this.step = step;
    this.name = name;
    this.sent = 0;
    this.inspection = null;
    this.error = null;
  }

  async #attempt(turn: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const error = asAppError(thrown);
      if (turn !== this.#turn) return;
      if (error.code === 'cancelled') return this.close();
      this.error = error;
      this.step = 'failed';
    }
  }
}

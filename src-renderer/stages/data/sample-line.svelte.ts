import { networkNames } from '../../../src-main/contract/networks.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { go, route } from '../../app/route.svelte.ts';
import { selection } from '../../app/selection.svelte.ts';
import { sampleSettings, trainedOf } from './sample-settings.ts';

export const lineSteps = ['draw', 'check', 'split', 'train', 'compare'] as const;
export type LineStep = (typeof lineSteps)[number];

const shares = { test: 0.2, validation: 0.1, seed: 7, useGiven: false };

/** From made-up scans to compared models, by one press: each step on its own screen, as a person would take it. */
class SampleLine {
  /** Where it is; null while it does not run. */
  step = $state<LineStep | null>(null);
  error = $state.raw<AppError | null>(null);
  /** While its models are trained: how many of them have ended. */
  trained = $state.raw<{ done: number; of: number } | null>(null);
  #stop = new AbortController();
  #undo: (() => Promise<unknown>) | null = null;

  async run(): Promise<void> {
    if (this.step !== null) return;
    this.error = null;
    this.#stop = new AbortController();
    const { client } = app;
    try {
      this.#at('draw');
      const { resultId } = await this.#job(() => client.datasets.demo());
      const datasetId = resultId!;
      selection.datasetId = datasetId;
      this.#show('check', datasetId);
      this.#at('check');
      await this.#job(() => client.check.start({ datasetId }));
      this.#at('split');
      const { split } = await client.splits.create({ datasetId, ...shares });
      selection.splitId = split.id;
      this.#show('split', datasetId, { split: split.id });
      this.#at('train');
      const runs = await client.training.queue({
        splitId: split.id,
        networks: [...networkNames],
        settings: sampleSettings,
      });
      const runIds = runs.map(({ id }) => id);
      this.#undo = async () => {
        // What waits leaves the queue first, or it would begin when the one before it ends.
        const { open } = trainedOf(await this.#views(runIds));
        for (const runId of open.toReversed()) await client.training.cancel({ runId });
      };
      this.#show('train', split.id);
      // The first model can be looked at while the others are trained; they appear beside it.
      await this.#until(runIds, ({ open, isThereOne }) => isThereOne || open.length === 0);
      this.#at('compare');
      this.#show('compare', split.id);
      await this.#until(runIds, ({ open }) => open.length === 0);
    } catch (error) {
      const told = asAppError(error);
      if (told.code !== 'cancelled' && !this.#stop.signal.aborted) this.error = told;
    } finally {
      this.step = null;
      this.trained = null;
      this.#undo = null;
    }
  }

  /** Breaks off what is under way; what was done stays. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#undo?.();
  }

  #at(step: LineStep): void {
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    this.step = step;
  }

  /** Goes along to the screen of the step, unless the person has gone elsewhere meanwhile. */
  #shown: string | null = null;
  #show(name: 'check' | 'split' | 'train' | 'compare', id: string, query: Record<string, string> = {}): void {
    const here = `${route.name} ${route.id}`;
    if (this.#shown === null || here === this.#shown || name === 'check') {
      go(name, id, query);
      this.#shown = `${name} ${id}`;
    }
  }

  async #job(start: Parameters<typeof app.beginJob>[0]) {
    const { id } = await app.beginJob(start);
    this.#undo = () => app.client.jobs.cancel({ jobId: id });
    return await app.jobEnd(id);
  }

  /** Asked of the core, whose events come when they come. */
  #views(runIds: readonly string[]) {
    return Promise.all(runIds.map((runId) => app.client.runs.get({ runId })));
  }

  async #until(
    runIds: readonly string[],
    isEnough: (of: ReturnType<typeof trainedOf>) => boolean,
  ): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      // Listened for before it is asked: what changes meanwhile is asked for again.
      const changed = Promise.withResolvers<void>();
      const unlisten = app.onChanged(['runs'], () => changed.resolve());
      const given = () => changed.reject(signal.reason as Error);
      signal.addEventListener('abort', given);
      try {
        signal.throwIfAborted();
        const of = trainedOf(await this.#views(runIds));
        this.trained = { done: runIds.length - of.open.length, of: runIds.length };
        if (isEnough(of)) return;
        await changed.promise;
      } finally {
        unlisten();
        signal.removeEventListener('abort', given);
        changed.promise.catch(() => undefined); // told above, where it is waited for
      }
    }
  }
}

export const sampleLine = new SampleLine();

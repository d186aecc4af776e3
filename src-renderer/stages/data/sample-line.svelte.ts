import { networkNames } from '../../../src-main/contract/networks.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { go, route } from '../../app/route.svelte.ts';
import { selection } from '../../app/selection.svelte.ts';
import { sampleSettings, trainedOf } from './sample-settings.ts';

export const lineSteps = ['draw', 'check', 'split', 'train', 'compare'] as const;
export type LineStep = (typeof lineSteps)[number];

const shares = { test: 0.2, validation: 0.1, seed: 7, useGiven: false };

/** One-click demonstration from synthetic scans to compared models: each step is shown on its own screen. */
class SampleLine {
  /** The current step; null while it is not running. */
  step = $state<LineStep | null>(null);
  error = $state.raw<AppError | null>(null);
  /** While its models train: how many have finished. */
  trained = $state.raw<{ done: number; of: number } | null>(null);
  #stop = new AbortController();
  #undo: (() => Promise<unknown>) | null = null;

  async run(): Promise<void> {
    if (this.step !== null) return;
    this.error = null;
    this.#shown = null;
    this.#stop = new AbortController();
    const { client } = app;
    try {
      this.#enter('draw');
      const { resultId } = await this.#job(() => client.datasets.demo());
      const datasetId = resultId!;
      selection.datasetId = datasetId;
      this.#show('check', datasetId);
      this.#enter('check');
      await this.#job(() => client.check.start({ datasetId }));
      this.#enter('split');
      const { split } = await client.splits.create({ datasetId, ...shares });
      selection.splitId = split.id;
      this.#show('split', datasetId, { split: split.id });
      this.#enter('train');
      const runs = await client.training.queue({
        splitId: split.id,
        networks: [...networkNames],
        settings: sampleSettings,
      });
      const runIds = runs.map(({ id }) => id);
      this.#undo = async () => {
        // Cancels queued runs first, or the next would start when the current one ends.
        const { open } = trainedOf(await this.#views(runIds));
        for (const runId of open.toReversed()) await client.training.cancel({ runId });
      };
      this.#show('train', split.id);
      // The first model can be compared while the others are still training; they appear beside it.
      await this.#until(runIds, ({ open, hasEvaluated }) => hasEvaluated || open.length === 0);
      this.#enter('compare');
      this.#show('compare', split.id);
      await this.#until(runIds, ({ open }) => open.length === 0);
    } catch (error) {
      const failure = asAppError(error);
      if (failure.code !== 'cancelled' && !this.#stop.signal.aborted) this.error = failure;
    } finally {
      this.step = null;
      this.trained = null;
      this.#undo = null;
    }
  }

  /** Stops what is under way; completed steps are kept. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#undo?.();
  }

  #enter(step: LineStep): void {
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    this.step = step;
  }

  /** Navigates to the step's screen, unless the user has gone elsewhere meanwhile. */
  #shown: string | null = null;
  #show(name: 'check' | 'split' | 'train' | 'compare', id: string, query: Record<string, string> = {}): void {
    // It begins at the data, which may show the new scans by now.
    const here = name === 'check' ? route.name === 'data' : `${route.name} ${route.id}` === this.#shown;
    if (here) {
      go(name, id, query);
      this.#shown = `${name} ${id}`;
    }
  }

  async #job(start: Parameters<typeof app.beginJob>[0]) {
    const { id } = await app.beginJob(start);
    this.#undo = () => app.client.jobs.cancel({ jobId: id });
    return await app.jobEnd(id);
  }

  /** Read from the core, since its events may arrive late. */
  #views(runIds: readonly string[]) {
    return Promise.all(runIds.map((runId) => app.client.runs.get({ runId })));
  }

  async #until(
    runIds: readonly string[],
    isEnough: (of: ReturnType<typeof trainedOf>) => boolean,
  ): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      // Subscribe before reading, so that a change meanwhile leads to another read.
      const changed = Promise.withResolvers<void>();
      const unlisten = app.onChanged(['runs'], () => changed.resolve());
      const onAbort = () => changed.reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      try {
        signal.throwIfAborted();
        const of = trainedOf(await this.#views(runIds));
        this.trained = { done: runIds.length - of.open.length, of: runIds.length };
        if (isEnough(of)) return;
        await changed.promise;
      } finally {
        unlisten();
        signal.removeEventListener('abort', onAbort);
        changed.promise.catch(() => undefined); // thrown above, where it is awaited
      }
    }
  }
}

export const sampleLine = new SampleLine();

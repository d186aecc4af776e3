import { SvelteSet } from 'svelte/reactivity';
import type { Dataset, Epoch, Split } from '../../../src-main/contract/records.ts';
import type { EvaluatedImage, RunView, SharedTests } from '../../../src-main/contract/views.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { networkTitle } from '../../app/messages.ts';
import { Resource, useResource } from '../../app/resource.svelte.ts';
import { go, route } from '../../app/route.svelte.ts';
import { runLabels } from './run-labels.ts';

/** A run's predictions on the test images, and when they were evaluated. */
type Answers = { evaluated: string; images: readonly EvaluatedImage[] };

/** A run whose predictions have been loaded. */
export type ComparedRun = { view: RunView; label: string; images: readonly EvaluatedImage[] };

/** The default probability at and above which a scan is called positive. */
export const standardThreshold = 0.5;
/** Minimum interval between redraws while the threshold is dragged, milliseconds. */
const plotEvery = 120;

/** The runs of one split, their predictions on the test images, and the threshold in use. */
export class CompareState {
  readonly splitId: string;
  readonly split: Resource<{ split: Split; testImages: number; dataset: Dataset }>;
  readonly runs: Resource<RunView[]>;
  /** For the plots: follows the threshold with a delay, as plots are slower to update than figures. */
  plottedThreshold = $state(standardThreshold);
  #threshold = $state(standardThreshold);
  #plotTimer: ReturnType<typeof setTimeout> | undefined;
  /** Why the last evaluation ended early. */
  error = $state.raw<AppError | undefined>();
  evaluating = $state(false);
  /** The selection in a figure or a table: the scans behind a cell, a bin or a point. */
  picked = $state.raw<{ text: string; imageIds: ReadonlySet<number> } | null>(null);
  #answers = $state.raw<ReadonlyMap<string, Answers>>(new Map());
  #epochs = $state.raw<ReadonlyMap<string, readonly Epoch[]>>(new Map());
  #loading = false;
  /** Runs whose evaluation failed, not to be retried automatically. */
  readonly #failed = new SvelteSet<string>();

  /** Ids of the runs in the address; null: all. */
  readonly #requested = $derived(route.query.get('runs')?.split(',') ?? null);
  /** All runs of the split, newest first. */
  readonly ofSplit = $derived.by(() =>
    (this.runs.value ?? [])
      .filter(({ run }) => run.splitId === this.splitId)
      .sort((a, b) => b.run.created.localeCompare(a.run.created)),
  );
  /** Requested runs of other splits: shown where they were tested on the same scans. */
  readonly #ofOtherSplits = $derived.by(() =>
    (this.runs.value ?? []).filter(
      ({ run, hasModel }) =>
        hasModel &&
        run.splitId !== this.splitId &&
        (this.#requested?.includes(run.id) || this.#seenBefore.has(run.id)),
    ),
  );
  /** Runs of other splits shown before: whoever unticks one may want it back. */
  readonly #seenBefore = new SvelteSet<string>();
  readonly #shared: Resource<SharedTests>;
  readonly guests = $derived.by(() => (this.#shared.value?.same ? this.#ofOtherSplits : []));
  /** The runs that can be compared, oldest first, as they were queued. */
  readonly usable = $derived([...this.ofSplit.filter(({ hasModel }) => hasModel).reverse(), ...this.guests]);
  readonly labels = $derived(
    runLabels(
      this.usable.map(({ run }) => run),
      networkTitle,
    ),
  );
  /** The default choice: the split's own runs, without those a learning curve trained on part of the training set. */
  readonly #defaultChoice = $derived.by(() => {
    const own = this.usable.filter(({ run }) => run.splitId === this.splitId);
    const whole = own.filter(({ run }) => run.settings.trainShare === 1);
    return whole.length > 0 ? whole : own;
  });
  readonly chosen = $derived.by(() => {
    const requested = this.#requested;
    const chosen = requested ? this.usable.filter(({ run }) => requested.includes(run.id)) : [];
    return chosen.length > 0 ? chosen : this.#defaultChoice;
  });
  readonly unevaluated = $derived(this.chosen.filter(({ metrics }) => !metrics));
  /** The chosen runs whose evaluation failed. */
  readonly failed = $derived(this.unevaluated.filter(({ evaluationError }) => evaluationError !== null));
  /** The chosen runs that have been evaluated and whose predictions have been loaded. */
  readonly compared = $derived.by((): ComparedRun[] =>
    this.chosen.flatMap((view) => {
      const answers = this.#answers.get(view.run.id);
      return view.metrics && answers
        ? [{ view, label: this.labels.get(view.run.id)!, images: answers.images }]
        : [];
    }),
  );
  /** Runs still with the queue, which evaluates what it has trained; their metrics arrive a little after their model. */
  readonly #underWay = $derived(new Set(app.training.active.map(({ runId }) => runId)));
  readonly job = $derived(
    [...app.jobs.values()].find(
      ({ kind, state, subject }) =>
        kind === 'compare' &&
        state === 'running' &&
        (subject === this.splitId || this.guests.some(({ run }) => run.splitId === subject)),
    ),
  );

  constructor(splitId: string) {
    this.splitId = splitId;
    this.runs = new Resource(() => app.client.runs.list({ removed: false }), ['runs', 'metrics', 'datasets']);
    this.split = new Resource(async () => {
      const { split, classes } = await app.client.splits.get({ splitId });
      const { dataset } = await app.client.datasets.get({ datasetId: split.datasetId });
      return { split, testImages: Object.values(classes.test ?? {}).reduce((sum, n) => sum + n, 0), dataset };
    }, ['splits', 'datasets']);
    this.#shared = useResource(() => {
      const own = this.ofSplit.find(({ hasModel }) => hasModel)?.run.id;
      const others = new Map(this.#ofOtherSplits.map(({ run }) => [run.splitId, run.id]));
      if (own === undefined || others.size === 0) return null;
      return app.client.compare.tests({ runIds: [own, ...others.values()].slice(0, 50) });
    }, ['splits']);
  }

  get threshold(): number {
    return this.#threshold;
  }

  set threshold(threshold: number) {
    this.#threshold = threshold;
    this.#plotTimer ??= setTimeout(() => {
      this.#plotTimer = undefined;
      this.plottedThreshold = this.#threshold;
    }, plotEvery);
  }

  stop(): void {
    clearTimeout(this.#plotTimer);
    this.runs.stop();
    this.split.stop();
  }

  epochsOf(runId: string): readonly Epoch[] {
    return this.#epochs.get(runId) ?? [];
  }

  isChosen(runId: string): boolean {
    return this.chosen.some(({ run }) => run.id === runId);
  }

  /** At least one run stays chosen. The choice is kept in the address, so that it can be returned to. */
  choose(runId: string, chosen: boolean): void {
    const ids = this.usable.map(({ run }) => run.id);
    const now = ids.filter((id) => (id === runId ? chosen : this.isChosen(id)));
    if (now.length === 0) return;
    for (const { run } of this.guests) this.#seenBefore.add(run.id);
    const defaults = this.#defaultChoice.map(({ run }) => run.id).join(',');
    const isDefault = now.join(',') === defaults && this.guests.length === 0;
    go('compare', this.splitId, { runs: isDefault ? null : now.join(',') }, true);
  }

  /** Whether there are unevaluated runs that are not in progress and have not failed. */
  get shouldEvaluate(): boolean {
    return !this.evaluating && this.#pending().length > 0;
  }

  /** Evaluates the chosen runs that have not been yet; by default not those that have failed. */
  async evaluate(runIds = this.#pending()): Promise<void> {
    if (this.evaluating || runIds.length === 0) return;
    this.evaluating = true;
    this.error = undefined;
    try {
      // After a reload, an earlier job may still be running.
      const running = this.job;
      if (running)
        await app.jobEnd(running.id).catch(() => undefined); // its failure is shown where it was started
      else await app.runJob(() => app.client.compare.evaluate({ runIds }));
    } catch (error) {
      this.error = asAppError(error);
      for (const id of runIds) this.#failed.add(id);
    } finally {
      await this.runs.reload();
      // A run's failure is stored with the run, and shown there.
      if (this.failed.length > 0 && this.error?.code !== 'cancelled') this.error = undefined;
      this.evaluating = false;
    }
  }

  async evaluateAgain(): Promise<void> {
    this.#failed.clear();
    await this.evaluate();
  }

  /** Retries a run whose evaluation failed. */
  async evaluateFailed(runId: string): Promise<void> {
    await this.evaluate([runId]);
  }

  #pending(): string[] {
    return this.unevaluated
      .filter(
        ({ run, evaluationError }) =>
          !evaluationError && !this.#failed.has(run.id) && !this.#underWay.has(run.id),
      )
      .map(({ run }) => run.id)
      .slice(0, 50);
  }

  /** Loads the predictions and epochs of the chosen, evaluated runs that are missing here. */
  async fetchAnswers(): Promise<void> {
    const missing = this.chosen.filter(
      ({ run, metrics }) => metrics && this.#answers.get(run.id)?.evaluated !== metrics.created,
    );
    if (missing.length === 0 || this.#loading) return;
    this.#loading = true;
    try {
      const runIds = missing.map(({ run }) => run.id);
      const [evaluated, epochs] = await Promise.all([
        app.client.compare.evaluated({ runIds }),
        app.client.runs.epochs({ runIds }),
      ]);
      const evaluatedAt = new Map(missing.map(({ run, metrics }) => [run.id, metrics!.created]));
      const answers = new Map(this.#answers);
      for (const { runId, images } of evaluated)
        answers.set(runId, { evaluated: evaluatedAt.get(runId)!, images });
      this.#answers = answers;
      this.#epochs = new Map([
        ...this.#epochs,
        ...epochs.map(({ runId, epochs }) => [runId, epochs] as const),
      ]);
    } catch (error) {
      this.error = asAppError(error);
      return;
    } finally {
      this.#loading = false;
    }
    await this.fetchAnswers(); // for runs chosen meanwhile
  }
}

import { SvelteSet } from 'svelte/reactivity';
import type { Dataset, Epoch, Split } from '../../../src-main/contract/records.ts';
import type { EvaluatedImage, RunView, SharedTests } from '../../../src-main/contract/views.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { networkTitle } from '../../app/messages.ts';
import { Resource, useResource } from '../../app/resource.svelte.ts';
import { go, route } from '../../app/route.svelte.ts';
import { runLabels } from './run-labels.ts';

/** What a run said of the test images, and when it was asked. */
type Answers = { asked: string; images: readonly EvaluatedImage[] };

/** A run whose test images are there. */
export type ComparedRun = { view: RunView; label: string; images: readonly EvaluatedImage[] };

/** From which probability on a scan is classified as positive, unless a person moves it. */
export const standardThreshold = 0.5;
/** The least time between two drawings of a dragged threshold, milliseconds. */
const plotEvery = 120;

/** The runs of one split, the test images as each evaluates them, and the threshold a person looks at them with. */
export class CompareState {
  readonly splitId: string;
  readonly split: Resource<{ split: Split; testImages: number; dataset: Dataset }>;
  readonly runs: Resource<RunView[]>;
  /** For the plots: it follows the threshold in steps, as they are slower to draw than figures are to write. */
  plottedThreshold = $state(standardThreshold);
  #threshold = $state(standardThreshold);
  #plotting: ReturnType<typeof setTimeout> | undefined;
  /** Why the last evaluation ended early. */
  error = $state.raw<AppError | undefined>();
  evaluating = $state(false);
  /** What was picked in a figure or a table: the scans behind a cell, a bin or a point. */
  picked = $state.raw<{ text: string; imageIds: ReadonlySet<number> } | null>(null);
  #answers = $state.raw<ReadonlyMap<string, Answers>>(new Map());
  #epochs = $state.raw<ReadonlyMap<string, readonly Epoch[]>>(new Map());
  #loading = false;
  /** Runs that could not be evaluated, not to be tried again unasked. */
  readonly #refused = new SvelteSet<string>();

  /** Null: all. */
  readonly #asked = $derived(route.query.get('runs')?.split(',') ?? null);
  /** All runs of the split, the newest first. */
  readonly ofSplit = $derived.by(() =>
    (this.runs.value ?? [])
      .filter(({ run }) => run.splitId === this.splitId)
      .sort((a, b) => b.run.created.localeCompare(a.run.created)),
  );
  /** Runs of other splits that were asked for beside these: shown where they were tested on the same scans. */
  readonly #foreign = $derived.by(() =>
    (this.runs.value ?? []).filter(
      ({ run, hasModel }) =>
        hasModel && run.splitId !== this.splitId && (this.#asked?.includes(run.id) || this.#met.has(run.id)),
    ),
  );
  /** Runs that were asked for once: who takes one away may want it back. */
  readonly #met = new SvelteSet<string>();
  readonly #shared: Resource<SharedTests>;
  readonly guests = $derived.by(() => (this.#shared.value?.same ? this.#foreign : []));
  /** Those that can be compared, the oldest first: the order they were asked for in. */
  readonly usable = $derived([...this.ofSplit.filter(({ hasModel }) => hasModel).reverse(), ...this.guests]);
  readonly labels = $derived(
    runLabels(
      this.usable.map(({ run }) => run),
      networkTitle,
    ),
  );
  /** Unless others are asked for: the split's own, but for those that a learning curve had on less of the training set. */
  readonly #usual = $derived.by(() => {
    const own = this.usable.filter(({ run }) => run.splitId === this.splitId);
    const whole = own.filter(({ run }) => run.settings.trainShare === 1);
    return whole.length > 0 ? whole : own;
  });
  readonly chosen = $derived.by(() => {
    const asked = this.#asked;
    const chosen = asked ? this.usable.filter(({ run }) => asked.includes(run.id)) : [];
    return chosen.length > 0 ? chosen : this.#usual;
  });
  readonly unevaluated = $derived(this.chosen.filter(({ metrics }) => !metrics));
  /** The chosen runs that could not be evaluated when they were asked to. */
  readonly failed = $derived(this.unevaluated.filter(({ evaluationError }) => evaluationError !== null));
  /** The chosen runs that have been evaluated and whose answers have come. */
  readonly compared = $derived.by((): ComparedRun[] =>
    this.chosen.flatMap((view) => {
      const answers = this.#answers.get(view.run.id);
      return view.metrics && answers
        ? [{ view, label: this.labels.get(view.run.id)!, images: answers.images }]
        : [];
    }),
  );
  /** Still in the queue's hands, which evaluates what it has trained; that it does is told a little later than that it has. */
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
      const others = new Map(this.#foreign.map(({ run }) => [run.splitId, run.id]));
      if (own === undefined || others.size === 0) return null;
      return app.client.compare.tests({ runIds: [own, ...others.values()].slice(0, 50) });
    }, ['splits']);
  }

  get threshold(): number {
    return this.#threshold;
  }

  set threshold(threshold: number) {
    this.#threshold = threshold;
    this.#plotting ??= setTimeout(() => {
      this.#plotting = undefined;
      this.plottedThreshold = this.#threshold;
    }, plotEvery);
  }

  stop(): void {
    clearTimeout(this.#plotting);
    this.runs.stop();
    this.split.stop();
  }

  epochsOf(runId: string): readonly Epoch[] {
    return this.#epochs.get(runId) ?? [];
  }

  isChosen(runId: string): boolean {
    return this.chosen.some(({ run }) => run.id === runId);
  }

  /** At least one stays chosen. The choice lives in the address, so that it can be returned to. */
  choose(runId: string, chosen: boolean): void {
    const ids = this.usable.map(({ run }) => run.id);
    const now = ids.filter((id) => (id === runId ? chosen : this.isChosen(id)));
    if (now.length === 0) return;
    for (const { run } of this.guests) this.#met.add(run.id);
    const usual = this.#usual.map(({ run }) => run.id).join(',');
    const isUsual = now.join(',') === usual && this.guests.length === 0;
    go('compare', this.splitId, { runs: isUsual ? null : now.join(',') }, true);
  }

  /** Whether there is something that nobody works on and that has not failed. */
  get shouldEvaluate(): boolean {
    return !this.evaluating && this.#fresh().length > 0;
  }

  /** Lets the chosen runs evaluate the test images that have not yet; those that have failed only when asked for. */
  async evaluate(runIds = this.#fresh()): Promise<void> {
    if (this.evaluating || runIds.length === 0) return;
    this.evaluating = true;
    this.error = undefined;
    try {
      // After a reload the job of before may still be at it.
      const running = this.job;
      if (running)
        await app.jobEnd(running.id).catch(() => undefined); // its end is told where it was asked for
      else await app.runJob(() => app.client.compare.evaluate({ runIds }));
    } catch (error) {
      this.error = asAppError(error);
      for (const id of runIds) this.#refused.add(id);
    } finally {
      await this.runs.reload();
      // Why a run failed is kept with it, and shown so.
      if (this.failed.length > 0 && this.error?.code !== 'cancelled') this.error = undefined;
      this.evaluating = false;
    }
  }

  async evaluateAgain(): Promise<void> {
    this.#refused.clear();
    await this.evaluate();
  }

  /** Tries runs once more that could not be evaluated. */
  async evaluateFailed(runId: string): Promise<void> {
    await this.evaluate([runId]);
  }

  #fresh(): string[] {
    return this.unevaluated
      .filter(
        ({ run, evaluationError }) =>
          !evaluationError && !this.#refused.has(run.id) && !this.#underWay.has(run.id),
      )
      .map(({ run }) => run.id)
      .slice(0, 50);
  }

  /** Fetches what each chosen, evaluated run said, and how it was trained, where it is not here yet. */
  async fetchAnswers(): Promise<void> {
    const wanted = this.chosen.filter(
      ({ run, metrics }) => metrics && this.#answers.get(run.id)?.asked !== metrics.created,
    );
    if (wanted.length === 0 || this.#loading) return;
    this.#loading = true;
    try {
      const runIds = wanted.map(({ run }) => run.id);
      const [evaluated, epochs] = await Promise.all([
        app.client.compare.evaluated({ runIds }),
        app.client.runs.epochs({ runIds }),
      ]);
      const asked = new Map(wanted.map(({ run, metrics }) => [run.id, metrics!.created]));
      const answers = new Map(this.#answers);
      for (const { runId, images } of evaluated) answers.set(runId, { asked: asked.get(runId)!, images });
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
    await this.fetchAnswers(); // for what was chosen meanwhile
  }
}

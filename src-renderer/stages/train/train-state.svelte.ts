import { onDestroy, untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { CheckView } from '../../../src-main/contract/check.ts';
import type { WeightsFound } from '../../../src-main/contract/doctor-report.ts';
import type { MachineDevices } from '../../../src-main/contract/devices.ts';
import type { Job } from '../../../src-main/contract/jobs.ts';
import type { NetworkName } from '../../../src-main/contract/networks.ts';
import type { Epoch } from '../../../src-main/contract/records.ts';
import { usualShares } from '../../../src-main/contract/studies.ts';
import type {
  DatasetView,
  RunView,
  SplitView,
  TrainingPreset,
  TrialEstimate,
} from '../../../src-main/contract/views.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { toastError } from '../../app/feedback.svelte.ts';
import { networkTitle } from '../../app/messages.ts';
import { useResource, type Resource } from '../../app/resource.svelte.ts';
import { recall, remember } from '../../app/local-storage.ts';
import type { RunCurve } from '../../plots/plots.ts';
import { totals } from '../split/totals.ts';
import { withEpoch } from './curves.ts';
import { rangeFrom, rangeOf, rangeOfAll, type Plan, type Range, type Rate } from './estimates.ts';
import type { FieldKey, Value } from './fields.ts';
import {
  asOwnPreset,
  type Draft,
  draftFrom,
  draftKey,
  draftOf,
  formOf,
  matchesOwnPreset,
  type Environment,
  without,
  withoutAugmentation,
  withOwnPreset,
  withPreset,
  withValue,
} from './form.ts';
import type { PresetName } from './presets.ts';
import { isAdviceApplied, withAdvice, withoutAdvice } from './shortcut-advice.ts';
import { shownByDefault, situationOf } from './progress.ts';

const trialKey = 'falx.train.trial';

/** A trial and its request, so that its figures are shown for no other. */
type Trial = { jobId: string; request: string };

/**
 * State of the train screen of one split. Trainings themselves belong to the core, which reports them; only a draft not
 * yet started belongs to the window, which stores it.
 */
export class TrainScreen {
  readonly splitId: string;
  readonly split: Resource<SplitView>;
  readonly dataset: Resource<DatasetView>;
  readonly check: Resource<CheckView>;
  readonly weights: Resource<WeightsFound[]>;
  /** Download addresses, shown before a download begins. */
  readonly weightSources: Resource<{ network: NetworkName; url: string }[]>;
  readonly runs: Resource<RunView[]>;
  readonly devices: Resource<MachineDevices>;
  /** Measured training rates on this computer, newest last. */
  readonly rates: Resource<Rate[]>;

  draft = $state.raw<Draft>(draftFrom(recall(draftKey)));
  readonly #environment = $derived.by((): Environment => ({
    weights: this.weights.value ?? [],
    // Assumes a validation set until the split is loaded, as nearly all have one.
    hasValidation: Object.values(this.split.value?.classes.validation ?? { unknown: 1 }).some((n) => n > 0),
    devices: this.devices.value?.devices.filter(({ id }) => this.devices.value!.inUse.includes(id)),
    title: networkTitle,
  }));
  readonly form = $derived(formOf(this.draft, this.#environment));
  /** Runs per network, each with the next seed. */
  repeat = $state(1);
  /** Train on all folds of the split's set. */
  allFolds = $state(false);
  /** Also train on fractions of the training set, for a learning curve. */
  curve = $state(false);
  /** Number of folds of the split's set; 0 if it is not a fold. */
  folds = $state(0);
  /** Number of runs requested per network. */
  readonly times = $derived(
    this.repeat * (this.allFolds ? Math.max(1, this.folds) : 1) * (this.curve ? usualShares.length : 1),
  );
  readonly request = $derived.by(() => ({
    splitId: this.splitId,
    networks: this.form.starts.map(({ network }) => network),
    settings: this.form.change,
  }));
  /** Why the last download or import of weights failed. */
  weightsError = $state.raw<AppError | null>(null);
  /** Why the core refused the last request. */
  refused = $state.raw<AppError | null>(null);
  starting = $state(false);

  #trial = $state.raw<Trial | null>(null);
  #estimates = $state.raw<{ jobId: string; estimates: TrialEstimate[] } | null>(null);
  trialError = $state.raw<AppError | null>(null);
  readonly trialJob = $derived(this.#trial ? (app.jobs.get(this.#trial.jobId) ?? null) : null);
  readonly estimates = $derived(
    this.#estimates && this.#estimates.jobId === this.#trial?.jobId ? this.#estimates.estimates : null,
  );
  /** Whether the estimates are of what would be started now. */
  readonly estimateIsCurrent = $derived(this.#trial?.request === JSON.stringify(this.request));

  readonly situation = $derived.by(() => situationOf(this.runs.value ?? [], app.training, this.splitId));
  readonly ofSplit = $derived.by(() =>
    (this.runs.value ?? []).filter(({ run }) => run.splitId === this.splitId),
  );
  readonly #epochs = new SvelteMap<string, readonly Epoch[]>();
  /** Curves that the user has switched on or off. */
  readonly #chosen = new SvelteMap<string, boolean>();
  readonly #shownByDefault = $derived(shownByDefault(this.ofSplit));

  /** Call during component initialisation; lives as long as the component. */
  constructor(splitId: string) {
    this.splitId = splitId;
    this.split = useResource(() => app.client.splits.get({ splitId }), ['splits', 'datasets']);
    this.dataset = useResource(() => {
      const datasetId = this.split.value?.split.datasetId;
      return datasetId === undefined ? null : app.client.datasets.get({ datasetId });
    }, ['datasets']);
    this.check = useResource(() => {
      const datasetId = this.split.value?.split.datasetId;
      return datasetId === undefined ? null : app.client.check.get({ datasetId });
    }, ['checks']);
    this.weights = useResource(() => app.client.weights.list(), ['weights']);
    this.weightSources = useResource(() => app.client.weights.sources(), []);
    this.devices = useResource(() => app.client.app.devices(), ['preferences']);
    this.runs = useResource(() => app.client.runs.list({ removed: false }), ['runs', 'datasets']);
    this.rates = useResource(() => measuredRates(), ['runs']);
    this.#trial = recall<Record<string, Trial>>(trialKey)?.[splitId] ?? null;

    onDestroy(app.onEpoch((runId, epoch) => this.#addEpoch(runId, epoch)));
    // Epochs arrive one by one; only those missed while disconnected have to be loaded.
    $effect(() => {
      if (this.#drawnIds !== '' && app.connection === 'open') untrack(() => void this.#loadEpochs());
    });
    $effect(() => {
      const job = this.trialJob;
      untrack(() => void this.#followTrial(job));
    });
  }

  // What to train

  toggle(network: NetworkName, on: boolean): void {
    const others = this.draft.networks.filter((other) => other !== network);
    this.#save({ ...this.draft, networks: on ? [...others, network] : others });
  }

  choosePreset(preset: PresetName): void {
    // Switching from a user's preset to a built-in one discards the changes that belong to the former.
    const draft = this.ownPreset ? { ...this.draft, changes: {} } : this.draft;
    this.#save(withPreset(draft, preset));
  }

  /** The user's preset that the form matches, if any. */
  readonly ownPreset = $derived.by(
    () => app.preferences.trainingPresets.find((preset) => matchesOwnPreset(this.draft, preset)) ?? null,
  );

  chooseOwnPreset(preset: TrainingPreset): void {
    this.#save(withOwnPreset(this.draft, preset));
  }

  /** Saves the settings under a name, replacing a preset of that name. */
  async savePreset(name: string): Promise<void> {
    const others = app.preferences.trainingPresets.filter((preset) => preset.name !== name);
    await app.setPreferences({ trainingPresets: [...others, asOwnPreset(this.draft, name)] });
  }

  /** Does not change the settings. */
  async deletePreset(name: string): Promise<void> {
    const others = app.preferences.trainingPresets.filter((preset) => preset.name !== name);
    await app.setPreferences({ trainingPresets: others });
  }

  set(key: FieldKey, value: Value): void {
    this.#save(withValue(this.draft, this.form, key, value));
  }

  reset(key: FieldKey): void {
    this.#save(without(this.draft, key));
  }

  resetAll(): void {
    this.#save({ ...this.draft, changes: {} });
  }

  /** Whether training crops and pads as the shortcut audit advises. */
  get adviceApplied(): boolean {
    return isAdviceApplied(this.draft);
  }

  set adviceApplied(applied: boolean) {
    this.#save(applied ? withAdvice(this.draft) : withoutAdvice(this.draft));
  }

  disableAugmentation(): void {
    this.#save(withoutAugmentation(this.draft));
  }

  /** Copies the settings of a run. */
  copySettings({ run }: RunView): void {
    this.#save(draftOf(run.settings, this.#environment));
  }

  #save(draft: Draft): void {
    this.draft = draft;
    this.refused = null;
    remember(draftKey, draft);
  }

  /** Queues the runs. @returns whether they were queued. */
  async start(): Promise<boolean> {
    this.starting = true;
    this.refused = null;
    try {
      await app.client.training.queue({
        ...this.request,
        repeat: this.repeat,
        allFolds: this.allFolds,
        ...(this.curve && { shares: usualShares }),
      });
      await this.runs.reload();
      return true;
    } catch (error) {
      this.refused = asAppError(error);
      return false;
    } finally {
      this.starting = false;
    }
  }

  // Expected duration

  /** Expected seconds for the draft, from earlier measurements on this computer; null without any. */
  get range(): Range | null {
    const { starts, fields } = this.form;
    const split = this.split.value;
    const value = (key: FieldKey): number => Number(fields.get(key)?.value ?? 0);
    if (!split || starts.length === 0 || this.form.problems > 0) return null;
    const { train, validation } = totals(split.classes);
    const share = this.curve
      ? usualShares.reduce((sum, one) => sum + one, 0) / usualShares.length
      : value('trainShare') || 1;
    const plan: Plan = {
      epochs: value('epochs'),
      patience: validation > 0 ? value('patience') : 0,
      imageSize: value('imageSize'),
      trainImages: share * train,
      validationImages: validation,
    };
    const current = this.estimateIsCurrent ? this.estimates : null;
    const ranges = starts.map(({ network }) => {
      const estimate = current?.find((one) => one.network === network);
      return estimate
        ? rangeOf(share * estimate.secondsInAll, plan)
        : rangeFrom(network, plan, this.rates.value ?? []);
    });
    if (ranges.some((range) => range === null)) return null;
    const ofAll = ranges.flatMap((range) => Array.from({ length: this.times }, () => range as Range));
    return rangeOfAll(ofAll, this.devices.value?.inUse.length ?? 1);
  }

  async estimate(): Promise<void> {
    this.refused = null;
    this.trialError = null;
    const request = JSON.stringify(this.request);
    try {
      const job = await app.client.training.trial(this.request);
      if (!app.jobs.has(job.id)) app.jobs.set(job.id, job);
      this.#trial = { jobId: job.id, request };
      remember(trialKey, { ...recall<Record<string, Trial>>(trialKey), [this.splitId]: this.#trial });
    } catch (error) {
      this.trialError = asAppError(error);
    }
  }

  /** Loads a trial's result when it is done, also of one started before this window was opened. */
  async #followTrial(job: Job | null): Promise<void> {
    if (job?.state === 'failed')
      this.trialError = job.error
        ? asAppError(Object.assign(new Error(job.error.message), job.error))
        : asAppError(new Error(`The trial ${job.id} failed.`));
    if (job?.state !== 'done' || this.#estimates?.jobId === job.id) return;
    try {
      const estimates = await app.client.training.trialResult({ jobId: job.id });
      this.trialError = null;
      this.#estimates = { jobId: job.id, estimates };
    } catch (error) {
      this.trialError = asAppError(error);
    }
  }

  // Curves

  isDrawn(runId: string): boolean {
    return this.#chosen.get(runId) ?? this.#shownByDefault.has(runId);
  }

  draw(runId: string, on: boolean): void {
    this.#chosen.set(runId, on);
  }

  /** The runs whose curves are drawn, oldest first so that the newest is on top. */
  readonly drawn = $derived(
    this.ofSplit
      .filter(({ run }) => this.isDrawn(run.id))
      .sort((a, b) => a.run.created.localeCompare(b.run.created))
      .map(({ run }) => run.id),
  );

  readonly #drawnIds = $derived(this.drawn.join());

  /** @param name the label of a run. */
  curves(name: (view: RunView) => string): RunCurve[] {
    const byId = new Map(this.ofSplit.map((view) => [view.run.id, view]));
    return this.drawn.flatMap((runId) => {
      const view = byId.get(runId);
      const epochs = this.#epochs.get(runId);
      if (!view || !epochs || epochs.length === 0) return [];
      return { runId, network: view.run.network, name: name(view), epochs, bestEpoch: view.run.bestEpoch };
    });
  }

  epochsOf(runId: string): readonly Epoch[] {
    return this.#epochs.get(runId) ?? [];
  }

  #addEpoch(runId: string, epoch: Epoch): void {
    const known = this.#epochs.get(runId);
    // A run not drawn yet is loaded completely when it is.
    if (known) this.#epochs.set(runId, withEpoch(known, epoch));
  }

  async #loadEpochs(): Promise<void> {
    const runIds = this.drawn.slice(-50);
    if (runIds.length === 0) return;
    try {
      for (const { runId, epochs } of await app.client.runs.epochs({ runIds })) {
        const known = this.#epochs.get(runId);
        // Epochs may have arrived while these were loading.
        const newer = (known ?? []).filter(({ epoch }) => epoch > (epochs.at(-1)?.epoch ?? 0));
        if (known?.length === epochs.length + newer.length && known.at(-1)?.epoch === epochs.at(-1)?.epoch)
          continue;
        this.#epochs.set(runId, [...epochs, ...newer]);
      }
    } catch (error) {
      if (asAppError(error).code !== 'connection-lost') toastError(error);
    }
  }
}

/** Number of runs whose rates are used: the newest reflect the computer's current speed. */
const recentRuns = 8;

async function measuredRates(): Promise<Rate[]> {
  const trained = (await app.client.runs.list({ removed: false }))
    .filter(({ epochsDone }) => epochsDone > 0)
    .sort((a, b) => a.run.created.localeCompare(b.run.created))
    .slice(-recentRuns);
  if (trained.length === 0) return [];
  const epochs = await app.client.runs.epochs({ runIds: trained.map(({ run }) => run.id) });
  return trained.flatMap(({ run }) => {
    // The last phase, which trains the most layers, is the slowest and the longest.
    const last = epochs.find(({ runId }) => runId === run.id)?.epochs.at(-1);
    if (!last || last.imagesPerSecond <= 0) return [];
    const { network, settings } = run;
    return { network, imageSize: settings.pixels.imageSize, imagesPerSecond: last.imagesPerSecond };
  });
}

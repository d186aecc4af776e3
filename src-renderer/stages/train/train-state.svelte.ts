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
  isAsOwnPreset,
  type Surroundings,
  without,
  withoutAugmentation,
  withOwnPreset,
  withPreset,
  withValue,
} from './form.ts';
import type { PresetName } from './presets.ts';
import { isTaken, withAdvice, withoutAdvice } from './shortcut-advice.ts';
import { shownAtFirst, situationOf } from './progress.ts';

const trialKey = 'falx.train.trial';

/** A trial and what was tried, so that its figures are shown for nothing else. */
type Trial = { jobId: string; asked: string };

/**
 * What the train screen knows of one split. Nothing of a training lives here: it is the core's, and told by it.
 * Only what a person has put together but not started is the window's own, and it remembers that.
 */
export class TrainScreen {
  readonly splitId: string;
  readonly split: Resource<SplitView>;
  readonly dataset: Resource<DatasetView>;
  readonly check: Resource<CheckView>;
  readonly weights: Resource<WeightsFound[]>;
  /** Where downloads come from, which is shown before one begins. */
  readonly weightSources: Resource<{ network: NetworkName; url: string }[]>;
  readonly runs: Resource<RunView[]>;
  readonly devices: Resource<MachineDevices>;
  /** How fast runs were trained on this computer, the newest last. */
  readonly rates: Resource<Rate[]>;

  draft = $state.raw<Draft>(draftFrom(recall(draftKey)));
  readonly #around = $derived.by((): Surroundings => ({
    weights: this.weights.value ?? [],
    // Until the split has come it is taken to have one, as nearly all do.
    hasValidation: Object.values(this.split.value?.classes.validation ?? { unknown: 1 }).some((n) => n > 0),
    devices: this.devices.value?.devices.filter(({ id }) => this.devices.value!.inUse.includes(id)),
    title: networkTitle,
  }));
  readonly form = $derived(formOf(this.draft, this.#around));
  /** So many runs a network, each with the next seed. */
  repeat = $state(1);
  /** On all folds of the split's set. */
  allFolds = $state(false);
  /** With shares of the training set besides, for a learning curve. */
  curve = $state(false);
  /** Folds of the split's set; 0 for a split that is none. */
  folds = $state(0);
  /** Runs of each network that are asked for. */
  readonly times = $derived(
    this.repeat * (this.allFolds ? Math.max(1, this.folds) : 1) * (this.curve ? usualShares.length : 1),
  );
  readonly request = $derived.by(() => ({
    splitId: this.splitId,
    networks: this.form.starts.map(({ network }) => network),
    settings: this.form.change,
  }));
  /** Why weights could not be fetched or taken in, last. */
  weightsError = $state.raw<AppError | null>(null);
  /** What was asked of the core last and refused. */
  refused = $state.raw<AppError | null>(null);
  starting = $state(false);

  #trial = $state.raw<Trial | null>(null);
  #estimates = $state.raw<{ jobId: string; estimates: TrialEstimate[] } | null>(null);
  trialError = $state.raw<AppError | null>(null);
  readonly trialJob = $derived(this.#trial ? (app.jobs.get(this.#trial.jobId) ?? null) : null);
  readonly estimates = $derived(
    this.#estimates && this.#estimates.jobId === this.#trial?.jobId ? this.#estimates.estimates : null,
  );
  /** Whether the figures are of what would be started now. */
  readonly estimateIsCurrent = $derived(this.#trial?.asked === JSON.stringify(this.request));

  readonly situation = $derived.by(() => situationOf(this.runs.value ?? [], app.training, this.splitId));
  readonly mine = $derived.by(() =>
    (this.runs.value ?? []).filter(({ run }) => run.splitId === this.splitId),
  );
  readonly #epochs = new SvelteMap<string, readonly Epoch[]>();
  /** Curves a person has switched on or off. */
  readonly #chosen = new SvelteMap<string, boolean>();
  readonly #shownAtFirst = $derived(shownAtFirst(this.mine));

  /** Made while a component is, and lives as long as it. */
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

    onDestroy(app.onEpoch((runId, epoch) => this.#hear(runId, epoch)));
    // Epochs are told one by one; only what was told while the line was broken has to be asked for.
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
    this.#keep({ ...this.draft, networks: on ? [...others, network] : others });
  }

  choosePreset(preset: PresetName): void {
    // From a preset of one's own back to one of Falx's: what was kept with it goes with it.
    const draft = this.ownPreset ? { ...this.draft, changes: {} } : this.draft;
    this.#keep(withPreset(draft, preset));
  }

  /** The preset of one's own that the form is as, if there is one. */
  readonly ownPreset = $derived.by(
    () => app.preferences.trainingPresets.find((preset) => isAsOwnPreset(this.draft, preset)) ?? null,
  );

  chooseOwnPreset(preset: TrainingPreset): void {
    this.#keep(withOwnPreset(this.draft, preset));
  }

  /** Keeps the settings under a name, in place of what had it. */
  async savePreset(name: string): Promise<void> {
    const others = app.preferences.trainingPresets.filter((preset) => preset.name !== name);
    await app.setPreferences({ trainingPresets: [...others, asOwnPreset(this.draft, name)] });
  }

  /** The settings stay as they are. */
  async deletePreset(name: string): Promise<void> {
    const others = app.preferences.trainingPresets.filter((preset) => preset.name !== name);
    await app.setPreferences({ trainingPresets: others });
  }

  set(key: FieldKey, value: Value): void {
    this.#keep(withValue(this.draft, this.form, key, value));
  }

  reset(key: FieldKey): void {
    this.#keep(without(this.draft, key));
  }

  resetAll(): void {
    this.#keep({ ...this.draft, changes: {} });
  }

  /** Whether training crops and pads as the audit of shortcuts advises. */
  get takesAdvice(): boolean {
    return isTaken(this.draft);
  }

  set takesAdvice(taken: boolean) {
    this.#keep(taken ? withAdvice(this.draft) : withoutAdvice(this.draft));
  }

  augmentNothing(): void {
    this.#keep(withoutAugmentation(this.draft));
  }

  /** Takes over what a run was trained with. */
  takeOver({ run }: RunView): void {
    this.#keep(draftOf(run.settings, this.#around));
  }

  #keep(draft: Draft): void {
    this.draft = draft;
    this.refused = null;
    remember(draftKey, draft);
  }

  /** Queues what has been put together. @returns whether it is queued. */
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

  // What it will take

  /** Seconds that what is put together should take, by what was measured on this computer; null where nothing was. */
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
    const tried = this.estimateIsCurrent ? this.estimates : null;
    const ranges = starts.map(({ network }) => {
      const estimate = tried?.find((one) => one.network === network);
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
    const asked = JSON.stringify(this.request);
    try {
      const job = await app.client.training.trial(this.request);
      if (!app.jobs.has(job.id)) app.jobs.set(job.id, job);
      this.#trial = { jobId: job.id, asked };
      remember(trialKey, { ...recall<Record<string, Trial>>(trialKey), [this.splitId]: this.#trial });
    } catch (error) {
      this.trialError = asAppError(error);
    }
  }

  /** Reads a trial's figures when it is done, also one that was begun before the window was opened. */
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
    return this.#chosen.get(runId) ?? this.#shownAtFirst.has(runId);
  }

  draw(runId: string, on: boolean): void {
    this.#chosen.set(runId, on);
  }

  /** The runs whose curves are drawn, the oldest first so that the newest lies on top. */
  readonly drawn = $derived(
    this.mine
      .filter(({ run }) => this.isDrawn(run.id))
      .sort((a, b) => a.run.created.localeCompare(b.run.created))
      .map(({ run }) => run.id),
  );

  readonly #drawnIds = $derived(this.drawn.join());

  /** @param name what a run is called. */
  curves(name: (view: RunView) => string): RunCurve[] {
    const byId = new Map(this.mine.map((view) => [view.run.id, view]));
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

  #hear(runId: string, epoch: Epoch): void {
    const known = this.#epochs.get(runId);
    // One that is not drawn yet is read as a whole when it is.
    if (known) this.#epochs.set(runId, withEpoch(known, epoch));
  }

  async #loadEpochs(): Promise<void> {
    const runIds = this.drawn.slice(-50);
    if (runIds.length === 0) return;
    try {
      for (const { runId, epochs } of await app.client.runs.epochs({ runIds })) {
        const known = this.#epochs.get(runId);
        // An epoch may have been told of while these were on their way.
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

/** Runs whose rates are looked at: the newest say what the computer does now. */
const recent = 8;

async function measuredRates(): Promise<Rate[]> {
  const trained = (await app.client.runs.list({ removed: false }))
    .filter(({ epochsDone }) => epochsDone > 0)
    .sort((a, b) => a.run.created.localeCompare(b.run.created))
    .slice(-recent);
  if (trained.length === 0) return [];
  const epochs = await app.client.runs.epochs({ runIds: trained.map(({ run }) => run.id) });
  return trained.flatMap(({ run }) => {
    // The phase that trains the most is the slowest, and the longest.
    const last = epochs.find(({ runId }) => runId === run.id)?.epochs.at(-1);
    if (!last || last.imagesPerSecond <= 0) return [];
    const { network, settings } = run;
    return { network, imageSize: settings.pixels.imageSize, imagesPerSecond: last.imagesPerSecond };
  });
}

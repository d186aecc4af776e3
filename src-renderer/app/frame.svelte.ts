import { untrack } from 'svelte';
import type { CheckView } from '../../src-main/contract/check.ts';
import type { DatasetView, RunView, SplitView } from '../../src-main/contract/views.ts';
import { steps, type RouteName, type StepName } from './address.ts';
import { app } from './app.svelte.ts';
import { toast, toastError } from './feedback.svelte.ts';
import { networkTitle, t } from './messages.ts';
import { useResource, type Resource } from './resource.svelte.ts';
import { go, hrefOf, route } from './route.svelte.ts';
import { selection } from './selection.svelte.ts';
import { stepStates } from './steps.ts';
import { usualSplit } from './usual-split.ts';

/** What the frame around the screens knows: the runs, how far the wizard is, and where its links lead. */
export class Frame {
  readonly #runs: Resource<RunView[]>;
  readonly #check: Resource<CheckView>;
  readonly #datasets: Resource<DatasetView[]>;
  readonly #splits: Resource<SplitView[]>;
  readonly datasets: DatasetView[] = $derived.by(() => this.#datasets.value ?? []);
  readonly runs: RunView[] = $derived.by(() => this.#runs.value ?? []);
  readonly steps = $derived.by(() =>
    stepStates({
      current: steps.find((step) => step === route.name) ?? null,
      datasetId: selection.datasetId,
      checked: (this.#check.value?.check ?? null) !== null,
      splitId: selection.splitId,
      runs: this.runs.filter(({ run }) => run.splitId === selection.splitId),
      hasModel: app.preferences.model !== null,
      datasetTrained: this.runs.some((run) => run.datasetId === selection.datasetId && run.hasModel),
    }),
  );

  /** Call while a component is being made: it listens for as long as that lives. */
  constructor() {
    this.#runs = useResource(
      () => (app.ready ? app.client.runs.list({ removed: false }) : null),
      ['runs', 'metrics'],
    );
    this.#check = useResource(() => {
      const { datasetId } = selection;
      return app.ready && datasetId ? app.client.check.get({ datasetId }) : null;
    }, ['checks']);
    this.#datasets = useResource(() => (app.ready ? app.client.datasets.list() : null), ['datasets']);
    this.#splits = useResource(() => {
      const { datasetId } = selection;
      return app.ready && datasetId ? app.client.splits.list({ datasetId }) : null;
    }, ['splits', 'datasets']);
    $effect(() => {
      // A dataset that was removed, here or elsewhere, is no longer worked on; some dataset always is.
      const known = this.#datasets.value;
      untrack(() => {
        if (known && !known.some(({ dataset }) => dataset.id === selection.datasetId))
          selection.datasetId = known.at(-1)?.dataset.id ?? null;
      });
    });
    $effect(() => {
      const [splits, runs] = [this.#splits.value, this.#runs.value];
      if (this.#splits.error) selection.looking = false;
      if (!splits || !runs) return;
      untrack(() => {
        selection.splitId = usualSplit(splits, runs, selection.splitId);
        selection.looking = false;
      });
    });
    $effect(() => {
      const { name, id } = route;
      void app.ready;
      // Only a change of the address: the effect above takes back what it names, when that is not there.
      untrack(() => followAddress(name, id));
    });
    $effect(() => this.#tellOfEnds(app.training.active.map(({ runId }) => runId)));
  }

  hrefOf(name: RouteName): string {
    if (ofDataset(name)) return hrefOf(name, selection.datasetId);
    if (name === 'train' || name === 'compare') return hrefOf(name, selection.splitId);
    return hrefOf(name);
  }

  /** Goes on with another dataset, on the same screen where that is about one. */
  choose(datasetId: string): void {
    selection.datasetId = datasetId;
    const { name } = route;
    if (ofDataset(name)) go(name, datasetId);
    else if (name === 'train' || name === 'compare') go(name, selection.splitId);
  }

  /** Where a run that is being trained is shown: of the split worked on, if there is one. */
  get trainingHref(): string {
    const ids = new Set(app.training.active.map(({ runId }) => runId));
    const splits = this.runs.filter(({ run }) => ids.has(run.id)).map(({ run }) => run.splitId);
    const own = splits.find((splitId) => splitId === selection.splitId);
    return hrefOf('train', own ?? splits[0] ?? selection.splitId);
  }

  #trained: readonly string[] = [];

  #tellOfEnds(active: readonly string[]): void {
    const ended = this.#trained.filter((runId) => !active.includes(runId));
    this.#trained = active;
    for (const runId of ended) untrack(() => void tellOfEnd(runId).catch(toastError));
  }
}

/** Says that a training has ended: by the system where nobody is looking at the window. */
async function tellOfEnd(runId: string): Promise<void> {
  if (app.connection !== 'open') return;
  const { run } = await app.client.runs.get({ runId });
  if (run.status !== 'done' && run.status !== 'stopped' && run.status !== 'failed') return;
  const network = networkTitle(run.network);
  const text = t(`common.trained.${run.status}`, { network });
  if (!document.hasFocus()) app.host.notify('Falx', text);
  toast({
    text,
    kind: run.status === 'failed' ? 'error' : 'ok',
    action: {
      label: t(run.status === 'failed' ? 'common.trained.look' : 'common.trained.compare'),
      run: () => go(run.status === 'failed' ? 'train' : 'compare', run.splitId),
    },
  });
}

/** Whether the id in its address is a dataset's. */
const ofDataset = (name: RouteName): boolean => name === 'data' || name === 'check' || name === 'split';

/** The dataset or split in the address is the one worked on; an address without one gets it. */
function followAddress(name: RouteName, id: string | null): void {
  const asStep = steps.find((step): step is StepName => step === name);
  if (!asStep || asStep === 'predict') return;
  if (ofDataset(asStep)) {
    if (id) selection.datasetId = id;
    else if (asStep !== 'data' && selection.datasetId) go(asStep, selection.datasetId, {}, true);
    return;
  }
  if (!id) {
    if (selection.splitId) go(asStep, selection.splitId, {}, true);
  } else if (id !== selection.splitId && app.ready) void selectSplit(id);
}

async function selectSplit(splitId: string): Promise<void> {
  try {
    const { split } = await app.client.splits.get({ splitId });
    if (route.id !== splitId) return;
    selection.datasetId = split.datasetId;
    selection.splitId = splitId;
  } catch {
    // The screen asks for the same split and shows what is wrong with it.
  }
}

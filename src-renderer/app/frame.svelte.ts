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

/** State of the frame around the screens: the runs, the wizard's progress, and the link targets. */
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

  /** Call during component initialisation: its effects live as long as the component. */
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
      // A dataset that was removed, here or elsewhere, is deselected; if there are any, one is always selected.
      const known = this.#datasets.value;
      untrack(() => {
        if (known && !known.some(({ dataset }) => dataset.id === selection.datasetId))
          selection.datasetId = known.at(-1)?.dataset.id ?? null;
      });
    });
    $effect(() => {
      const [splits, runs] = [this.#splits.value, this.#runs.value];
      if (this.#splits.error) selection.splitPending = false;
      if (!splits || !runs) return;
      untrack(() => {
        selection.splitId = usualSplit(splits, runs, selection.splitId);
        selection.splitPending = false;
      });
    });
    $effect(() => {
      const { name, id } = route;
      void app.ready;
      // Only when the address changes: the effect above deselects what the address names if it does not exist.
      untrack(() => followAddress(name, id));
    });
    $effect(() => this.#announceEnds(app.training.active.map(({ runId }) => runId)));
  }

  hrefOf(name: RouteName): string {
    if (isDatasetRoute(name)) return hrefOf(name, selection.datasetId);
    if (name === 'train' || name === 'compare') return hrefOf(name, selection.splitId);
    return hrefOf(name);
  }

  /** Switches to another dataset, staying on the same screen where that belongs to a dataset. */
  choose(datasetId: string): void {
    selection.datasetId = datasetId;
    const { name } = route;
    if (isDatasetRoute(name)) go(name, datasetId);
    else if (name === 'train' || name === 'compare') go(name, selection.splitId);
  }

  /** Where the active training is shown: preferably that of the selected split. */
  get trainingHref(): string {
    const ids = new Set(app.training.active.map(({ runId }) => runId));
    const splits = this.runs.filter(({ run }) => ids.has(run.id)).map(({ run }) => run.splitId);
    const own = splits.find((splitId) => splitId === selection.splitId);
    return hrefOf('train', own ?? splits[0] ?? selection.splitId);
  }

  #active: readonly string[] = [];

  #announceEnds(active: readonly string[]): void {
    const ended = this.#active.filter((runId) => !active.includes(runId));
    this.#active = active;
    for (const runId of ended) untrack(() => void announceEnd(runId).catch(toastError));
  }
}

/** Announces that a training has ended, by a system notification when the window has no focus. */
async function announceEnd(runId: string): Promise<void> {
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

/** Whether the id in the route's address is a dataset's. */
const isDatasetRoute = (name: RouteName): boolean => name === 'data' || name === 'check' || name === 'split';

/** Selects the dataset or split of the address; an address without one gets the selected one. */
function followAddress(name: RouteName, id: string | null): void {
  const asStep = steps.find((step): step is StepName => step === name);
  if (!asStep || asStep === 'predict') return;
  if (isDatasetRoute(asStep)) {
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
    // The screen requests the same split and shows the error.
  }
}

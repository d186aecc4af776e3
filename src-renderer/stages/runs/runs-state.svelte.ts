import { SvelteSet } from 'svelte/reactivity';
import type { NetworkName } from '../../../src-main/contract/networks.ts';
import type { RunStatus } from '../../../src-main/contract/records.ts';
import type { RunView } from '../../../src-main/contract/views.ts';
import { app } from '../../app/app.svelte.ts';
import { confirm, toast, toastError } from '../../app/feedback.svelte.ts';
import { errorSentence } from '../../app/error-text.ts';
import { networkTitle, number, t } from '../../app/messages.ts';
import { Resource, useResource } from '../../app/resource.svelte.ts';
import { go, route } from '../../app/route.svelte.ts';
import { selection } from '../../app/selection.svelte.ts';
import { matching } from './find-runs.ts';
import { runTitle } from './run-texts.ts';

export type View = 'kept' | 'removed';

/** The filters and sort order of the list: kept when the user leaves the screen and returns. */
class ListFilter {
  text = $state('');
  status = $state<RunStatus | 'all'>('all');
  network = $state<NetworkName | 'all'>('all');
  sort = $state.raw<{ key: string; descending: boolean }>({ key: 'date', descending: true });
}

export const listFilter = new ListFilter();

/** All runs, those that match the filters, and actions on several at once. */
export class RunsState {
  readonly kept = new Resource(
    () => app.client.runs.list({ removed: false }),
    ['runs', 'metrics', 'datasets'],
  );
  readonly removed = new Resource(() => app.client.runs.list({ removed: true }), ['runs', 'datasets']);
  readonly selected = new SvelteSet<string>();

  readonly view = $derived<View>(route.query.get('view') === 'removed' ? 'removed' : 'kept');
  readonly list = $derived(this.view === 'removed' ? this.removed : this.kept);
  readonly found = $derived(
    matching(
      this.list.value ?? [],
      { text: listFilter.text, status: listFilter.status, network: listFilter.network },
      networkTitle,
    ),
  );
  readonly isFiltered = $derived(
    listFilter.text.trim() !== '' || listFilter.status !== 'all' || listFilter.network !== 'all',
  );
  /** All tags in use, offered as suggestions. */
  readonly tags = $derived(
    [...new Set((this.kept.value ?? []).flatMap(({ run }) => run.tags))].sort((a, b) => a.localeCompare(b)),
  );
  /** The selected runs that are still in the list. */
  readonly chosen = $derived((this.list.value ?? []).filter(({ run }) => this.selected.has(run.id)));
  /** One chosen run per split. */
  readonly #ofEachSplit = $derived([
    ...new Map(this.chosen.map(({ run }) => [run.splitId, run.id])).values(),
  ]);
  /** For several splits: whether they were tested on the same scans. */
  readonly tests = useResource(() => {
    const runIds = this.#ofEachSplit.slice(0, 50);
    return runIds.length < 2 ? null : app.client.compare.tests({ runIds });
  }, ['splits']);
  readonly open = $derived(
    (this.list.value ?? []).find(({ run }) => run.id === route.id) ??
      [...(this.kept.value ?? []), ...(this.removed.value ?? [])].find(({ run }) => run.id === route.id),
  );

  stop(): void {
    this.kept.stop();
    this.removed.stop();
  }

  select(runId: string, selected: boolean): void {
    if (selected) this.selected.add(runId);
    else this.selected.delete(runId);
  }

  selectFound(): void {
    for (const { run } of this.found) this.selected.add(run.id);
  }

  show(runId: string | null): void {
    go('runs', runId, this.view === 'removed' ? { view: 'removed' } : {});
  }

  switchView(view: View): void {
    this.selected.clear();
    go('runs', null, view === 'removed' ? { view } : {});
  }

  showAll(): void {
    listFilter.text = '';
    listFilter.status = 'all';
    listFilter.network = 'all';
  }

  /** Why the chosen runs can't be compared, or null. */
  get notComparable(): string | null {
    const without = this.chosen.find(({ hasModel }) => !hasModel);
    if (without) return t('runs.compareNoModel', { name: runTitle(without.run) });
    if (this.#ofEachSplit.length < 2) return null;
    if (this.tests.error) return errorSentence(this.tests.error);
    const shared = this.tests.value;
    if (!shared) return t('runs.compareLooking');
    return shared.same
      ? null
      : t('runs.compareMixed', {
          common: shared.common,
          sizes: shared.tests.map(({ images }) => number(images)).join(', '),
        });
  }

  compare(): void {
    const [first] = this.chosen;
    if (!first) return;
    workOn(first);
    go('compare', first.run.splitId, { runs: this.chosen.map(({ run }) => run.id).join(',') });
  }

  /** Removes runs; the notice offers to restore them. */
  async remove(views: readonly RunView[]): Promise<void> {
    const runIds = idsOf(views);
    await this.#attempt(async () => {
      await inBatches(runIds, (runIds) => app.client.runs.remove({ runIds }));
      this.#deselect(runIds);
      toast({
        text: t('runs.removed', { count: runIds.length }),
        kind: 'ok',
        action: {
          label: t('runs.undo'),
          run: () => this.#attempt(() => restoreAll(runIds)),
        },
      });
    });
  }

  async restore(views: readonly RunView[]): Promise<void> {
    const runIds = idsOf(views);
    await this.#attempt(async () => {
      await restoreAll(runIds);
      this.#deselect(runIds);
      toast({ text: t('runs.restored', { count: runIds.length }), kind: 'ok' });
    });
  }

  /** Deletes removed runs permanently, after a confirmation. */
  async purge(views: readonly RunView[]): Promise<void> {
    const runIds = idsOf(views);
    const yes = await confirm({
      title: t('runs.purgeTitle', { count: runIds.length }),
      text: t('runs.purgeText', { count: runIds.length }),
      confirmLabel: t('runs.purge'),
      danger: true,
    });
    if (!yes) return;
    await this.#attempt(async () => {
      await inBatches(runIds, (runIds) => app.client.runs.purge({ runIds }));
      this.#deselect(runIds);
      toast({ text: t('runs.purged', { count: runIds.length }), kind: 'ok' });
    });
  }

  #deselect(runIds: readonly string[]): void {
    for (const id of runIds) this.selected.delete(id);
    if (route.id && runIds.includes(route.id)) this.show(null);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      toastError(error);
    }
  }
}

/** Selects this run's dataset and split in the wizard. */
export function workOn({ run, datasetId }: RunView): void {
  selection.datasetId = datasetId;
  selection.splitId = run.splitId;
}

/** The core accepts this many ids per call. */
const batchSize = 50;

async function inBatches(
  runIds: readonly string[],
  work: (runIds: string[]) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < runIds.length; start += batchSize)
    await work(runIds.slice(start, start + batchSize));
}

const restoreAll = (runIds: readonly string[]): Promise<void> =>
  inBatches(runIds, (runIds) => app.client.runs.restore({ runIds }));

const idsOf = (views: readonly RunView[]): string[] => views.map(({ run }) => run.id);

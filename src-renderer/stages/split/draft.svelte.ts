import type { CheckView } from '../../../src-main/contract/check.ts';
import type { Grouping } from '../../../src-main/contract/grouping.ts';
import type { AttributeChoice, LeftOutFold } from '../../../src-main/contract/studies.ts';
import type { DatasetView, PartCounts, SplitView } from '../../../src-main/contract/views.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { isPattern } from './pattern-examples.ts';

/** How long shares must rest before they are counted, milliseconds. */
const rest = 120;
const largestSeed = 2 ** 31 - 1;

/** A split as it is being chosen. */
export class Draft {
  readonly datasetId: string;
  /** Shares of all scans, 0 to 1. */
  test = $state(0.2);
  validation = $state(0.1);
  /** Undefined while nothing sound is written. */
  seed = $state<number | undefined>(7);
  useGiven = $state(false);
  by = $state<Grouping['by']>('twins');
  pattern = $state('');
  /** Whether there is a split for each fold, and how many. */
  folded = $state(false);
  folds = $state<number | undefined>(5);
  /** What folds leave one value out of: null where they are drawn; `table`: a column of a table. */
  leaveBy = $state<{ attribute: string } | 'table' | null>(null);
  csv = $state<string>();
  column = $state('');
  /** The test set of each such fold, as far as it was counted. */
  leftOut = $state.raw<LeftOutFold[] | null>(null);

  /** What the split would hold; kept while new shares are counted. */
  counts = $state.raw<PartCounts | null>(null);
  /** Why there would be none. */
  problem = $state.raw<AppError | null>(null);
  counting = $state(true);

  constructor({ dataset, givenParts }: DatasetView, { patients }: Pick<CheckView, 'patients'>) {
    this.datasetId = dataset.id;
    this.useGiven = givenParts; // whoever divided the folders had a reason
    this.by = patients.patients > 0 ? 'patient' : 'twins';
  }

  /** Null while its pattern is none. */
  get grouping(): Grouping | null {
    const { by, pattern } = this;
    if (by !== 'pattern') return { by };
    return isPattern(pattern) ? { by, pattern } : null;
  }

  /** Null where folds leave nothing out; undefined while it is incomplete. */
  get leaveOut(): AttributeChoice | null | undefined {
    const { folded, leaveBy, csv, column } = this;
    if (!folded || leaveBy === null) return null;
    if (leaveBy !== 'table') return { by: leaveBy.attribute };
    return csv === undefined || column.trim() === '' ? undefined : { by: column.trim(), csv };
  }

  /** Null while it is incomplete. With folds it is the split that each of them is like. */
  get request() {
    const { datasetId, validation, seed, grouping, folded, folds } = this;
    if (seed === undefined || grouping === null) return null;
    if (!folded) {
      const { test, useGiven } = this;
      // Leaks are kept only by those who ask for them.
      return {
        datasetId,
        test,
        validation,
        seed,
        useGiven,
        grouping,
        leaveOut: null,
      };
    }
    const { leaveOut } = this;
    if (leaveOut === undefined) return null;
    if (leaveOut) return { datasetId, test: 0.5, validation, seed, useGiven: false, grouping, leaveOut };
    return folds === undefined
      ? null
      : { datasetId, test: 1 / folds, validation, seed, useGiven: false, grouping, leaveOut: null };
  }

  drawAnother(): void {
    this.seed = Math.floor(Math.random() * (largestSeed + 1));
  }

  /** Makes what is chosen: one split, or one for each fold. @throws AppError. */
  async make(): Promise<SplitView[]> {
    const { request, folded, folds } = this;
    if (!request) return [];
    if (!folded) return [await app.client.splits.create(request)];
    const { datasetId, validation, seed, grouping, leaveOut } = request;
    if (leaveOut) return await app.client.splits.folds({ datasetId, validation, seed, grouping, leaveOut });
    if (folds === undefined) return [];
    return await app.client.splits.folds({ datasetId, validation, seed, grouping, folds });
  }

  /** Counts what is chosen once it rests. Reads all that is chosen; returns what gives the counting up. */
  count(): () => void {
    const { request } = this;
    const stop = new AbortController();
    this.counting = true;
    const timer = setTimeout(() => void this.#count(request, stop.signal), rest);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }

  async #count(request: Draft['request'], signal: AbortSignal): Promise<void> {
    try {
      if (request === null) return;
      const { leaveOut, datasetId, validation, seed, grouping } = request;
      if (leaveOut) {
        const of = { datasetId, validation, seed, grouping, leaveOut };
        const leftOut = await app.client.splits.leftOut(of, { signal });
        if (signal.aborted) return;
        [this.leftOut, this.counts, this.problem] = [leftOut, null, null];
        return;
      }
      const counts = await app.client.splits.preview(request, { signal });
      if (signal.aborted) return;
      [this.leftOut, this.counts] = [null, counts];
      this.problem = null;
    } catch (error) {
      if (signal.aborted) return;
      this.problem = asAppError(error);
    } finally {
      if (!signal.aborted) this.counting = false;
    }
  }
}

const drafts = new Map<string, Draft>();

/** What was chosen for a dataset, also after leaving the screen and coming back. */
export function draftOf(view: DatasetView, check: CheckView): Draft {
  const known = drafts.get(view.dataset.id);
  if (known) return known;
  const draft = new Draft(view, check);
  drafts.set(view.dataset.id, draft);
  return draft;
}

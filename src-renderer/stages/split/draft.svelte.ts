import type { CheckView } from '../../../src-main/contract/check.ts';
import type { Grouping } from '../../../src-main/contract/grouping.ts';
import type { AttributeChoice, LeftOutFold } from '../../../src-main/contract/studies.ts';
import type { DatasetView, PartCounts, SplitView } from '../../../src-main/contract/views.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { isPattern } from './pattern-examples.ts';

/** Milliseconds without changes before the sets are counted. */
const countDelay = 120;
const maxSeed = 2 ** 31 - 1;

/** The split being configured. */
export class Draft {
  readonly datasetId: string;
  /** Fractions of all scans, 0 to 1. */
  test = $state(0.2);
  validation = $state(0.1);
  /** Undefined while the field is not a valid number. */
  seed = $state<number | undefined>(7);
  useGiven = $state(false);
  by = $state<Grouping['by']>('twins');
  pattern = $state('');
  /** Whether to create one split per fold, and how many. */
  folded = $state(false);
  folds = $state<number | undefined>(5);
  /** What each fold leaves out: null for random folds; `table`: values of a table's column. */
  leaveBy = $state<{ attribute: string } | 'table' | null>(null);
  csv = $state<string>();
  column = $state('');
  /** The test set of each such fold, once counted. */
  leftOut = $state.raw<LeftOutFold[] | null>(null);

  /** The sizes of the split's sets; kept while new ones are counted. */
  counts = $state.raw<PartCounts | null>(null);
  /** Why the split can't be made. */
  problem = $state.raw<AppError | null>(null);
  counting = $state(true);

  constructor({ dataset, givenParts }: DatasetView, { patients }: Pick<CheckView, 'patients'>) {
    this.datasetId = dataset.id;
    this.useGiven = givenParts; // a division in the folders is usually deliberate
    this.by = patients.patients > 0 ? 'patient' : 'twins';
  }

  /** Null while its pattern is invalid. */
  get grouping(): Grouping | null {
    const { by, pattern } = this;
    if (by !== 'pattern') return { by };
    return isPattern(pattern) ? { by, pattern } : null;
  }

  /** Null where folds leave nothing out; undefined while incomplete. */
  get leaveOut(): AttributeChoice | null | undefined {
    const { folded, leaveBy, csv, column } = this;
    if (!folded || leaveBy === null) return null;
    if (leaveBy !== 'table') return { by: leaveBy.attribute };
    return csv === undefined || column.trim() === '' ? undefined : { by: column.trim(), csv };
  }

  /** Null while incomplete. With folds, it describes the split that each of them is like. */
  get request() {
    const { datasetId, validation, seed, grouping, folded, folds } = this;
    if (seed === undefined || grouping === null) return null;
    if (!folded) {
      const { test, useGiven } = this;
      // Leaks are kept only on request.
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

  drawSeed(): void {
    this.seed = Math.floor(Math.random() * (maxSeed + 1));
  }

  /** Creates the split, or one for each fold. @throws AppError. */
  async make(): Promise<SplitView[]> {
    const { request, folded, folds } = this;
    if (!request) return [];
    if (!folded) return [await app.client.splits.create(request)];
    const { datasetId, validation, seed, grouping, leaveOut } = request;
    if (leaveOut) return await app.client.splits.folds({ datasetId, validation, seed, grouping, leaveOut });
    if (folds === undefined) return [];
    return await app.client.splits.folds({ datasetId, validation, seed, grouping, folds });
  }

  /** Counts the sets once the choices are stable. Reads all choices (for $effect); returns a function that cancels the count. */
  count(): () => void {
    const { request } = this;
    const stop = new AbortController();
    this.counting = true;
    const timer = setTimeout(() => void this.#count(request, stop.signal), countDelay);
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

/** The draft for a dataset, kept after leaving the screen. */
export function draftOf(view: DatasetView, check: CheckView): Draft {
  const known = drafts.get(view.dataset.id);
  if (known) return known;
  const draft = new Draft(view, check);
  drafts.set(view.dataset.id, draft);
  return draft;
}

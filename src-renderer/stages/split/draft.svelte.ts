import type { Part } from '../../../src-main/contract/records.ts';
import type { DatasetView, PartCounts, SplitView } from '../../../src-main/contract/views.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/errors.ts';

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

  /** What the split would hold; kept while new shares are counted. */
  counts = $state.raw<PartCounts | null>(null);
  /** Why there would be none. */
  problem = $state.raw<AppError | null>(null);
  counting = $state(true);

  constructor({ dataset, givenParts }: DatasetView) {
    this.datasetId = dataset.id;
    this.useGiven = givenParts; // whoever divided the folders had a reason
  }

  /** Null while it is incomplete. */
  get request() {
    const { datasetId, test, validation, seed, useGiven } = this;
    return seed === undefined ? null : { datasetId, test, validation, seed, useGiven };
  }

  drawAnother(): void {
    this.seed = Math.floor(Math.random() * (largestSeed + 1));
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
      const counts = await app.client.splits.preview(request, { signal });
      if (signal.aborted) return;
      this.counts = counts;
      this.problem = null;
    } catch (error) {
      if (signal.aborted) return;
      this.problem = asAppError(error);
    } finally {
      if (!signal.aborted) this.counting = false;
    }
  }

  /** A split that was made from the same choices: its runs and new ones can be compared. */
  madeBefore(splits: readonly SplitView[]): SplitView | undefined {
    return splits.find(
      ({ split }) =>
        split.testFraction === this.test &&
        split.validationFraction === this.validation &&
        split.seed === this.seed &&
        (split.method === 'given') === this.useGiven,
    );
  }
}

const drafts = new Map<string, Draft>();

/** What was chosen for a dataset, also after leaving the screen and coming back. */
export function draftOf(view: DatasetView): Draft {
  const known = drafts.get(view.dataset.id);
  if (known) return known;
  const draft = new Draft(view);
  drafts.set(view.dataset.id, draft);
  return draft;
}

/** Part → scans of both classes. */
export const totals = (counts: PartCounts): Record<Part, number> => ({
  train: sum(counts.train),
  validation: sum(counts.validation),
  test: sum(counts.test),
});

const sum = (classes: Record<string, number>): number =>
  Object.values(classes).reduce((all, count) => all + count, 0);

import { recall, remember } from './local-storage.ts';

const key = 'falx.selection';
type Kept = {
  datasetId: string | null;
  /** Dataset → the split that was selected last. */
  splits: Readonly<Record<string, string>>;
};

/** What older versions stored: one split, of the one dataset. */
type Older = { datasetId: string | null; splitId: string | null };

/** The selected dataset and, for each dataset, its split: switching back and forth loses nothing. */
class Selection {
  #kept = $state.raw<Kept>(keptOf(recall<Kept & Older>(key) ?? {}));
  /** Whether the dataset has no split selected yet because its splits are still being loaded. */
  splitPending = $state(false);

  get datasetId(): string | null {
    return this.#kept.datasetId;
  }

  set datasetId(datasetId: string | null) {
    if (datasetId === this.#kept.datasetId) return;
    this.#keep({ ...this.#kept, datasetId });
    this.splitPending = datasetId !== null && this.splitId === null;
  }

  /** Of the selected dataset. */
  get splitId(): string | null {
    const { datasetId, splits } = this.#kept;
    return datasetId === null ? null : (splits[datasetId] ?? null);
  }

  set splitId(splitId: string | null) {
    const { datasetId, splits } = this.#kept;
    if (datasetId === null || splitId === this.splitId) return;
    const { [datasetId]: _, ...others } = splits;
    this.#keep({ datasetId, splits: splitId === null ? others : { ...others, [datasetId]: splitId } });
  }

  /** Of a dataset that need not be the one that is worked on. */
  chooseSplit(datasetId: string, splitId: string): void {
    this.#keep({ ...this.#kept, splits: { ...this.#kept.splits, [datasetId]: splitId } });
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    remember(key, kept);
  }
}

function keptOf({ datasetId = null, splits, splitId }: Partial<Kept & Older> = {}): Kept {
  return { datasetId, splits: splits ?? (datasetId && splitId ? { [datasetId]: splitId } : {}) };
}

export const selection = new Selection();

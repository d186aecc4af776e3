import { recall, remember } from './local-storage.ts';

const key = 'falx.selection';
type Kept = {
  datasetId: string | null;
  /** Dataset → the split that was worked on last. */
  splits: Readonly<Record<string, string>>;
};

/** What an older window kept: one split, of the one dataset. */
type Older = { datasetId: string | null; splitId: string | null };

/** The dataset that the wizard works on, and of each dataset its split: going to another and back loses nothing. */
class Selection {
  #kept = $state.raw<Kept>(keptOf(recall<Kept & Older>(key) ?? {}));
  /** Whether it is still being asked which split a dataset has that has none chosen. */
  looking = $state(false);

  get datasetId(): string | null {
    return this.#kept.datasetId;
  }

  set datasetId(datasetId: string | null) {
    if (datasetId === this.#kept.datasetId) return;
    this.#keep({ ...this.#kept, datasetId });
    this.looking = datasetId !== null && this.splitId === null;
  }

  /** Of the dataset. */
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

  #keep(kept: Kept): void {
    this.#kept = kept;
    remember(key, kept);
  }
}

function keptOf({ datasetId = null, splits, splitId }: Partial<Kept & Older> = {}): Kept {
  return { datasetId, splits: splits ?? (datasetId && splitId ? { [datasetId]: splitId } : {}) };
}

export const selection = new Selection();

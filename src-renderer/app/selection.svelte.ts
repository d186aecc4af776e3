import { recall, remember } from './local-storage.ts';

const key = 'falx.selection';
type Kept = { datasetId: string | null; splitId: string | null };

/** The dataset and split that the wizard works on. Another dataset has other splits, so choosing one clears the split. */
class Selection {
  #kept = $state.raw<Kept>({ datasetId: null, splitId: null, ...recall<Kept>(key) });

  get datasetId(): string | null {
    return this.#kept.datasetId;
  }

  set datasetId(datasetId: string | null) {
    if (datasetId !== this.#kept.datasetId) this.#keep({ datasetId, splitId: null });
  }

  get splitId(): string | null {
    return this.#kept.splitId;
  }

  set splitId(splitId: string | null) {
    if (splitId !== this.#kept.splitId) this.#keep({ ...this.#kept, splitId });
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    remember(key, kept);
  }
}

export const selection = new Selection();

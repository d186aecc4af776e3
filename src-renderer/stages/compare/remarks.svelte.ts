import { SvelteMap } from 'svelte/reactivity';
import type { Remark } from '../../../src-main/contract/check.ts';
import { app } from '../../app/app.svelte.ts';
import { toastError } from '../../app/feedback.svelte.ts';

/** The users' notes on a dataset's scans. */
export class Remarks {
  readonly #datasetId: string;
  readonly #byImage = new SvelteMap<number, Remark>();
  /** Stored here while earlier ones were being loaded. */
  readonly #stored = new Set<number>();

  constructor(datasetId: string) {
    this.#datasetId = datasetId;
    void this.#load();
  }

  of(imageId: number): Remark | undefined {
    return this.#byImage.get(imageId);
  }

  async #load(): Promise<void> {
    try {
      for (const remark of await app.client.check.remarks({ datasetId: this.#datasetId }))
        if (!this.#stored.has(remark.imageId)) this.#byImage.set(remark.imageId, remark);
    } catch (error) {
      toastError(error);
    }
  }

  /** @returns whether it was saved. */
  async put(imageId: number, change: Pick<Remark, 'note' | 'wrongLabel'>): Promise<boolean> {
    try {
      const stored = await app.client.check.remark({ datasetId: this.#datasetId, imageId, ...change });
      this.#stored.add(imageId);
      if (stored) this.#byImage.set(imageId, stored);
      else this.#byImage.delete(imageId);
      return true;
    } catch (error) {
      toastError(error);
      return false;
    }
  }
}

import { SvelteSet } from 'svelte/reactivity';
import type { Dataset } from '../../../src-main/contract/records.ts';
import { app } from '../../app/app.svelte.ts';
import { toast, toastError } from '../../app/feedback.svelte.ts';
import { t } from '../../app/messages.ts';
import { go, route } from '../../app/route.svelte.ts';

/** Repeated attempts to read quarantined files. They live as long as the window: the user may leave the screen meanwhile. */
class Retries {
  readonly #busy = new SvelteSet<string>();

  busy(datasetId: string): boolean {
    return this.#busy.has(datasetId);
  }

  /** Reads a dataset's quarantined files again, and shows the result. */
  async start({ id }: Pick<Dataset, 'id'>): Promise<void> {
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    try {
      const before = await app.client.datasets.quarantined({ datasetId: id });
      const { resultId } = await app.runJob(() => app.client.check.retry({ datasetId: id }));
      const next = resultId ?? id;
      const left = await app.client.datasets.quarantined({ datasetId: next });
      this.#showResult(id, next, before.length - left.length);
    } catch (error) {
      toastError(error);
    } finally {
      this.#busy.delete(id);
    }
  }

  /** A dataset is immutable: with more files it becomes a new one. */
  #showResult(id: string, next: string, read: number): void {
    if (next === id) {
      toast({ text: t('check.quarantine.nothing') });
      return;
    }
    if (route.name === 'check' && route.id === id) go('check', next);
    toast({
      kind: 'ok',
      text: t('check.quarantine.recovered', { count: read }),
      action: { label: t('check.quarantine.back'), run: () => this.#revert(id, next) },
    });
  }

  async #revert(id: string, next: string): Promise<void> {
    try {
      await app.client.datasets.restore({ datasetId: id });
      await app.client.datasets.remove({ datasetId: next });
      go('check', id);
    } catch (error) {
      toastError(error);
    }
  }
}

export const retries = new Retries();

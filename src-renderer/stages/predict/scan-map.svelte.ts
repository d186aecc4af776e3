import type { Job } from '../../../src-main/contract/jobs.ts';
import type { MapMethod, MapTarget, MapView } from '../../../src-main/contract/maps.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { app } from '../../app/app.svelte.ts';
import { toastError } from '../../app/feedback.svelte.ts';

export type MapAsked = { runId: string; file: string; sha256: string; method: MapMethod; target: MapTarget };

/** One map that is shown: asked for, made where it takes long, and asked for again once its method was tested. */
export class ScanMap {
  view = $state.raw<MapView | null>(null);
  error = $state.raw<AppError | null>(null);
  loading = $state(false);
  #jobId = $state<string | null>(null);
  /** What is being made for it. */
  readonly job: Job | null = $derived.by(() => {
    const job = this.#jobId === null ? undefined : app.jobs.get(this.#jobId);
    return job?.state === 'running' ? job : null;
  });
  #turn = 0;

  /** Shows a map; what was asked before is no longer waited for, but goes on being made. */
  async ask(asked: MapAsked): Promise<void> {
    const turn = ++this.#turn;
    const wanted = () => turn === this.#turn;
    this.view = null;
    this.error = null;
    this.loading = true;
    this.#jobId = null;
    try {
      const first = await this.#look(asked, wanted);
      if (!wanted() || (first && first.test !== null)) return;
      const { target: _, ...scan } = asked;
      const job = await app.beginJob(() => app.client.maps.prepare(scan));
      if (!wanted()) return;
      this.#jobId = job.id;
      await app.jobEnd(job.id);
      if (wanted()) await this.#look(asked, wanted);
    } catch (error) {
      const failure = asAppError(error);
      if (wanted() && failure.code !== 'cancelled') this.error = failure;
    } finally {
      if (wanted()) this.loading = false;
    }
  }

  async cancel(): Promise<void> {
    if (this.job) await app.client.jobs.cancel({ jobId: this.job.id }).catch(toastError);
  }

  /** Null for a map that takes long and was not made. */
  async #look(asked: MapAsked, wanted: () => boolean): Promise<MapView | null> {
    try {
      const view = await app.client.maps.of(asked);
      if (wanted()) this.view = view;
      return view;
    } catch (error) {
      if (asAppError(error).facts['why'] === 'mapNotMade') return null;
      throw error;
    }
  }
}

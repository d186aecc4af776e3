import type { Job } from '../../../src-main/contract/jobs.ts';
import type { MapMethod, MapTarget, MapView } from '../../../src-main/contract/maps.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { app } from '../../app/app.svelte.ts';
import { toastError } from '../../app/feedback.svelte.ts';

export type MapRequest = {
  runId: string;
  file: string;
  sha256: string;
  method: MapMethod;
  target: MapTarget;
};

/** The map shown: requested, made if that takes long, and requested again once its method has been tested. */
export class ScanMap {
  view = $state.raw<MapView | null>(null);
  error = $state.raw<AppError | null>(null);
  loading = $state(false);
  #jobId = $state<string | null>(null);
  /** The job that makes it. */
  readonly job: Job | null = $derived.by(() => {
    const job = this.#jobId === null ? undefined : app.jobs.get(this.#jobId);
    return job?.state === 'running' ? job : null;
  });
  #turn = 0;

  /** Loads a map; the answer to an earlier request is ignored, but the map is still made. */
  async load(request: MapRequest): Promise<void> {
    const turn = ++this.#turn;
    const isCurrent = () => turn === this.#turn;
    this.view = null;
    this.error = null;
    this.loading = true;
    this.#jobId = null;
    try {
      const first = await this.#fetch(request, isCurrent);
      if (!isCurrent() || (first && first.test !== null)) return;
      const { target: _, ...scan } = request;
      const job = await app.beginJob(() => app.client.maps.prepare(scan));
      if (!isCurrent()) return;
      this.#jobId = job.id;
      await app.jobEnd(job.id);
      if (isCurrent()) await this.#fetch(request, isCurrent);
    } catch (error) {
      const failure = asAppError(error);
      if (isCurrent() && failure.code !== 'cancelled') this.error = failure;
    } finally {
      if (isCurrent()) this.loading = false;
    }
  }

  async cancel(): Promise<void> {
    if (this.job) await app.client.jobs.cancel({ jobId: this.job.id }).catch(toastError);
  }

  /** Null for a map that takes long and has not been made yet. */
  async #fetch(request: MapRequest, isCurrent: () => boolean): Promise<MapView | null> {
    try {
      const view = await app.client.maps.of(request);
      if (isCurrent()) this.view = view;
      return view;
    } catch (error) {
      if (asAppError(error).facts['why'] === 'mapNotMade') return null;
      throw error;
    }
  }
}

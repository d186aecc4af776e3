import { FalxError } from '../contract/errors.ts';
import type { Job, JobKind } from '../contract/jobs.ts';
import { newId } from '../registry/registry.ts';
import { errorData } from './error-data.ts';
import type { Hub } from './hub.ts';
import type { Log } from './log.ts';
import { Throttle } from './throttle.ts';

export type JobTools = {
  /** The job's own. */
  id: string;
  /** @param rate of the job's unit, per second; computed from the progress when left out. */
  progress(done: number, total: number | null, rate?: number): void;
  /** Aborted when the job is cancelled: the work then throws FalxError `cancelled`. */
  signal: AbortSignal;
};

/** Id of the result, kept as the job's `resultId`, optionally with counts. */
export type JobResult = string | null | Required<Pick<Job, 'resultId' | 'counts'>>;

/** A job's work. */
export type JobWork = (tools: JobTools) => Promise<JobResult>;

/** Milliseconds between two events of one job. */
const EVENT_EVERY = 200;
/** Number of ended jobs that are kept. */
const KEPT = 50;

type Running = { job: Job; runIds: readonly string[]; abort: AbortController; settled: Promise<Job> };

/** Long work other than training. It belongs to the core, so it continues while a window reloads. */
export class Jobs {
  readonly #hub: Hub;
  readonly #log: Log;
  /** In the order they were started. */
  readonly #jobs = new Map<string, Running>();
  #closed = false;

  constructor(hub: Hub, log: Log) {
    this.#hub = hub;
    this.#log = log;
  }

  /**
   * @param subject what it works on: a folder, a network, a split.
   * @param runIds runs whose files it uses: it is cancelled before they are deleted.
   */
  start(
    kind: JobKind,
    subject: string,
    unit: Job['unit'],
    work: JobWork,
    runIds: readonly string[] = [],
  ): Job {
    if (this.#closed) throw new FalxError('falxCloses', {});
    const job: Job = {
      id: newId('job'),
      kind,
      subject,
      state: 'running',
      done: 0,
      total: null,
      unit,
      rate: null,
      secondsLeft: null,
      started: new Date().toISOString(),
      ended: null,
      resultId: null,
      error: null,
    };
    const abort = new AbortController();
    const running: Running = { job, runIds, abort, settled: Promise.resolve(job) };
    this.#jobs.set(job.id, running);
    running.settled = this.#run(running, work);
    this.#forgetOld();
    return running.job;
  }

  /** Oldest first. */
  list(): Job[] {
    return [...this.#jobs.values()].map(({ job }) => job);
  }

  /** @throws FalxError `not-found`. */
  job(id: string): Job {
    return this.#find(id).job;
  }

  /** Asks a job to cancel; one that has ended is unchanged. @throws FalxError `not-found`. */
  cancel(id: string): void {
    this.#find(id).abort.abort();
  }

  /** The job once it has ended, in whatever way. @throws FalxError `not-found`. */
  settled(id: string): Promise<Job> {
    return this.#find(id).settled;
  }

  /** Cancels jobs that use files of any of these runs, and waits until they have ended. */
  release(runIds: readonly string[]): Promise<void> {
    return this.#end([...this.#jobs.values()].filter((one) => one.runIds.some((id) => runIds.includes(id))));
  }

  /** Cancels all jobs and waits until they have ended. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#end([...this.#jobs.values()]);
  }

  async #end(all: readonly Running[]): Promise<void> {
    for (const { abort } of all) abort.abort();
    await Promise.all(all.map(({ settled }) => settled));
  }

  async #run(running: Running, work: JobWork): Promise<Job> {
    const throttle = new Throttle(EVENT_EVERY, () => this.#hub.emit({ kind: 'job', job: running.job }));
    const pace = new RateMeter();
    const change = (some: Partial<Job>) => {
      running.job = { ...running.job, ...some };
    };
    const end = (some: Partial<Job>) =>
      change({ ...some, secondsLeft: null, ended: new Date().toISOString() });
    throttle.now();
    try {
      const { signal } = running.abort;
      const result = await work({
        id: running.job.id,
        signal,
        progress: (done, total, given) => {
          const rate = given ?? pace.rate(done);
          const left = rate !== null && rate > 0 && total !== null ? Math.ceil((total - done) / rate) : null;
          change({ done, total, rate, secondsLeft: left });
          throttle.soon();
        },
      });
      end({
        state: 'done',
        ...(result === null || typeof result === 'string' ? { resultId: result } : result),
      });
    } catch (error) {
      const cancelled = running.abort.signal.aborted && isCancelling(error);
      end(cancelled ? { state: 'cancelled' } : { state: 'failed', error: this.#failure(running.job, error) });
    }
    throttle.now();
    // Collects a job's garbage at once, if the shell allows it: see steady-memory.ts.
    if (this.list().every((job) => job.state !== 'running')) globalThis.gc?.();
    return running.job;
  }

  #failure({ id, kind, subject }: Job, error: unknown): Job['error'] {
    return errorData(error, this.#log, { job: id, kind, subject });
  }

  #find(id: string): Running {
    const running = this.#jobs.get(id);
    if (running) return running;
    throw new FalxError('jobGone', { kind: 'job', id });
  }

  #forgetOld(): void {
    const ended = this.list().filter((job) => job.state !== 'running');
    for (const { id } of ended.slice(0, Math.max(0, ended.length - KEPT))) this.#jobs.delete(id);
  }
}

/** Whether work was cancelled, and nothing went wrong. */
export function isCancelling(error: unknown): boolean {
  return error instanceof FalxError
    ? error.code === 'cancelled'
    : error instanceof Error && error.name === 'AbortError';
}

/** Items per second since the first report: what a resumed download has already is not counted. */
class RateMeter {
  #first: { done: number; at: number } | undefined;

  rate(done: number): number | null {
    const at = performance.now();
    this.#first ??= { done, at };
    const seconds = (at - this.#first.at) / 1000;
    return seconds > 0.1 ? (done - this.#first.done) / seconds : null;
  }
}

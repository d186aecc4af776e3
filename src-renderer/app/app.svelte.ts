import { SvelteMap } from 'svelte/reactivity';
import type { Epoch } from '../../src-main/contract/records.ts';
import type { Job } from '../../src-main/contract/jobs.ts';
import {
  changedTables,
  defaultPreferences,
  type AppEvent,
  type AppInfo,
  type Preferences,
  type TrainingState,
} from '../../src-main/contract/views.ts';
import type { Client, Host, Link, LinkState } from '../host/host.ts';
import { AppError, asAppError } from './app-error.ts';
import { language } from './language.ts';
import { recall, remember } from './local-storage.ts';
import { useTheme } from './theme.ts';

export type Table = (typeof changedTables)[number];
type EpochListener = (runId: string, epoch: Epoch, best: boolean) => void;
type ChangeListener = { tables: ReadonlySet<Table>; listener: (tables: ReadonlySet<Table>) => void };
type Waiter = { resolve: (job: Job) => void; reject: (error: AppError) => void };

const preferencesKey = 'falx.preferences';
/** Milliseconds to wait before subscribing again after the core has ended the event stream. */
const resubscribeAfter = 500;

/** What all screens share: the connection to the core, and the state the core has sent. */
export class App {
  host!: Host;
  client!: Client;
  #link!: Link;

  /** The core's jobs by id, including this session's finished ones. */
  readonly jobs = new SvelteMap<string, Job>();
  training = $state.raw<TrainingState>({
    active: [],
    devices: [],
    queue: [],
    queueSecondsLeft: null,
    trainedElsewhere: false,
    held: false,
  });
  connection = $state<LinkState>('connecting');
  /** Whether the core has answered once: screens are shown only from then on. */
  ready = $state(false);
  #info = $state.raw<AppInfo | null>(null);
  #preferences = $state.raw<Preferences>({ ...defaultPreferences, ...recall<Preferences>(preferencesKey) });

  readonly #epochListeners = new Set<EpochListener>();
  readonly #changeListeners = new Set<ChangeListener>();
  readonly #waiting = new Map<string, Set<Waiter>>();
  #subscription: AbortController | null = null;

  /** The core's versions and folders. Screens may read it: they are shown only once it is set. */
  get info(): AppInfo {
    if (!this.#info) throw new Error('app.info is read before the core has answered');
    return this.#info;
  }

  get preferences(): Preferences {
    return this.#preferences;
  }

  /** Applies the saved language and theme, before the first paint and the core's first answer. */
  restoreAppearance(): void {
    this.#applyAppearance(this.#preferences);
  }

  start(link: Link): void {
    this.#link = link;
    this.host = link.host;
    this.client = link.client;
    link.onState((state) => this.#onLinkState(state));
    this.#onLinkState(link.state());
  }

  /** Tries to reconnect at once. */
  reconnect(): void {
    this.#link.reconnect();
  }

  async setPreferences(change: Partial<Preferences>): Promise<void> {
    this.#savePreferences(await this.client.app.setPreferences(change));
  }

  /** Sets the home folder from the next start of Falx on; null: the default folder. */
  async chooseHome(folder: string | null): Promise<void> {
    this.#info = await this.client.app.chooseHome({ folder });
  }

  /** Calls `listener` after every epoch of any run. @returns a function that unsubscribes. */
  onEpoch(listener: EpochListener): () => void {
    this.#epochListeners.add(listener);
    return () => this.#epochListeners.delete(listener);
  }

  /**
   * Calls `listener` when records of these tables have changed, and after a reconnection, when anything may have.
   * @returns a function that unsubscribes.
   */
  onChanged(tables: readonly Table[], listener: (tables: ReadonlySet<Table>) => void): () => void {
    const entry = { tables: new Set(tables), listener };
    this.#changeListeners.add(entry);
    return () => this.#changeListeners.delete(entry);
  }

  /** Starts a job and waits for its end. @throws AppError when it failed, was cancelled, or was lost with its core. */
  async runJob(start: () => Promise<Job>): Promise<Job> {
    return await this.jobEnd((await this.beginJob(start)).id);
  }

  /** Starts a job; its first events may arrive before the answer. */
  async beginJob(start: () => Promise<Job>): Promise<Job> {
    const started = await start();
    const job = this.jobs.get(started.id) ?? started;
    this.jobs.set(job.id, job);
    return job;
  }

  /** Waits for the end of a job that the core has reported. @throws AppError as `runJob`. */
  async jobEnd(jobId: string): Promise<Job> {
    const job = this.jobs.get(jobId);
    if (job && job.state !== 'running') return outcome(job);
    return await new Promise<Job>((resolve, reject) => {
      const waiting = this.#waiting.get(jobId) ?? new Set();
      this.#waiting.set(jobId, waiting.add({ resolve, reject }));
    });
  }

  #onLinkState(state: LinkState): void {
    this.connection = state;
    this.#subscription?.abort();
    this.#subscription = null;
    if (state !== 'open') return;
    this.#subscription = new AbortController();
    void this.#listen(this.#subscription.signal);
  }

  /** Receives the core's events until the connection breaks; first reloads whatever may have been missed. */
  async #listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const events = await this.client.events(undefined, { signal });
        await this.#catchUp();
        for await (const event of events) this.#handle(event);
      } catch (error) {
        if (signal.aborted || asAppError(error).code === 'connection-lost') return;
        console.error(error);
      }
      await new Promise((resolve) => setTimeout(resolve, resubscribeAfter));
    }
  }

  async #catchUp(): Promise<void> {
    const running = [...this.#waiting.keys()];
    const [info, preferences, training, jobs] = await Promise.all([
      this.client.app.info(),
      this.client.app.preferences(),
      this.client.training.state(),
      this.client.jobs.list(),
    ]);
    this.#info = info;
    this.#savePreferences(preferences);
    this.training = training;
    const known = new Set(jobs.map((job) => job.id));
    for (const id of this.jobs.keys()) if (!known.has(id)) this.jobs.delete(id);
    for (const job of jobs) this.#handle({ kind: 'job', job });
    for (const id of running) if (!known.has(id)) this.#rejectLost(id);
    if (this.ready) this.#notifyChanged(new Set(changedTables));
    this.ready = true;
  }

  #handle(event: AppEvent): void {
    switch (event.kind) {
      case 'job':
        this.jobs.set(event.job.id, event.job);
        if (event.job.state !== 'running') this.#settle(event.job);
        break;
      case 'training':
        this.training = event.training;
        break;
      case 'epoch':
        for (const listener of this.#epochListeners) listener(event.runId, event.epoch, event.best);
        break;
      case 'changed':
        if (event.table === 'preferences') void this.#refreshPreferences();
        this.#notifyChanged(new Set([event.table]));
        break;
    }
  }

  async #refreshPreferences(): Promise<void> {
    try {
      this.#savePreferences(await this.client.app.preferences());
    } catch (error) {
      // ConnectionBar shows a broken connection, and everything is reloaded after it.
      if (asAppError(error).code !== 'connection-lost') throw error;
    }
  }

  #notifyChanged(tables: ReadonlySet<Table>): void {
    for (const { tables: watched, listener } of this.#changeListeners)
      if (!watched.isDisjointFrom(tables)) listener(tables);
  }

  #settle(job: Job): void {
    const waiting = this.#waiting.get(job.id);
    this.#waiting.delete(job.id);
    for (const { resolve, reject } of waiting ?? []) {
      try {
        resolve(outcome(job));
      } catch (error) {
        reject(asAppError(error));
      }
    }
  }

  #rejectLost(jobId: string): void {
    const waiting = this.#waiting.get(jobId);
    this.#waiting.delete(jobId);
    for (const { reject } of waiting ?? [])
      reject(
        new AppError('connection-lost', 'Falx was started anew while this was under way. Start it again.'),
      );
  }

  #savePreferences(preferences: Preferences): void {
    this.#preferences = preferences;
    remember(preferencesKey, preferences);
    this.#applyAppearance(preferences);
  }

  #applyAppearance(preferences: Preferences): void {
    language.use(preferences.language);
    useTheme(preferences.theme);
  }
}

function outcome(job: Job): Job {
  if (job.state === 'failed')
    throw new AppError(
      job.error?.code ?? 'fault',
      job.error?.message ?? `The job ${job.id} failed without saying why.`,
      job.error?.facts,
    );
  if (job.state === 'cancelled') throw new AppError('cancelled', 'It was cancelled.', { jobId: job.id });
  return job;
}

export const app = new App();

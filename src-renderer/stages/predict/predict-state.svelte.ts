import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Prediction } from '../../../src-main/contract/records.ts';
import type { RunView } from '../../../src-main/contract/views.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { toastError } from '../../app/feedback.svelte.ts';
import type { DroppedFile } from '../../host/host.ts';
import { picturesOf, type PastScan } from './answers.ts';
import { answerKey, type ModelInUse } from './models.ts';
import { VolumeState } from './volume-state.svelte.ts';

/** Scans per request after the first: enough to be fast, few enough that the table fills steadily. */
const chunk = 16;
/** Maximum number of scans. */
export const mostScans = 10_000;

/** One model's answer on the scan shown, or its state while there is none. */
export type Answer = {
  runId: string;
  prediction: Prediction | null;
  error: AppError | null;
  state: 'idle' | 'loading' | 'evaluating' | 'answered' | 'failed';
};

/** The scans to predict and the models' answers. It outlives the screen: predictions continue in the background. */
export class PredictState {
  /** Absolute paths, in the order given; `file#frame` for each picture of a file with several, once that is known. */
  files = $state.raw<readonly string[]>([]);
  /** The file that is shown enlarged. */
  shownFile = $state<string | null>(null);
  /** A scan of the history that is shown instead. */
  past = $state.raw<PastScan | null>(null);
  /** The model that predicts every file, and the other models. */
  runId = $state<string | null>(null);
  others = $state.raw<readonly string[]>([]);
  /** Models and thresholds of the answers, as `answerKey`. */
  answeredWith = $state<string | null>(null);
  /** Fraction of dropped files uploaded, 0 to 1; null while there is no upload. */
  sending = $state<number | null>(null);
  /** Whether the model is still predicting. */
  busy = $state(false);
  error = $state.raw<AppError | undefined>();
  readonly #answers = new SvelteMap<string, Prediction>();
  readonly #failures = new SvelteMap<string, AppError>();
  readonly #waiting = new SvelteSet<string>();
  /** Models that have answered since the window was opened, which the core has therefore loaded. */
  readonly #loaded = new SvelteSet<string>();
  /** The files as given, also those replaced by their pictures. */
  #given = new Set<string>();
  #turn = 0;
  #begun = 0;
  #stopSending: AbortController | null = null;

  /** Estimated seconds until the model has answered all; null while unknown. */
  secondsLeft = $state<number | null>(null);
  /** Folder whose new scans are predicted as they arrive. */
  watched = $state<string | null>(null);
  #watchTimer: ReturnType<typeof setTimeout> | undefined;
  /** Identifies a watch: a late answer must not restart one that has ended. */
  #watch = 0;

  readonly done = $derived(
    this.runId === null ? 0 : this.files.filter((file) => this.mainAnswer(file)).length,
  );

  mainAnswer(file: string): Prediction | undefined {
    return this.#answers.get(keyOf(this.runId ?? '', file));
  }

  /** The answers on a file, the model in use first. */
  answersOn(file: string): Answer[] {
    return (this.runId === null ? [] : [this.runId, ...this.others]).map((runId): Answer => {
      const key = keyOf(runId, file);
      const prediction = this.#answers.get(key) ?? null;
      const error = this.#failures.get(key) ?? null;
      if (prediction) return { runId, prediction, error, state: 'answered' };
      if (error) return { runId, prediction, error, state: 'failed' };
      const isWaiting = this.#waiting.has(key);
      const state = !isWaiting ? 'idle' : this.#loaded.has(runId) ? 'evaluating' : 'loading';
      return { runId, prediction, error, state };
    });
  }

  /**
   * Begins a request whose files are still to be found or uploaded; cancels one begun earlier.
   * @returns whether it is still the newest.
   */
  begin(): () => boolean {
    const request = ++this.#begun;
    this.#stopSending?.abort();
    this.#stopSending = null;
    this.sending = null;
    return () => request === this.#begun;
  }

  /**
   * Makes dropped files available to the core. @returns their paths; null on failure, with `error` set, or if another
   * request was begun meanwhile.
   */
  async take(dropped: DroppedFile[]): Promise<string[] | null> {
    const isCurrent = this.begin();
    const { signal } = (this.#stopSending = new AbortController());
    this.error = undefined;
    this.sending = 0;
    try {
      const onProgress = (sent: number, total: number) => {
        if (isCurrent()) this.sending = total > 0 ? sent / total : 0;
      };
      const { files } = await app.host.take(dropped, onProgress, signal, 'answer');
      const scans = isCurrent() ? await this.unpacked(files) : null;
      return isCurrent() ? scans : null;
    } catch (error) {
      if (isCurrent()) this.error = asAppError(error);
      return null;
    } finally {
      if (isCurrent()) this.sending = null;
    }
  }

  /** The files, and in place of zip archives the scans in them. */
  async unpacked(files: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const file of files)
      if (/\.zip$/i.test(file)) found.push(...(await app.client.predict.scansIn({ folder: file })).files);
      else found.push(file);
    return found;
  }

  /**
   * Has a model predict files, and the others predict the first of them, which is shown. Answers to earlier requests are
   * ignored.
   * @param files absolute paths.
   */
  async ask(
    files: readonly string[],
    model: Pick<ModelInUse, 'view'>,
    others: readonly RunView[],
  ): Promise<void> {
    const turn = ++this.#turn;
    const isCurrent = () => turn === this.#turn;
    this.#discard((old) => !files.some((file) => old.startsWith(file)));
    this.files = [...new Set(files)].slice(0, mostScans);
    this.#given = new Set(this.files);
    const [first, ...rest] = this.files;
    if (first === undefined) return;
    this.#forget();
    const runId = model.view.run.id;
    this.runId = runId;
    this.others = others.map(({ run }) => run.id);
    this.answeredWith = answerKey([runId, ...this.others], app.preferences);
    this.shownFile = first;
    this.busy = true;
    try {
      await this.#askModel(runId, [first], isCurrent);
      if (isCurrent() && this.shownFile !== null) await this.#askOthers(this.shownFile, isCurrent);
      await this.#askRest(runId, rest, isCurrent);
    } catch (error) {
      if (isCurrent()) this.error = asAppError(error);
    } finally {
      if (isCurrent()) this.busy = false;
    }
  }

  /** Adds files that arrived later, after the existing ones. */
  async #askMore(files: readonly string[]): Promise<void> {
    const { runId } = this;
    const turn = this.#turn;
    const more = files.filter((file) => !this.#given.has(file)).slice(0, mostScans - this.files.length);
    if (runId === null || more.length === 0) return;
    for (const file of more) this.#given.add(file);
    this.files = [...this.files, ...more];
    this.busy = true;
    try {
      await this.#askRest(runId, more, () => turn === this.#turn);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  async #askRest(runId: string, files: readonly string[], isCurrent: () => boolean): Promise<void> {
    const began = performance.now();
    for (let start = 0; start < files.length && isCurrent(); start += chunk) {
      await this.#askModel(runId, files.slice(start, start + chunk), isCurrent);
      const done = Math.min(files.length, start + chunk);
      if (isCurrent()) this.secondsLeft = ((performance.now() - began) / 1000 / done) * (files.length - done);
    }
    if (isCurrent()) this.secondsLeft = null;
  }

  /** Predicts the scans in a folder, and those added to it, until `unwatch`. */
  async watch(folder: string, model: Pick<ModelInUse, 'view'>, others: readonly RunView[]): Promise<void> {
    this.unwatch();
    const session = this.#watch;
    const isCurrent = () => session === this.#watch;
    /** Files of the previous poll: a file that is still being written does not appear unchanged in two polls. */
    let lastFiles: readonly string[] = [];
    const poll = async () => {
      try {
        const { files } = await app.client.predict.scansIn({ folder });
        if (!isCurrent()) return;
        this.error = undefined;
        const previous = new Set(lastFiles);
        const settled = files.filter((file) => previous.has(file));
        lastFiles = files;
        if (settled.length > 0 && this.runId === model.view.run.id && this.files.length > 0)
          await this.#askMore(settled);
        else if (settled.length > 0) await this.ask(settled, model, others);
      } catch (error) {
        if (isCurrent()) this.error = asAppError(error);
      }
      if (isCurrent()) this.#watchTimer = setTimeout(() => void poll(), 2000);
    };
    this.clear();
    this.watched = folder;
    await poll();
  }

  unwatch(): void {
    this.#watch++;
    clearTimeout(this.#watchTimer);
    this.watched = null;
  }

  /** Leaves the remaining files without answers. */
  stop(): void {
    this.#turn++;
    this.secondsLeft = null;
    this.#waiting.clear();
    this.busy = false;
  }

  /** Shows one of the files enlarged, and has the other models predict it too. */
  async show(file: string): Promise<void> {
    this.past = null;
    this.shownFile = file;
    const turn = this.#turn;
    await this.#askOthers(file, () => turn === this.#turn);
  }

  showPast(scan: PastScan): void {
    this.past = scan;
  }

  clear(): void {
    this.stop();
    this.#discard(() => true);
    this.#forget();
    this.files = [];
    this.shownFile = null;
  }

  /** Without a history, uploaded files are deleted once their answers are left. */
  #discard(discarded: (file: string) => boolean): void {
    const files = this.files.filter(discarded);
    if (files.length === 0 || app.preferences.keepHistory) return;
    app.client.predict.leave({ files }).catch(toastError);
  }

  #forget(): void {
    this.past = null;
    this.error = undefined;
    this.#answers.clear();
    this.#failures.clear();
    this.#waiting.clear();
  }

  async #askModel(runId: string, files: readonly string[], isCurrent: () => boolean): Promise<void> {
    const keys = files.map((file) => keyOf(runId, file));
    for (const key of keys) this.#waiting.add(key);
    try {
      const predictions = await app.client.predict.scans({ runIds: [runId], files: [...files] });
      this.#loaded.add(runId);
      if (!isCurrent()) return;
      for (const prediction of predictions) this.#answers.set(keyOf(runId, prediction.file), prediction);
      for (const file of files) this.#expand(file, predictions);
    } finally {
      if (isCurrent()) for (const key of keys) this.#waiting.delete(key);
    }
  }

  /** A file with several pictures is replaced by them; the middle one is shown. */
  #expand(file: string, predictions: readonly Prediction[]): void {
    const names = picturesOf(file, predictions);
    if (names.length === 0) return;
    this.files = this.files.flatMap((one) => (one === file ? names : one));
    if (this.shownFile === file) this.shownFile = names[names.length >> 1]!;
  }

  /** One after another, so that each answer is shown as soon as it arrives; a failure does not stop the next. */
  async #askOthers(file: string, isCurrent: () => boolean): Promise<void> {
    if (this.mainAnswer(file)?.probability == null) return; // other models can't read it either
    for (const runId of this.others) {
      const key = keyOf(runId, file);
      if (!isCurrent()) return;
      if (this.#answers.has(key) || this.#waiting.has(key)) continue;
      try {
        await this.#askModel(runId, [file], isCurrent);
      } catch (error) {
        if (isCurrent()) this.#failures.set(key, asAppError(error));
      }
    }
  }
}

const keyOf = (runId: string, file: string): string => `${runId}\n${file}`;

export const predicting = new PredictState();
export const volume = new VolumeState(predicting);

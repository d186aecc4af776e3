import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Prediction } from '../../../src-main/contract/records.ts';
import type { RunView } from '../../../src-main/contract/views.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { toastError } from '../../app/feedback.svelte.ts';
import type { DroppedFile } from '../../host/host.ts';
import { picturesOf, type PastScan } from './answers.ts';
import { nameOfModels, type ModelInUse } from './models.ts';
import { VolumeState } from './volume-state.svelte.ts';

/** Scans asked about at once after the first: enough to be quick, few enough that the table fills steadily. */
const chunk = 16;
/** The most scans of one question. */
export const mostScans = 10_000;

/** One model's answer on the scan that is shown, or what is there instead of it. */
export type Answer = {
  runId: string;
  prediction: Prediction | null;
  error: AppError | null;
  state: 'idle' | 'loading' | 'evaluating' | 'answered' | 'failed';
};

/** The scans a person asked about and the models' answers. It outlives the screen: the work goes on beside it. */
export class PredictState {
  /** Absolute paths, in the order given; `file#frame` for the pictures of a file that has several, once it is known. */
  files = $state.raw<readonly string[]>([]);
  /** Which of the files is shown large. */
  shownFile = $state<string | null>(null);
  /** A scan of the history that is shown instead. */
  past = $state.raw<PastScan | null>(null);
  /** The model that was asked about every file, and those beside it. */
  runId = $state<string | null>(null);
  others = $state.raw<readonly string[]>([]);
  /** Models and thresholds of the answers, as `nameOfModels`. */
  askedBy = $state<string | null>(null);
  /** How much of dropped files is sent, 0 to 1; null while none are. */
  sending = $state<number | null>(null);
  /** Whether files are still to be answered by the model. */
  busy = $state(false);
  error = $state.raw<AppError | undefined>();
  readonly #answers = new SvelteMap<string, Prediction>();
  readonly #failures = new SvelteMap<string, AppError>();
  readonly #waiting = new SvelteSet<string>();
  /** Models that have answered since the window was opened: the core has them loaded, or had. */
  readonly #loaded = new SvelteSet<string>();
  /** Files as they were given, also those that gave way to their pictures. */
  #asked = new Set<string>();
  #turn = 0;
  #begun = 0;
  #stopSending: AbortController | null = null;

  /** Seconds until the model has answered about all; null while that can't be told. */
  secondsLeft = $state<number | null>(null);
  /** Folder whose new scans are asked about as they come. */
  watched = $state<string | null>(null);
  #watching: ReturnType<typeof setTimeout> | undefined;
  /** Tells one watching from the next: an answer that comes late does not begin again what was ended. */
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
      const asked = this.#waiting.has(key);
      const state = !asked ? 'idle' : this.#loaded.has(runId) ? 'evaluating' : 'loading';
      return { runId, prediction, error, state };
    });
  }

  /**
   * Another question begins, whose files are still to be found or sent: one that was begun before is given up.
   * @returns whether it is still the newest.
   */
  begin(): () => boolean {
    const mine = ++this.#begun;
    this.#stopSending?.abort();
    this.#stopSending = null;
    this.sending = null;
    return () => mine === this.#begun;
  }

  /**
   * Makes dropped files known to the core, and gives their paths; null when that failed, and `error` says why, and
   * where something else was asked meanwhile.
   */
  async take(dropped: DroppedFile[]): Promise<string[] | null> {
    const wanted = this.begin();
    const { signal } = (this.#stopSending = new AbortController());
    this.error = undefined;
    this.sending = 0;
    try {
      const onProgress = (sent: number, total: number) => {
        if (wanted()) this.sending = total > 0 ? sent / total : 0;
      };
      const { files } = await app.host.take(dropped, onProgress, signal, 'answer');
      return wanted() ? files : null;
    } catch (error) {
      if (wanted()) this.error = asAppError(error);
      return null;
    } finally {
      if (wanted()) this.sending = null;
    }
  }

  /**
   * Asks a model about files, and about the first of them, which is shown, the others too. What was asked before
   * is no longer waited for.
   * @param files absolute paths.
   */
  async ask(
    files: readonly string[],
    model: Pick<ModelInUse, 'view'>,
    others: readonly RunView[],
  ): Promise<void> {
    const turn = ++this.#turn;
    const wanted = () => turn === this.#turn;
    this.#leave((old) => !files.some((file) => old.startsWith(file)));
    this.files = [...new Set(files)].slice(0, mostScans);
    this.#asked = new Set(this.files);
    const [first, ...rest] = this.files;
    if (first === undefined) return;
    this.#forget();
    const runId = model.view.run.id;
    this.runId = runId;
    this.others = others.map(({ run }) => run.id);
    this.askedBy = nameOfModels([runId, ...this.others], app.preferences);
    this.shownFile = first;
    this.busy = true;
    try {
      await this.#askModel(runId, [first], wanted);
      if (wanted() && this.shownFile !== null) await this.#askOthers(this.shownFile, wanted);
      await this.#askRest(runId, rest, wanted);
    } catch (error) {
      if (wanted()) this.error = asAppError(error);
    } finally {
      if (wanted()) this.busy = false;
    }
  }

  /** Files that came since, behind those that are there. */
  async #askMore(files: readonly string[]): Promise<void> {
    const { runId } = this;
    const turn = this.#turn;
    const more = files.filter((file) => !this.#asked.has(file)).slice(0, mostScans - this.files.length);
    if (runId === null || more.length === 0) return;
    for (const file of more) this.#asked.add(file);
    this.files = [...this.files, ...more];
    this.busy = true;
    try {
      await this.#askRest(runId, more, () => turn === this.#turn);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  async #askRest(runId: string, files: readonly string[], wanted: () => boolean): Promise<void> {
    const began = performance.now();
    for (let start = 0; start < files.length && wanted(); start += chunk) {
      await this.#askModel(runId, files.slice(start, start + chunk), wanted);
      const done = Math.min(files.length, start + chunk);
      if (wanted()) this.secondsLeft = ((performance.now() - began) / 1000 / done) * (files.length - done);
    }
    if (wanted()) this.secondsLeft = null;
  }

  /** Asks about the scans in a folder, and about those that come to it, until `unwatch`. */
  async watch(folder: string, model: Pick<ModelInUse, 'view'>, others: readonly RunView[]): Promise<void> {
    this.unwatch();
    const watching = this.#watch;
    const wanted = () => watching === this.#watch;
    /** Those of the look before: a file that is still being written is one of two looks only. */
    let before: readonly string[] = [];
    const look = async () => {
      try {
        const { files } = await app.client.predict.scansIn({ folder });
        if (!wanted()) return;
        this.error = undefined;
        const there = new Set(before);
        const settled = files.filter((file) => there.has(file));
        before = files;
        if (settled.length > 0 && this.runId === model.view.run.id && this.files.length > 0)
          await this.#askMore(settled);
        else if (settled.length > 0) await this.ask(settled, model, others);
      } catch (error) {
        if (wanted()) this.error = asAppError(error);
      }
      if (wanted()) this.#watching = setTimeout(() => void look(), 2000);
    };
    this.clear();
    this.watched = folder;
    await look();
  }

  unwatch(): void {
    this.#watch++;
    clearTimeout(this.#watching);
    this.watched = null;
  }

  /** Leaves the rest of the files unanswered. */
  stop(): void {
    this.#turn++;
    this.secondsLeft = null;
    this.#waiting.clear();
    this.busy = false;
  }

  /** Shows one of the files large, and asks the other models about it too. */
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
    this.#leave(() => true);
    this.#forget();
    this.files = [];
    this.shownFile = null;
  }

  /** Without a history, what was sent to be answered is deleted once its answer is left. */
  #leave(left: (file: string) => boolean): void {
    const files = this.files.filter(left);
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

  async #askModel(runId: string, files: readonly string[], wanted: () => boolean): Promise<void> {
    const keys = files.map((file) => keyOf(runId, file));
    for (const key of keys) this.#waiting.add(key);
    try {
      const predictions = await app.client.predict.scans({ runIds: [runId], files: [...files] });
      this.#loaded.add(runId);
      if (!wanted()) return;
      for (const prediction of predictions) this.#answers.set(keyOf(runId, prediction.file), prediction);
      for (const file of files) this.#unfold(file, predictions);
    } finally {
      if (wanted()) for (const key of keys) this.#waiting.delete(key);
    }
  }

  /** A file that turned out to have several pictures gives way to these; one from their middle is shown. */
  #unfold(file: string, predictions: readonly Prediction[]): void {
    const names = picturesOf(file, predictions);
    if (names.length === 0) return;
    this.files = this.files.flatMap((one) => (one === file ? names : one));
    if (this.shownFile === file) this.shownFile = names[names.length >> 1]!;
  }

  /** One after another, so that each answer is shown as soon as it is there; one that fails does not stop the next. */
  async #askOthers(file: string, wanted: () => boolean): Promise<void> {
    if (this.mainAnswer(file)?.probability == null) return; // what the first can't read no other can
    for (const runId of this.others) {
      const key = keyOf(runId, file);
      if (!wanted()) return;
      if (this.#answers.has(key) || this.#waiting.has(key)) continue;
      try {
        await this.#askModel(runId, [file], wanted);
      } catch (error) {
        if (wanted()) this.#failures.set(key, asAppError(error));
      }
    }
  }
}

const keyOf = (runId: string, file: string): string => `${runId}\n${file}`;

export const predicting = new PredictState();
export const volume = new VolumeState(predicting);

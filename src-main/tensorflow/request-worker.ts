import { recreatedError } from '../contract/errors.ts';
import type { TaskFailed } from './one-task.ts';
import { type Watch, watchWorker, workerHung, type Work } from './watchdog.ts';
import { startWorker, unexpectedEnd, type WorkerOptions, type WorkerProcess } from './worker-process.ts';

type Numbered = { request: number };
type Unnumbered<T> = T extends unknown ? Omit<T, 'request'> : never;
/** A worker's message on a request: progress, a failure, or the answer. */
type WorkerMessage<Answer> =
  Answer | (Numbered & TaskFailed) | (Numbered & { kind: 'progress'; done: number; of: number });

export type OnProgress = (done: number, of: number) => void;
type Waiting<Answer> = {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  onProgress: OnProgress | undefined;
};

/** A worker for many requests, several at once, which is watched while it has something to do. */
export class RequestWorker<Question extends Numbered, Answer extends Numbered & { kind: string }> {
  /** Settles once it is gone, however it ended. */
  readonly gone: Promise<void>;
  readonly #process: WorkerProcess;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #asked = 0;
  /** Why it takes no more requests. */
  #ended: Error | undefined;

  /** @param onGone called before pending requests fail. */
  constructor(
    work: Work,
    options: Omit<WorkerOptions<WorkerMessage<Answer>>, 'log' | 'logMode' | 'onMessage'>,
    { watch, onGone }: { watch?: Watch | undefined; onGone?: () => void } = {},
  ) {
    this.#process = startWorker<WorkerMessage<Answer>>({
      ...options,
      log: work.log,
      logMode: 'w',
      onMessage: (said) => this.#hear(said),
    });
    const unwatch = watchWorker(
      this.#process.pid,
      () => (this.#waiting.size > 0 ? 'work' : 'nothing'),
      (how) => this.end(workerHung(work, how)),
      watch,
    );
    const over = (error: Error) => {
      unwatch();
      onGone?.();
      this.#rejectAll(error);
    };
    this.gone = this.#process.gone.then(
      (end) => over(unexpectedEnd(end, work)),
      (error: unknown) => over(error as Error),
    );
  }

  /** @throws FalxError as the worker reports, or why it ended. */
  ask(question: Unnumbered<Question>, onProgress?: OnProgress): Promise<Answer> {
    const request = ++this.#asked;
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting.set(request, { resolve, reject, onProgress });
      this.#process.send({ ...question, request });
    });
  }

  /** Ends it, whatever it is doing. @param why error of pending requests, at once; by default how it ended. */
  end(why?: Error): void {
    if (why) this.#rejectAll(why);
    this.#process.kill();
  }

  #hear(said: WorkerMessage<Answer>): void {
    const waiting = this.#waiting.get(said.request);
    if (!waiting) return;
    if (isProgress(said)) return waiting.onProgress?.(said.done, said.of);
    this.#waiting.delete(said.request);
    if (isFailure(said)) waiting.reject(recreatedError({ ...said, facts: said.facts ?? {} }));
    else waiting.resolve(said);
  }

  #rejectAll(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

const isProgress = (said: { kind: string }): said is { kind: 'progress'; done: number; of: number } =>
  said.kind === 'progress';
const isFailure = (said: { kind: string }): said is TaskFailed => said.kind === 'failed';

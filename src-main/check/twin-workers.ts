import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { FalxError } from '../contract/errors.ts';
import type { Detail } from '../contract/messages/parameters.ts';
import { PairComparer, type Result, type Shared, type Task } from './tasks.ts';

/** Pictures below which starting threads takes longer than they save. */
const FEW = 200;

/** Threads for so many pictures; 0 does the work on this one. More than 8 would wait for each other. */
export const threadsFor = (pictures: number): number =>
  pictures < FEW ? 0 : Math.min(8, availableParallelism());

/** What a thread is asked. */
export type Asked = { search: number; task: Task };

/** What does the tasks of a search. */
export type Crew = Pick<TwinWorkers, 'all'>;

/** Does tasks, on threads or, with none, on this one. What comes out does not depend on how many there are. */
export class TwinWorkers {
  readonly #shared: readonly Shared[];
  readonly #workers: Worker[];
  readonly #pause: () => Promise<void>;

  /**
   * @param shared of each search that they work for: starting threads takes long. @param pause awaited after each task: lets others have the
   * thread, and may throw to stop.
   */
  constructor(shared: readonly Shared[], threads: number, pause: () => Promise<void>) {
    this.#shared = shared;
    this.#pause = pause;
    this.#workers = Array.from(
      { length: threads },
      () => new Worker(new URL('./twin-worker.ts', import.meta.url), { workerData: shared }),
    );
  }

  /**
   * @param onDone told of each task that is done. @param search which of the searches they are of. @returns the results, in the tasks' order.
   * @throws FalxError `worker-failed`; what `pause` throws.
   */
  async all(tasks: readonly Task[], onDone?: (done: number) => void, search = 0): Promise<Result[]> {
    const stopped: Stopped = (how, cause) => new FalxError('twinsStopped', how, { cause });
    const here = (task: Task) =>
      (this.#comparers[search] ??= new PairComparer(this.#shared[search]!)).do(task);
    const hands =
      this.#workers.length === 0
        ? [here]
        : this.#workers.map(
            (worker) => (task: Task) => ask<Asked, Result>(worker, { search, task }, stopped),
          );
    return shareOut(tasks, hands, async (done) => {
      onDone?.(done);
      await this.#pause();
    });
  }
  readonly #comparers: PairComparer[] = [];

  /** The same, for one of the searches. */
  of(search: number): Crew {
    return { all: (tasks, onDone) => this.all(tasks, onDone, search) };
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/**
 * Has several do tasks, each the next one once it is free.
 * @param onDone awaited after each task: may throw to stop. @returns the results, in the tasks' order.
 */
export async function shareOut<Task, Result>(
  tasks: readonly Task[],
  hands: readonly ((task: Task) => Result | Promise<Result>)[],
  onDone: (done: number) => Promise<void>,
): Promise<Result[]> {
  const results: Result[] = [];
  let [next, done] = [0, 0];
  const workOn = async (perform: (task: Task) => Result | Promise<Result>) => {
    while (next < tasks.length) {
      const task = next++;
      results[task] = await perform(tasks[task]!);
      await onDone((done += 1));
    }
  };
  await Promise.all(hands.map(workOn));
  return results;
}

/** The error of a thread that fails or ends instead of answering. */
export type Stopped = (how: { exit: string; said?: Detail }, cause?: Error) => Error;

/** Asks a thread that answers each message with one. @param stopped the error when it fails or ends instead. */
export function ask<Task, Result>(worker: Worker, task: Task, stopped: Stopped): Promise<Result> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.off('message', answered);
      worker.off('error', failed);
      worker.off('exit', ended);
    };
    const answered = (result: Result) => {
      settle();
      resolve(result);
    };
    const failed = (cause: Error) => {
      settle();
      reject(stopped({ exit: 'none', said: { from: 'thread', text: cause.message } }, cause));
    };
    const ended = (code: number) => {
      settle();
      reject(stopped({ exit: String(code) }));
    };
    worker.on('message', answered);
    worker.on('error', failed);
    worker.on('exit', ended);
    worker.postMessage(task);
  });
}

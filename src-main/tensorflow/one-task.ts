import { recreatedError, type FalxError } from '../contract/errors.ts';
import { watchWorker, workerHung, type Work } from './watchdog.ts';
import { startWorker, unexpectedEnd } from './worker-process.ts';

/** Message of a worker that failed its task. */
export type TaskFailed = { kind: 'failed'; code: string; message: string; facts?: Record<string, unknown> };

export type WorkerTask<Reply, Result> = {
  /** The worker's own module. */
  module: URL;
  task: unknown;
  work: Work;
  /** The task's result in a reply; undefined for a progress reply. */
  resultIn: (reply: Reply) => Result | undefined;
  /** Ends the worker; the task is then `cancelled`. */
  signal: AbortSignal | undefined;
  cancelled: () => FalxError;
};

/**
 * Has a new worker do one task on the processor, and watches it.
 * @throws FalxError as the worker reports, `cancelled`, `worker-failed` if it ends or hangs.
 */
export function runTaskInWorker<Reply extends { kind: string }, Result>({
  module,
  task,
  work,
  resultIn,
  signal,
  cancelled,
}: WorkerTask<Exclude<Reply, TaskFailed>, Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = startWorker<Exclude<Reply, TaskFailed> | TaskFailed>({
      module,
      log: work.log,
      logMode: 'w',
      device: 'cpu',
      onMessage: (reply) => {
        if (isFailure(reply)) return reject(recreatedError({ ...reply, facts: reply.facts ?? {} }));
        const result = resultIn(reply);
        if (result !== undefined) resolve(result);
      },
    });
    const cancel = () => {
      reject(cancelled());
      worker.kill();
    };
    signal?.addEventListener('abort', cancel, { once: true });
    const unwatch = watchWorker(
      worker.pid,
      () => 'work',
      (how) => {
        reject(workerHung(work, how));
        worker.kill();
      },
    );
    void worker.gone
      .then((end) => reject(unexpectedEnd(end, work)), reject) // no effect if it succeeded
      .finally(() => {
        unwatch();
        signal?.removeEventListener('abort', cancel);
      });
    worker.send(task);
  });
}

const isFailure = <Reply extends { kind: string }>(reply: Reply | TaskFailed): reply is TaskFailed =>
  reply.kind === 'failed';

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FalxError } from '../contract/errors.ts';
import { makeFolders } from '../system/folders.ts';
import { type Runtime, TRIAL, workerNode } from '../system/installation.ts';
import { type Computing, environmentOf, workerArguments } from './environment.ts';
import { encode, FrameReader, pipes } from './frames.ts';
import { saysOutOfMemory } from './out-of-memory.ts';
import { systemReason } from '../system/system-reason.ts';
import { runtimeIfThere } from './runtime.ts';
import type { Work } from './watchdog.ts';

/** How a worker ended. */
export type WorkerEnd = {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether the system killed a process for lack of memory while the worker lived; null if unknown. */
  memoryRanOut: boolean | null;
  /** Why its output could not be read, for which it was ended; null if it could. */
  garbled: string | null;
};

export type WorkerProcess = {
  readonly pid: number;
  /** @throws TypeError for what can't be sent; no effect once the worker has ended. */
  send(message: unknown): void;
  /** Settles once the process is gone and all its messages have been delivered. */
  readonly gone: Promise<WorkerEnd>;
  /** Kills it at once. */
  kill(): void;
};

export type WorkerOptions<Message> = Computing & {
  /** The worker's own module. */
  module: URL;
  /** Output of the worker and TensorFlow; its folder is created. */
  log: string;
  /** `a` keeps the output of earlier workers in the same file. */
  logMode: 'a' | 'w';
  /** A TensorFlow to try out; the one in use when left out. */
  trial?: Runtime | undefined;
  /** Further variables. */
  environment?: Readonly<Record<string, string>> | undefined;
  onMessage: (message: Message) => void;
};

/**
 * Starts a worker: a Node process of its own, so that TensorFlow can neither block nor crash this one. The worker's pipes close
 * when this process dies, in whatever way, and the worker then ends itself.
 * @throws FalxError `disk` if the log can't be written, `worker-failed` if no process can be started.
 */
export function startWorker<Message>({
  module,
  log,
  logMode,
  trial,
  onMessage,
  environment,
  ...computing
}: WorkerOptions<Message>): WorkerProcess {
  const killsBefore = memoryKills();
  const child = launch(module, log, logMode, computing, trial, environment);
  // None if the system has no more pipes: then the process has not started.
  const stdio = child.stdio as ChildProcess['stdio'] | undefined;
  const toWorker = stdio?.[pipes.toWorker] as Writable | undefined;
  const fromWorker = stdio?.[pipes.fromWorker] as Readable | undefined;
  // A broken pipe has no reader any more: `gone` says how that one ended.
  for (const pipe of [toWorker, fromWorker]) pipe?.on('error', () => undefined);

  const frames = new FrameReader();
  let garbled: string | null = null;
  fromWorker?.on('data', (chunk: Buffer) => {
    if (garbled !== null) return;
    for (const message of read(chunk)) onMessage(message as Message);
  });
  function* read(chunk: Buffer): Generator<unknown> {
    try {
      yield* frames.push(chunk);
    } catch (error) {
      garbled = (error as Error).message;
      child.kill('SIGKILL');
    }
  }

  const forget = endWithThis(child);
  const gone = new Promise<WorkerEnd>((resolve, reject) => {
    let killsAfter: number | null = null;
    child.once('exit', () => (killsAfter = memoryKills()));
    // `exit` can precede the last messages; this comes after both.
    child.once('close', (code, signal) => {
      forget();
      const memoryRanOut = killsBefore === null || killsAfter === null ? null : killsAfter > killsBefore;
      resolve({ code, signal, memoryRanOut, garbled });
    });
    child.on('error', (cause) => {
      if (child.pid !== undefined) return;
      forget();
      reject(notStarted(module, cause));
    });
  });

  return {
    pid: child.pid ?? -1,
    send: (message) => {
      const bytes = encode(message);
      if (toWorker?.writable) toWorker.write(bytes);
    },
    gone,
    kill: () => child.kill('SIGKILL'),
  };
}

const living = new Set<ChildProcess>();
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ends a worker with this process, on a signal without another listener: by itself it would notice only at the end of its step, and
 * a stopped one never.
 */
function endWithThis(child: ChildProcess): () => void {
  if (living.size === 0) for (const signal of endings) process.on(signal, endAll);
  living.add(child);
  return () => {
    if (living.delete(child) && living.size === 0) for (const signal of endings) process.off(signal, endAll);
  };
}

function endAll(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return; // other listeners decide what happens to the workers
  for (const child of living) child.kill('SIGKILL');
  for (const one of endings) process.off(one, endAll);
  process.kill(process.pid, signal);
}

function launch(
  module: URL,
  log: string,
  logMode: 'a' | 'w',
  computing: Computing,
  trial: Runtime | undefined,
  environment: WorkerOptions<unknown>['environment'],
): ChildProcess {
  const output = openLog(log, logMode);
  try {
    return spawn(workerNode(), [...workerArguments, fileURLToPath(module)], {
      env: {
        ...environmentOf(trial ?? runtimeIfThere(), computing),
        ...(trial && { [TRIAL]: trial.folder }),
        ...environment,
      },
      // Not to this process's standard output, which may be a JSON document. Then the pipes, by their descriptors.
      stdio: ['ignore', output, output, 'pipe', 'pipe'],
      // In a process group of its own: Ctrl-C in the terminal is only for this process, which asks the worker to stop.
      detached: true,
      windowsHide: true,
    });
  } finally {
    closeSync(output);
  }
}

const notStarted = (module: URL, cause: Error): FalxError =>
  new FalxError('workerNotStarted', { module: module.href, reason: systemReason(cause) }, { cause });

/** A worker's unexpected end. */
export function unexpectedEnd({ garbled, ...end }: WorkerEnd, work: Work): FalxError {
  const facts = { ...work, ...end };
  if (garbled !== null)
    return new FalxError('workerGarbled', { ...facts, detail: { from: 'Falx', text: garbled } });
  if (end.signal === 'SIGKILL')
    return end.memoryRanOut
      ? new FalxError('workerMemory', { ...facts, how: 'system' })
      : new FalxError('workerKilled', facts);
  const last = lastLines(work.log);
  if (saysOutOfMemory(last)) return new FalxError('workerMemory', { ...facts, how: 'itself' });
  return new FalxError('workerEnded', { ...facts, by: end.signal ?? 'none', exit: String(end.code), last });
}

function openLog(log: string, mode: 'a' | 'w'): number {
  try {
    makeFolders(path.dirname(log));
    return openSync(log, mode);
  } catch (cause) {
    throw new FalxError('logNotWritten', { file: log, reason: systemReason(cause) }, { cause });
  }
}

function lastLines(log: string): string {
  try {
    return readFileSync(log, 'utf8').slice(-4000);
  } catch (error) {
    return `(${log} can't be read: ${(error as Error).message})`;
  }
}

/** How often Linux has killed a process for lack of memory since boot; null if it doesn't count. */
function memoryKills(): number | null {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1];
    return count === undefined ? null : Number(count);
  } catch {
    return null; // not Linux
  }
}

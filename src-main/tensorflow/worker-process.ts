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
  /** Whether the system killed some process for want of memory while the worker lived; null where it doesn't say. */
  memoryRanOut: boolean | null;
  /** Why what it sent could not be read, for which it was ended; null when all could. */
  garbled: string | null;
};

export type WorkerProcess = {
  readonly pid: number;
  /** @throws TypeError for what no message can carry; nothing happens when the worker has gone. */
  send(message: unknown): void;
  /** Settles once the process is gone and all its messages have been handed over. */
  readonly gone: Promise<WorkerEnd>;
  /** Ends it at once, without asking. */
  kill(): void;
};

export type WorkerOptions<Message> = Computing & {
  /** The worker's own module. */
  module: URL;
  /** Gets what the worker and TensorFlow print; its folder is made. */
  log: string;
  /** `a` keeps what earlier workers printed to the same file. */
  logMode: 'a' | 'w';
  /** A TensorFlow to be tried; the one in use when left out. */
  trial?: Runtime | undefined;
  /** Set besides. */
  environment?: Readonly<Record<string, string>> | undefined;
  onMessage: (message: Message) => void;
};

/**
 * Starts a worker: a Node process of its own, so that TensorFlow can neither block nor take down this one.
 * The worker's pipes close when this process dies, however it dies, and the worker then ends itself.
 * @throws FalxError `disk` when the log can't be written, `worker-failed` when no process can be started.
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
  // Without any where the system has no more of them: then the process has not started.
  const stdio = child.stdio as ChildProcess['stdio'] | undefined;
  const toWorker = stdio?.[pipes.toWorker] as Writable | undefined;
  const fromWorker = stdio?.[pipes.fromWorker] as Readable | undefined;
  // A pipe that breaks has no reader any more: how that one ended is what `gone` says.
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
    // An exit can be heard before the last messages are; this comes after both.
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
 * Has a worker end with this process, when a signal ends it that nothing else here listens for: of itself it would notice at
 * the end of its step, and one that is stopped never.
 */
function endWithThis(child: ChildProcess): () => void {
  if (living.size === 0) for (const signal of endings) process.on(signal, endAll);
  living.add(child);
  return () => {
    if (living.delete(child) && living.size === 0) for (const signal of endings) process.off(signal, endAll);
  };
}

function endAll(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return; // who listens decides what becomes of the workers
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
      // Away from this process's standard output, which may be a JSON document. Then the pipes, by their descriptors.
      stdio: ['ignore', output, output, 'pipe', 'pipe'],
      // In a process group of its own: a Ctrl-C in the terminal is for this process alone, which asks the worker to stop.
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

/** How often Linux has killed a process for want of memory since it started; null where it doesn't count. */
function memoryKills(): number | null {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1];
    return count === undefined ? null : Number(count);
  } catch {
    return null; // not Linux
  }
}

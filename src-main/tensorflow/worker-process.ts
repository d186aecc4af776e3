import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FalxError } from '../contract/errors.ts';
import { workerNode } from '../system/installation.ts';
import { type Computing, environmentOf, workerArguments } from './environment.ts';
import { runtimeIfThere } from './runtime.ts';

/** How a worker ended. */
export type WorkerEnd = {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether the system killed some process for want of memory while the worker lived; null where it doesn't say. */
  memoryRanOut: boolean | null;
};

export type WorkerProcess = {
  readonly pid: number;
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
  onMessage: (message: Message) => void;
};

/**
 * Starts a worker: a Node process of its own, so that TensorFlow can neither block nor take down this one.
 * The worker's channel closes when this process dies, however it dies, and the worker then ends itself.
 * @throws FalxError `disk` when the log can't be written, `worker-failed` when no process can be started.
 */
export function startWorker<Message>({
  module,
  log,
  logMode,
  onMessage,
  ...computing
}: WorkerOptions<Message>): WorkerProcess {
  const killsBefore = memoryKills();
  const output = openLog(log, logMode);
  const child = fork(fileURLToPath(module), {
    execPath: workerNode(),
    execArgv: [...workerArguments],
    env: environmentOf(runtimeIfThere(), computing),
    serialization: 'advanced',
    // Away from this process's standard output, which may be a JSON document.
    stdio: ['ignore', output, output, 'ipc'],
    // In a process group of its own: a Ctrl-C in the terminal is for this process alone, which asks the worker to stop.
    detached: true,
    windowsHide: true,
  });
  closeSync(output);
  child.on('message', (message) => onMessage(message as Message));

  const gone = new Promise<WorkerEnd>((resolve, reject) => {
    let end: WorkerEnd | undefined;
    // An exit can be heard before the last messages are; the channel's end cannot.
    let channelOpen = true;
    const settle = () => {
      if (end && !channelOpen) resolve(end);
    };
    child.once('exit', (code, signal) => {
      const killsAfter = memoryKills();
      end = {
        code,
        signal,
        memoryRanOut: killsBefore === null || killsAfter === null ? null : killsAfter > killsBefore,
      };
      settle();
    });
    child.once('disconnect', () => {
      channelOpen = false;
      settle();
    });
    child.once('error', (cause) => {
      if (child.pid === undefined)
        reject(
          new FalxError(
            'worker-failed',
            `No worker process could be started (${cause.message}).`,
            { module: module.href },
            { cause },
          ),
        );
    });
  });

  return {
    pid: child.pid ?? -1,
    // A worker that has gone can't be told anything; how it ended is what `gone` says.
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    gone,
    kill: () => child.kill('SIGKILL'),
  };
}

/**
 * Words a worker's unexpected end.
 * @param what the worker did, such as "training run-k3f9x2ma".
 * @param remedy what needs less memory, as a sentence.
 */
export function unexpectedEnd(end: WorkerEnd, what: string, log: string, remedy: string): FalxError {
  const facts = { what, ...end };
  if (end.signal === 'SIGKILL') {
    if (end.memoryRanOut)
      return new FalxError(
        'out-of-memory',
        `The system ran out of memory and ended the process ${what}. ${remedy}`,
        { why: 'workerMemory', log, ...facts },
      );
    return new FalxError(
      'out-of-memory',
      `The process ${what} was killed from outside, most likely because memory ran out. ${remedy}`,
      { why: 'workerKilled', log, ...facts },
    );
  }
  const last = lastLines(log);
  if (/std::bad_alloc|out of memory|RESOURCE_EXHAUSTED|OOM when allocating/i.test(last))
    return new FalxError('out-of-memory', `The process ${what} could get no more memory. ${remedy}`, {
      why: 'workerMemory',
      log,
      ...facts,
    });
  const how = end.signal ? `was ended by ${end.signal}` : `ended by itself with code ${end.code}`;
  return new FalxError('worker-failed', `The process ${what} ${how}. Its last words are in ${log}.`, {
    why: 'workerEnded',
    log,
    ...facts,
    last,
  });
}

function openLog(log: string, mode: 'a' | 'w'): number {
  try {
    mkdirSync(path.dirname(log), { recursive: true });
    return openSync(log, mode);
  } catch (cause) {
    throw new FalxError(
      'disk',
      `The log ${log} can't be written (${(cause as Error).message}). Free some space or choose another home folder.`,
      { why: 'logNotWritten', file: log, reason: (cause as Error).message },
      { cause },
    );
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

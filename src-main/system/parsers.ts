import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { workerNode } from './installation.ts';
import { restOf, workOf } from './processes.ts';

/** Why a task has no answer: its worker ended, used too much time or memory, or the parser threw unexpectedly. */
export type ParserFault = { how: 'ended' | 'time' | 'memory' | 'threw'; said: string };

/** The result of one task; `bytes` if the answer has binary data. */
export type Parsed<Answer> = { answer: Answer; bytes?: Buffer[] } | { fault: ParserFault };

/** An answer with data unsuitable for JSON: pixels, arrays of numbers. */
export class WithBytes<Answer> {
  readonly answer: Answer;
  readonly bytes: readonly Uint8Array[];

  constructor(answer: Answer, bytes: readonly Uint8Array[]) {
    [this.answer, this.bytes] = [answer, bytes];
  }
}

export type RequestOptions = {
  /** Multiple of the usual time, for a large file. */
  patience?: number | undefined;
  /** Called with each progress report of the task. */
  onGoing?: ((said: unknown) => void) | undefined;
  /**
   * Whether an answer may be due to lack of memory, taken by other tasks in the process: then the task is repeated, alone. So is
   * one that threw.
   */
  doubts?: ((answer: unknown) => boolean) | undefined;
  /** Ends the task's process, and so the task: it fails as ended. The process's other tasks are restarted. */
  signal?: AbortSignal | undefined;
};

export type ParserLimits = {
  /** Most processes. */
  processes: number;
  /** Concurrent tasks per process: enough that it has work while the caller stores results. */
  atOnce: number;
  /**
   * Seconds in which a process must answer one of its tasks, counting only time that it runs, or is idle without I/O, not time that
   * it waits for others. A task is tried twice, the second time alone.
   */
  ownSeconds: number;
  /** The same in wall-clock time: for a busy machine, or a slow disk; and without /proc. */
  clockSeconds: number;
  /** Most memory of a process, bytes. */
  bytes: number;
  /** Milliseconds without a task after which processes end. */
  idle: number;
};

const usual: ParserLimits = {
  processes: Math.min(8, availableParallelism()),
  atOnce: 40,
  ownSeconds: 4,
  clockSeconds: 60,
  bytes: 1.75 * 2 ** 30,
  idle: 60_000,
};

/** Milliseconds between checks of the processes' resources. */
const CHECK_INTERVAL = 100;
/** Seconds of silence after which a process is checked. */
const SILENCE = 0.3;
/** Milliseconds in which a killed process is gone. */
const KILL_GRACE = 1000;
/** Waiting tasks per process before another is started: a start takes as long as some hundred pictures. */
const TASKS_PER_START = 32;
/** Tasks, and answers, sent together if there are many. */
const MESSAGE_BATCH = 16;
/** How long an answer may wait for others, milliseconds. */
const MOST_DELAY = 3;
/** Ticks of work needed to estimate the share of one thread. */
const LEAST_TICKS = 40;
/** V8's heap limit of a worker, MiB. */
const HEAP = 1024;
/**
 * V8 collects the old generation only from this many MiB on, and the young one on a single thread. By default it collects every 300
 * pictures, on threads that compete with the decoders: 4 % of reading a folder of small files. Costs 130 MB of memory.
 */
const GC_FLAGS = ['--initial-old-space-size=128', '--no-parallel-scavenge'];

type Waiting<Task, Answer> = {
  task: Task;
  /** Its process ended, or this task failed, beside other tasks: now it has a process to itself. */
  alone: boolean;
  /** Whether its process has worked on other tasks meanwhile. */
  beside: boolean;
  doubts: (answer: unknown) => boolean;
  patience: number;
  onGoing: ((said: unknown) => void) | undefined;
  /** Its answer is no longer wanted. */
  dropped: boolean;
  resolve: (parsed: Parsed<Answer>) => void;
};

/**
 * Processes that read foreign data: a file that makes one hang, crash or use too much memory affects only that file, and the
 * process is replaced. They are started on demand, reused, and end after a while without tasks; they do not keep this process
 * alive.
 * On Linux, time and memory are monitored from outside, and no process can get more memory than its limit (`ulimit -d`). Elsewhere
 * only the clock is monitored, and the limit is that of the JavaScript heap.
 */
export class ParserPool<Task, Answer> {
  readonly #module: URL;
  readonly #limits: ParserLimits;
  readonly #waiting: Waiting<Task, Answer>[] = [];
  readonly #workers = new Set<ParserProcess<Task, Answer>>();
  #filling = false;

  /** @param module that calls `answerTasks`. */
  constructor(module: URL, limits: Partial<ParserLimits> = {}) {
    this.#module = module;
    this.#limits = { ...usual, ...limits };
  }

  /** Pids of the current processes. */
  get pids(): number[] {
    return [...this.#workers].map(({ pid }) => pid);
  }

  ask(
    task: Task,
    { patience = 1, onGoing, doubts = () => false, signal }: RequestOptions = {},
  ): Promise<Parsed<Answer>> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve(dropped);
      const drop = () => this.#drop(waiting);
      const waiting: Waiting<Task, Answer> = {
        ...{ task, alone: false, beside: false, patience, onGoing, doubts, dropped: false },
        resolve: (parsed) => {
          signal?.removeEventListener('abort', drop);
          resolve(parsed);
        },
      };
      signal?.addEventListener('abort', drop);
      this.#waiting.push(waiting);
      this.#fill();
    });
  }

  #drop(waiting: Waiting<Task, Answer>): void {
    waiting.dropped = true;
    const place = this.#waiting.indexOf(waiting);
    if (place < 0) for (const worker of this.#workers) worker.drop(waiting);
    else {
      this.#waiting.splice(place, 1);
      waiting.resolve(dropped);
    }
  }

  /** Ends all processes; a later task starts new ones. */
  close(): void {
    for (const worker of this.#workers) worker.end();
  }

  /** Deferred until all current requests are queued: tasks are sent to a process together. */
  #fill(): void {
    if (this.#filling) return;
    this.#filling = true;
    queueMicrotask(() => {
      this.#filling = false;
      this.#give();
    });
  }

  #give(): void {
    for (const worker of this.#workers) this.#giveTo(worker);
    while (this.#waiting.length > 0 && this.#workers.size < this.#limits.processes) {
      const shared = [...this.#workers].filter((worker) => !worker.isAlone);
      const more =
        this.#waiting.length >= TASKS_PER_START &&
        shared.length < processesNeeded(shared, this.#limits.processes);
      if (shared.length > 0 && !more && !this.#waiting[0]!.alone) break;
      const worker = new ParserProcess<Task, Answer>(this.#module, this.#limits, {
        free: () => this.#fill(),
        lost: (tasks, fault) => this.#lost(tasks, fault),
        doubted: (task) => {
          task.alone = true;
          this.#waiting.unshift(task);
        },
        gone: () => {
          this.#workers.delete(worker);
          this.#fill();
        },
      });
      this.#workers.add(worker);
      this.#giveTo(worker);
    }
  }

  /** If many wait, several are sent at a time: writing each by itself, and waking up for it, costs a tenth of its work. */
  #giveTo(worker: ParserProcess<Task, Answer>): void {
    const { length } = this.#waiting;
    if (length >= MESSAGE_BATCH && worker.isBusy(this.#limits.atOnce - MESSAGE_BATCH)) return;
    const given: Waiting<Task, Answer>[] = [];
    while (this.#waiting.length > 0 && worker.takes(this.#waiting[0]!.alone, given.length)) {
      given.push(this.#waiting.shift()!);
      if (given[0]!.alone) break;
    }
    if (given.length > 0) worker.give(given);
  }

  /** If there were several tasks, the faulty one is found by giving each a process to itself. */
  #lost(tasks: Waiting<Task, Answer>[], fault: ParserFault): void {
    if (tasks.length === 1) return tasks[0]!.resolve({ fault });
    // If its process was ended because a task was dropped, that says nothing against the others.
    const suspects = !tasks.some((task) => task.dropped);
    for (const task of tasks) {
      task.alone ||= suspects;
      if (task.dropped) task.resolve(dropped);
    }
    this.#waiting.unshift(...tasks.filter((task) => !task.dropped));
    this.#fill();
  }
}

/**
 * Number of processes that keep all cores busy: if half of a process's work is on its main thread and half on others in parallel,
 * one process suffices for two cores. @param most if nothing is known about them.
 */
function processesNeeded(workers: readonly { mainShare: number | null }[], most: number): number {
  const shares = workers.map(({ mainShare }) => mainShare);
  if (shares.some((share) => share === null)) return process.platform === 'linux' ? 1 : most;
  const mean = (shares as number[]).reduce((sum, share) => sum + share / shares.length, 0);
  return Math.max(1, Math.round(availableParallelism() * mean));
}

const dropped: { fault: ParserFault } = { fault: { how: 'ended', said: 'it is not wanted any more' } };

type WorkerEvents<Task, Answer> = {
  free: () => void;
  lost: (tasks: Waiting<Task, Answer>[], fault: ParserFault) => void;
  doubted: (task: Waiting<Task, Answer>) => void;
  gone: () => void;
};

/** Messages to a parser process: JSON, one per line, which every version of V8 reads. */
type ToParser<Task> = { number: number; task: Task }[];
/** And back: JSON in frames, `sizes` being those of the bytes that follow. */
type FromParser<Answer> =
  | 'ready'
  | { reportProgress: number; said?: unknown }
  | ({ number: number; sizes?: number[] } & ({ answer: Answer } | { fault: ParserFault }))[];

class ParserProcess<Task, Answer> {
  readonly #child: ChildProcess;
  readonly #down: Socket | undefined;
  readonly #up: Socket | undefined;
  readonly #limits: ParserLimits;
  readonly #heard: WorkerEvents<Task, Answer>;
  readonly #tasks = new Map<number, Waiting<Task, Answer>>();
  #number = 0;
  #alone = false;
  #ready = false;
  #ended: ParserFault | null = null;
  #watch: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: NodeJS.Timeout | undefined;
  #isGone = false;
  /** When it last sent something, or got work. */
  #since = 0;
  /** Its ticks at the first check after that; null before. Asking the kernel at each answer took a twentieth of the core's time. */
  #ticksSince: number | null = null;
  /** When it was last checked; milliseconds that it was idle since it last sent something, and the I/O it had done. */
  #looked = 0;
  #rested = 0;
  #moved = -1;
  #shareSince: { all: number; main: number } | null = null;
  /** Share of its work on its main thread; null if unknown. Its start, which is only on that, is not counted. */
  mainShare: number | null = null;

  constructor(module: URL, limits: ParserLimits, heard: WorkerEvents<Task, Answer>) {
    [this.#limits, this.#heard] = [limits, heard];
    const child = launch(module, limits.bytes);
    this.#child = child;
    // None if the system has no more pipes: then the process has not started.
    const [down, , , up] = (child.stdio as ChildProcess['stdio'] | undefined) ?? [];
    this.#down = down as Socket | undefined;
    this.#up = up as Socket | undefined;
    this.#hold(false);
    // A broken pipe has no reader any more, which the exit reports.
    for (const pipe of [this.#down, this.#up]) pipe?.on('error', () => undefined);
    if (this.#up)
      eachFrame(
        this.#up,
        limits.bytes,
        (json, bytes) => this.#read(json, bytes),
        () => this.#over({ how: 'ended', said: 'what it said could not be read' }),
      );
    child.on('error', () => this.#over({ how: 'ended', said: 'it could not be started' }));
    child.once('exit', (code, signal) => {
      this.#over({ how: 'ended', said: signal ?? `code ${code}` });
      this.#gone();
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get isAlone(): boolean {
    return this.#alone;
  }

  isBusy(more: number): boolean {
    return this.#tasks.size > more;
  }

  takes(alone: boolean, more: number): boolean {
    if (this.#ended || this.#alone) return false;
    const busy = this.#tasks.size + more;
    return alone ? busy === 0 : busy < this.#limits.atOnce;
  }

  give(tasks: Waiting<Task, Answer>[]): void {
    clearTimeout(this.#idle);
    if (this.#tasks.size === 0) this.#begin();
    this.#alone = tasks.some(({ alone }) => alone);
    const sent: ToParser<Task> = tasks.map((waiting) => {
      this.#tasks.set(++this.#number, waiting);
      return { number: this.#number, task: waiting.task };
    });
    if (this.#tasks.size > 1) for (const task of this.#tasks.values()) task.beside = true;
    this.#down?.write(`${JSON.stringify(sent)}\n`);
  }

  /** Ends this process if it is working on that task. */
  drop(waiting: Waiting<Task, Answer>): void {
    if ([...this.#tasks.values()].includes(waiting)) this.#over(dropped.fault);
  }

  end(): void {
    this.#over({ how: 'ended', said: 'Falx is being closed' });
  }

  /** Whether this process stays alive for it. */
  #hold(held: boolean): void {
    for (const one of [this.#child, this.#down, this.#up]) one?.[held ? 'ref' : 'unref']();
  }

  #read(json: string, bytes: Buffer): void {
    let message: FromParser<Answer>;
    try {
      message = JSON.parse(json) as FromParser<Answer>;
    } catch {
      return this.#over({ how: 'ended', said: 'what it said could not be read' });
    }
    this.#hear(message, bytes);
  }

  #hear(message: FromParser<Answer>, bytes: Buffer): void {
    if (this.#ended) return;
    this.#heardOf();
    if (message === 'ready') {
      this.#ready = true;
      return;
    }
    if ('reportProgress' in message) return this.#tasks.get(message.reportProgress)?.onGoing?.(message.said);
    let at = 0;
    for (const { number, sizes, ...parsed } of message) {
      const parts = sizes?.map((size) => bytes.subarray(at, (at += size)));
      const waiting = this.#tasks.get(number);
      this.#tasks.delete(number);
      const again = waiting?.beside && !waiting.alone && !waiting.dropped;
      if (again && ('fault' in parsed || waiting.doubts(parsed.answer))) this.#heard.doubted(waiting);
      else waiting?.resolve(parts ? { ...parsed, bytes: parts } : parsed);
    }
    this.#shareSince ??= this.#threadTicks(this.#ticks());
    if (this.#tasks.size === 0) this.#rest();
    this.#heard.free();
  }

  #threadTicks(all: number): { all: number; main: number } | null {
    const main = workOf(this.pid, true);
    return main && { all, main: main.ticks };
  }

  /** @param ticks that it has used so far. */
  #measureShare(ticks: number): void {
    const since = this.#shareSince;
    if (!since || ticks - since.all < LEAST_TICKS) return;
    const now = this.#threadTicks(ticks);
    if (!now) return;
    this.mainShare = (now.main - since.main) / (now.all - since.all);
    this.#shareSince = now;
    this.#heard.free();
  }

  /** There is something to wait for now, so this process must not end before. */
  #begin(): void {
    this.#hold(true);
    this.#heardOf();
    this.#watch = setInterval(() => this.#look(), CHECK_INTERVAL);
  }

  #heardOf(): void {
    this.#looked = this.#since = performance.now();
    this.#ticksSince = null;
    [this.#rested, this.#moved] = [0, -1];
  }

  #rest(): void {
    clearInterval(this.#watch);
    this.#alone = false;
    this.#hold(false);
    this.#idle = setTimeout(() => this.end(), this.#limits.idle);
    this.#idle.unref();
  }

  #look(): void {
    const { ownSeconds, clockSeconds, bytes } = this.#limits;
    const taken = residentBytes(this.pid);
    if (taken !== null && taken > bytes)
      return this.#over({ how: 'memory', said: `${Math.round(taken / 2 ** 20)} MiB` });
    // Its start-up is no task's fault.
    const patience =
      Math.max(...[...this.#tasks.values()].map((task) => task.patience)) + (this.#ready ? 0 : 9);
    const clock = (performance.now() - this.#since) / 1000;
    const ticks = this.#ticks();
    const processor = (ticks - (this.#ticksSince ??= ticks)) / TICKS;
    if (clock > SILENCE) this.#lookAtRest();
    const own = processor + this.#rested / 1000;
    if (own > ownSeconds * patience || clock > clockSeconds * patience)
      return this.#over({ how: 'time', said: `${Math.round(clock)} s` });
    this.#measureShare(ticks);
  }

  /** A late check, since this process did not get to run itself, says little about the time before it. */
  #lookAtRest(): void {
    const now = performance.now();
    const passed = Math.min(now - this.#looked, 2 * CHECK_INTERVAL);
    this.#looked = now;
    const found = restOf(this.pid);
    if (!found) return;
    if (found.rests && found.moved === this.#moved) this.#rested += passed;
    this.#moved = found.moved;
  }

  #ticks(): number {
    return workOf(this.pid)?.ticks ?? 0;
  }

  #over(fault: ParserFault): void {
    if (this.#ended) return;
    this.#ended = fault;
    clearInterval(this.#watch);
    clearTimeout(this.#idle);
    this.#child.kill('SIGKILL');
    if (this.#tasks.size === 0) this.#hold(false);
    // Its output is complete before its tasks are reported as lost; one that can't even be killed is not waited for.
    if (this.#child.pid === undefined) this.#gone();
    else this.#last = setTimeout(() => this.#gone(), KILL_GRACE);
    this.#last?.unref();
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#last);
    this.#hold(false);
    const tasks = [...this.#tasks.values()];
    this.#tasks.clear();
    if (tasks.length > 0) this.#heard.lost(tasks, this.#ended!);
    this.#heard.gone();
  }
}

/** Lines end only with a line feed: file names may contain other line separators. */
function eachLine(stream: NodeJS.ReadableStream, hear: (line: string) => void): void {
  let parts: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = text.split('\n');
    for (const [i, line] of lines.entries()) {
      parts.push(line);
      if (i === lines.length - 1) break;
      hear(parts.join(''));
      parts = [];
    }
  });
}

/** Bytes before each frame: the lengths of its JSON and of the bytes after it, as 32-bit numbers. */
const PREFIX = 8;

/** @param most bytes of a frame; a larger one is not read. */
function eachFrame(
  stream: NodeJS.ReadableStream,
  most: number,
  hear: (json: string, bytes: Buffer) => void,
  fail: () => void,
): void {
  let [target, got, json] = [Buffer.alloc(PREFIX), 0, -1];
  const next = (size: number) => ([target, got] = [Buffer.allocUnsafeSlow(size), 0]);
  stream.on('data', (chunk: Buffer) => {
    for (let from = 0; from < chunk.length;) {
      const taken = Math.min(chunk.length - from, target.length - got);
      chunk.copy(target, got, from, from + taken);
      [from, got] = [from + taken, got + taken];
      if (got < target.length) continue;
      if (json < 0) {
        json = target.readUInt32LE(0);
        const whole = json + target.readUInt32LE(4);
        if (json === 0 || whole > most) return fail();
        next(whole);
      } else {
        const frame = target;
        const words = frame.toString('utf8', 0, json);
        const bytes = frame.subarray(json);
        next(PREFIX);
        json = -1;
        hear(words, bytes);
      }
    }
  });
}

/** The kernel's ticks per second (USER_HZ), the same on every architecture Falx runs on. */
const TICKS = 100;

/**
 * Memory that Node and a thread with the codecs reserve without using it, but that counts towards the limit: 0.6 and 0.85 GiB
 * measured, plus a margin. Memory actually used is monitored from outside.
 */
const RESERVED = 2 ** 31;

/**
 * Linux's batch scheduling policy: a woken thread waits until another pauses. libvips wakes one at each strip of a picture, which
 * otherwise preempts the decoding thread: 5 % of reading a folder of small files. Without `chrt` the policy is unchanged.
 */
const BATCH_SCHEDULING = 'chrt -b -p 0 $$ >/dev/null 2>&1';

function launch(module: URL, bytes: number): ChildProcess {
  const node = workerNode();
  const args = [`--max-old-space-size=${HEAP}`, ...GC_FLAGS, fileURLToPath(module)];
  const options = {
    // Its output is discarded: libraries print whole files' worth of warnings. What matters comes as answers.
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'] as ('ignore' | 'pipe')[],
    windowsHide: true,
    // In another process group: Ctrl-C is for this process, which may still need an answer.
    detached: process.platform !== 'win32',
  };
  if (process.platform !== 'linux') return spawn(node, args, options);
  return spawn(
    '/bin/sh',
    ['-c', `${BATCH_SCHEDULING}; ulimit -d ${(bytes + RESERVED) / 1024}; exec "$0" "$@"`, node, ...args],
    options,
  );
}

/** A process's resident memory, bytes; null without /proc. */
function residentBytes(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4096;
  } catch {
    return null; // another system, or it has ended
  }
}

/**
 * The main loop of a parser process: answers tasks, several at once, until its parent is gone.
 * @param work gets a function to report progress in a long task, which is passed on to the caller.
 */
export function answerTasks<Task, Answer>(
  work: (task: Task, reportProgress: (said?: unknown) => void) => Promise<Answer | WithBytes<Answer>>,
): void {
  const up = new Socket({ fd: 3, readable: false, writable: true });
  up.on('error', () => process.exit(0)); // nobody listens any more
  const send = (message: FromParser<Answer>, bytes: readonly Uint8Array[] = []) => {
    const json = Buffer.from(JSON.stringify(message));
    const prefix = Buffer.alloc(PREFIX);
    prefix.writeUInt32LE(json.length, 0);
    prefix.writeUInt32LE(
      bytes.reduce((sum, { byteLength }) => sum + byteLength, 0),
      4,
    );
    up.cork();
    for (const part of [prefix, json, ...bytes]) if (part.byteLength > 0) up.write(part);
    up.uncork();
  };
  let ready: Exclude<FromParser<Answer>, string | { reportProgress: number }> = [];
  let carried: Uint8Array[] = [];
  let working = 0;
  let held: NodeJS.Timeout | undefined;
  const sendReady = () => {
    clearTimeout(held);
    held = undefined;
    if (ready.length === 0) return;
    send(ready, carried);
    [ready, carried] = [[], []];
  };
  // Several are sent together, as long as others are in progress.
  const answer = (one: (typeof ready)[number], bytes: readonly Uint8Array[] = []) => {
    carried.push(...bytes);
    working -= 1;
    const count = ready.push(one);
    if (working === 0 || count === MESSAGE_BATCH) setImmediate(sendReady);
    else held ??= setTimeout(sendReady, MOST_DELAY);
  };
  process.stdin.on('end', () => process.exit(0));
  eachLine(process.stdin, (line) => {
    const tasks = JSON.parse(line) as ToParser<Task>;
    working += tasks.length;
    for (const { number, task } of tasks)
      work(task, (said) => send({ reportProgress: number, said })).then(
        (result) => {
          if (!(result instanceof WithBytes)) return answer({ number, answer: result });
          answer(
            { number, answer: result.answer, sizes: result.bytes.map(({ byteLength }) => byteLength) },
            result.bytes,
          );
        },
        (error: unknown) => answer({ number, fault: { how: 'threw', said: String(error).slice(0, 300) } }),
      );
  });
  send('ready');
}

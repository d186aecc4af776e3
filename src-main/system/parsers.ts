import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { workerNode } from './installation.ts';
import { restOf, workOf } from './processes.ts';

/** Why a task has no answer: its worker ended, used too much time or memory, or threw what no reader should. */
export type ParserFault = { how: 'ended' | 'time' | 'memory' | 'threw'; said: string };

/** What one task came to; `bytes` where the answer brings some along. */
export type Parsed<Answer> = { answer: Answer; bytes?: Buffer[] } | { fault: ParserFault };

/** An answer and what JSON is no way to send: pixels, arrays of numbers. */
export class WithBytes<Answer> {
  readonly answer: Answer;
  readonly bytes: readonly Uint8Array[];

  constructor(answer: Answer, bytes: readonly Uint8Array[]) {
    [this.answer, this.bytes] = [answer, bytes];
  }
}

export type AskOptions = {
  /** Times as much time as usual, for a large file. */
  patience?: number | undefined;
  /** Told what the task says when it says that it goes on. */
  onGoing?: ((said: unknown) => void) | undefined;
  /**
   * Whether an answer may have come of what other tasks in the process took of its memory: then the task is done once more,
   * alone. So is one that threw.
   */
  doubts?: ((answer: unknown) => boolean) | undefined;
  /** Ends the task's process, and so the task: its fault is then that it ended. Others in it are begun anew. */
  signal?: AbortSignal | undefined;
};

export type ParserLimits = {
  /** Processes at most. */
  processes: number;
  /** Tasks that one process works on at once: enough that none is missing while whoever asks is storing what it got. */
  atOnce: number;
  /**
   * Seconds of its own in which a process must have answered one of its tasks: on the processor, or at rest with nothing read or
   * written meanwhile. Whatever others keep it waiting for is not among them. A task may have them twice, the second time alone.
   */
  ownSeconds: number;
  /** The same by the clock: on a busy machine, or a slow disk; and where /proc doesn't tell. */
  clockSeconds: number;
  /** Bytes that a process may take. */
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

/** Milliseconds between two looks at what processes take. */
const LOOK = 100;
/** Seconds without a word after which it is looked at what a process does. */
const QUIET = 0.3;
/** Milliseconds in which a process that was ended is gone. */
const LAST = 1000;
/** Tasks that wait for each process before another is started: a start takes as long as some hundred pictures. */
const WORTH = 32;
/** Tasks, and answers, that go together where there are many. */
const TOGETHER = 16;
/** How long an answer may wait for others, milliseconds. */
const HELD = 3;
/** Ticks of work by which is told how much of it one thread does. */
const ENOUGH = 40;
/** JavaScript's own part of a worker's memory, MiB. */
const HEAP = 1024;
/**
 * V8 clears all of the heap from so many MiB on, and what is young by one thread. By itself it does so every 300 pictures, and by
 * threads that take the decoders' place: 4 % of reading a folder of small files. 130 MB of memory more are taken.
 */
const SELDOM = ['--initial-old-space-size=128', '--no-parallel-scavenge'];

type Waiting<Task, Answer> = {
  task: Task;
  /** Its process ended, or this task failed, while it was at others, too: now it has one to itself. */
  alone: boolean;
  /** Whether its process has been at other tasks meanwhile. */
  beside: boolean;
  doubts: (answer: unknown) => boolean;
  patience: number;
  onGoing: ((said: unknown) => void) | undefined;
  /** Nobody wants its answer any more. */
  dropped: boolean;
  resolve: (parsed: Parsed<Answer>) => void;
};

/**
 * Processes that read what others have made: a file that hangs one, ends it or makes it take too much memory costs that file
 * alone, and the process is replaced. They are started when first needed, used again and again, and end when nothing has
 * come for a while; they do not keep this process alive.
 *
 * Time and memory are looked at from outside on Linux, where moreover no process gets more memory than its limit
 * (`ulimit -d`). Elsewhere the clock alone is looked at, and the limit is that of JavaScript's own memory.
 */
export class ParserPool<Task, Answer> {
  readonly #module: URL;
  readonly #limits: ParserLimits;
  readonly #waiting: Waiting<Task, Answer>[] = [];
  readonly #workers = new Set<ParserProcess<Task, Answer>>();
  #filling = false;

  /** @param module which calls `answerTasks`. */
  constructor(module: URL, limits: Partial<ParserLimits> = {}) {
    this.#module = module;
    this.#limits = { ...usual, ...limits };
  }

  /** Ids of the processes that are there now. */
  get pids(): number[] {
    return [...this.#workers].map(({ pid }) => pid);
  }

  ask(
    task: Task,
    { patience = 1, onGoing, doubts = () => false, signal }: AskOptions = {},
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

  /** Once what is asked at this moment has all been asked: tasks go to a process together. */
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
      const more = this.#waiting.length >= WORTH && shared.length < enough(shared, this.#limits.processes);
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

  /** Where many wait, several at a time: to write each by itself, and to wake up for it, takes as long as a tenth of its work. */
  #giveTo(worker: ParserProcess<Task, Answer>): void {
    const { length } = this.#waiting;
    if (length >= TOGETHER && worker.isBusy(this.#limits.atOnce - TOGETHER)) return;
    const given: Waiting<Task, Answer>[] = [];
    while (this.#waiting.length > 0 && worker.takes(this.#waiting[0]!.alone, given.length)) {
      given.push(this.#waiting.shift()!);
      if (given[0]!.alone) break;
    }
    if (given.length > 0) worker.give(given);
  }

  /** Which of several tasks it was is found by giving each a process to itself. */
  #lost(tasks: Waiting<Task, Answer>[], fault: ParserFault): void {
    if (tasks.length === 1) return tasks[0]!.resolve({ fault });
    // Had its process been ended because one was not wanted any more, that says nothing against the others.
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
 * Processes that keep all of the processor busy: one of which half is done by its first thread, and half by others beside it,
 * does so on two cores. @param most when nothing is known of them.
 */
function enough(workers: readonly { mainShare: number | null }[], most: number): number {
  const shares = workers.map(({ mainShare }) => mainShare);
  if (shares.some((share) => share === null)) return process.platform === 'linux' ? 1 : most;
  const mean = (shares as number[]).reduce((sum, share) => sum + share / shares.length, 0);
  return Math.max(1, Math.round(availableParallelism() * mean));
}

const dropped: { fault: ParserFault } = { fault: { how: 'ended', said: 'it is not wanted any more' } };

type Heard<Task, Answer> = {
  free: () => void;
  lost: (tasks: Waiting<Task, Answer>[], fault: ParserFault) => void;
  doubted: (task: Waiting<Task, Answer>) => void;
  gone: () => void;
};

/** What crosses to a parser's process: JSON, a line each, which every version of V8 reads. */
type ToParser<Task> = { number: number; task: Task }[];
/** And back: JSON in frames, `sizes` those of the bytes that follow, one after the other. */
type FromParser<Answer> =
  | 'ready'
  | { goesOn: number; said?: unknown }
  | ({ number: number; sizes?: number[] } & ({ answer: Answer } | { fault: ParserFault }))[];

class ParserProcess<Task, Answer> {
  readonly #child: ChildProcess;
  readonly #down: Socket | undefined;
  readonly #up: Socket | undefined;
  readonly #limits: ParserLimits;
  readonly #heard: Heard<Task, Answer>;
  readonly #tasks = new Map<number, Waiting<Task, Answer>>();
  #number = 0;
  #alone = false;
  #ready = false;
  #ended: ParserFault | null = null;
  #watch: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: NodeJS.Timeout | undefined;
  #isGone = false;
  /** When something was last heard of it while it had something to do. */
  #since = 0;
  /** Its ticks at the first look after that; null before. To ask the kernel at each answer took a twentieth of the core's time. */
  #ticksSince: number | null = null;
  /** When it was last looked at; milliseconds that it was found at rest since something was heard of it, and what it had moved. */
  #looked = 0;
  #rested = 0;
  #moved = -1;
  #shareSince: { all: number; main: number } | null = null;
  /** Part of its work that its first thread does; null while that is not known. Its start, which that does alone, is left out. */
  mainShare: number | null = null;

  constructor(module: URL, limits: ParserLimits, heard: Heard<Task, Answer>) {
    [this.#limits, this.#heard] = [limits, heard];
    const child = launch(module, limits.bytes);
    this.#child = child;
    // Without any where the system has no more of them: then the process has not started.
    const [down, , , up] = (child.stdio as ChildProcess['stdio'] | undefined) ?? [];
    this.#down = down as Socket | undefined;
    this.#up = up as Socket | undefined;
    this.#hold(false);
    // A pipe that breaks has no reader any more, which its exit tells.
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

  /** Ends this process if it is at that task. */
  drop(waiting: Waiting<Task, Answer>): void {
    if ([...this.#tasks.values()].includes(waiting)) this.#over(dropped.fault);
  }

  end(): void {
    this.#over({ how: 'ended', said: 'Falx is being closed' });
  }

  /** Whether this process waits for it. */
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
    if ('goesOn' in message) return this.#tasks.get(message.goesOn)?.onGoing?.(message.said);
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

  /** @param ticks that it has had until now. */
  #measureShare(ticks: number): void {
    const since = this.#shareSince;
    if (!since || ticks - since.all < ENOUGH) return;
    const now = this.#threadTicks(ticks);
    if (!now) return;
    this.mainShare = (now.main - since.main) / (now.all - since.all);
    this.#shareSince = now;
    this.#heard.free();
  }

  /** Now there is something to wait for, and this process must not end before. */
  #begin(): void {
    this.#hold(true);
    this.#heardOf();
    this.#watch = setInterval(() => this.#look(), LOOK);
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
    // Its start is no task's fault.
    const patience =
      Math.max(...[...this.#tasks.values()].map((task) => task.patience)) + (this.#ready ? 0 : 9);
    const clock = (performance.now() - this.#since) / 1000;
    const ticks = this.#ticks();
    const processor = (ticks - (this.#ticksSince ??= ticks)) / TICKS;
    if (clock > QUIET) this.#lookAtRest();
    const own = processor + this.#rested / 1000;
    if (own > ownSeconds * patience || clock > clockSeconds * patience)
      return this.#over({ how: 'time', said: `${Math.round(clock)} s` });
    this.#measureShare(ticks);
  }

  /** A look that comes late, since this process had no turn itself, says little of the time before it. */
  #lookAtRest(): void {
    const now = performance.now();
    const passed = Math.min(now - this.#looked, 2 * LOOK);
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
    // What it was writing is written no more when its tasks are told as lost; one that can't even be ended is not waited for.
    if (this.#child.pid === undefined) this.#gone();
    else this.#last = setTimeout(() => this.#gone(), LAST);
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

/** Lines end with a line feed, and nothing else: names of files may hold whatever else ends lines somewhere. */
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

/** @param most bytes of a frame; one that says it has more is not waited for. */
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

/** The kernel's ticks a second (USER_HZ), the same on every architecture Falx runs on. */
const TICKS = 100;

/**
 * What Node and a thread with the codecs have the system set aside without ever using it, as the limit counts: 0.6 and
 * 0.85 GiB, measured, and then some. What is really used is looked at from outside.
 */
const RESERVED = 2 ** 31;

/**
 * Linux's policy for work that nobody watches: a thread that is woken waits until another pauses. libvips wakes one at each
 * strip of a picture, which otherwise takes the place of the one that decodes: 5 % of reading a folder of small files. Without
 * `chrt` it stays as it is.
 */
const UNHURRIED = 'chrt -b -p 0 $$ >/dev/null 2>&1';

function launch(module: URL, bytes: number): ChildProcess {
  const node = workerNode();
  const args = [`--max-old-space-size=${HEAP}`, ...SELDOM, fileURLToPath(module)];
  const options = {
    // Its words go nowhere: libraries print whole files' worth of warnings. What counts comes as answers.
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'] as ('ignore' | 'pipe')[],
    windowsHide: true,
    // Another process group: Ctrl-C is for this process, which may still want an answer.
    detached: process.platform !== 'win32',
  };
  if (process.platform !== 'linux') return spawn(node, args, options);
  return spawn(
    '/bin/sh',
    ['-c', `${UNHURRIED}; ulimit -d ${(bytes + RESERVED) / 1024}; exec "$0" "$@"`, node, ...args],
    options,
  );
}

/** What a process takes of memory, bytes; null where /proc doesn't tell. */
function residentBytes(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4096;
  } catch {
    return null; // another system, or it is gone
  }
}

/**
 * What a parser's process does for ever: answers tasks, several at once, until its parent is gone.
 * @param work is told how to say that it goes on, in a long task of many pieces; what it says is passed on to whoever asked.
 */
export function answerTasks<Task, Answer>(
  work: (task: Task, goesOn: (said?: unknown) => void) => Promise<Answer | WithBytes<Answer>>,
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
  let ready: Exclude<FromParser<Answer>, string | { goesOn: number }> = [];
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
  // Several go in one message, as long as others are being worked on.
  const answer = (one: (typeof ready)[number], bytes: readonly Uint8Array[] = []) => {
    carried.push(...bytes);
    working -= 1;
    const count = ready.push(one);
    if (working === 0 || count === TOGETHER) setImmediate(sendReady);
    else held ??= setTimeout(sendReady, HELD);
  };
  process.stdin.on('end', () => process.exit(0));
  eachLine(process.stdin, (line) => {
    const tasks = JSON.parse(line) as ToParser<Task>;
    working += tasks.length;
    for (const { number, task } of tasks)
      work(task, (said) => send({ goesOn: number, said })).then(
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

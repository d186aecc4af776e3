import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FalxError } from '../../../src-main/contract/errors.ts';
import { message } from '../../../src-main/contract/messages/catalogue.ts';
import type { TrainControl, TrainPacket, TrainPlan } from '../../../src-main/contract/packets.ts';
import type { Epoch } from '../../../src-main/contract/records.ts';
import type { WorkerEnd, WorkerOptions, WorkerProcess } from '../../../src-main/tensorflow/worker-process.ts';
import * as sample from '../../registry/sample-records.ts';
import type { Chance } from './chance.ts';
import type { FakeClock } from './clock.ts';

/** The content of a run's folder when its trainer is one of `FakeWorkers`. */
export type Kept = { epochs: Epoch[]; best: number; model: boolean };

const keptFile = (folder: string): string => path.join(folder, 'state.json');
export const keptIn = (folder: string): Kept =>
  existsSync(keptFile(folder))
    ? (JSON.parse(readFileSync(keptFile(folder), 'utf8')) as Kept)
    : { epochs: [], best: 0, model: false };

type Sent = { kind: 'plan'; plan: TrainPlan } | { kind: 'control'; control: TrainControl };

/**
 * Simulated trainers on a simulated clock: at random they die, hang, are stopped, repeat and reorder their messages, send
 * more after their end, or can't be started.
 */
export class FakeWorkers {
  /** Runs that have a living worker. */
  readonly training = new Map<string, FakeWorker>();
  /** Runs whose worker has sent its last message. */
  readonly over = new Set<string>();
  readonly byPid = new Map<number, FakeWorker>();
  started = 0;
  readonly clock: FakeClock;
  readonly chance: Chance;
  readonly wrong: (what: string) => void;
  /** Disables faults from now on. */
  calm = false;

  constructor(clock: FakeClock, chance: Chance, wrong: (what: string) => void) {
    [this.clock, this.chance, this.wrong] = [clock, chance, wrong];
  }

  readonly start = (options: WorkerOptions<TrainPacket>): WorkerProcess => {
    if (this.#fails(0.02))
      throw new FalxError('logNotWritten', {
        file: 'train.log',
        reason: message('systemNotAllowed', { errno: 'EACCES' }),
      });
    const worker = new FakeWorker(this, options, ++this.started);
    this.byPid.set(worker.pid, worker);
    return worker;
  };

  /** As the kernel would report. */
  readonly look = (pid: number): { ticks: number; stopped: boolean } | null =>
    this.byPid.get(pid)?.work() ?? null;

  #fails(share: number): boolean {
    return !this.calm && this.chance.is(share);
  }

  /** @returns a worker's fate, and after how many milliseconds. */
  fate(): { what: Fate; at: number } {
    if (this.calm || this.chance.is(0.45)) return { what: 'none', at: 0 };
    return { what: this.chance.of(fates), at: this.chance.between(0, 30_000) };
  }
}

const fates = ['killed', 'crashes', 'leaves', 'fails', 'hangs', 'stopped', 'deaf', 'notStarted'] as const;
type Fate = (typeof fates)[number] | 'none';

class FakeWorker implements WorkerProcess {
  readonly pid: number;
  readonly gone: Promise<WorkerEnd>;
  readonly #of: FakeWorkers;
  readonly #options: WorkerOptions<TrainPacket>;
  /** Sends messages twice, and out of order. */
  readonly #babbles: boolean;
  #end!: (end: WorkerEnd) => void;
  #refuse!: (error: Error) => void;
  #plan: TrainPlan | null = null;
  #wish: TrainControl | null = null;
  #held: TrainPacket | null = null;
  #said: TrainPacket[] = [];
  /** Hangs, or was stopped: nothing happens any more. */
  #frozen = false;
  #isStopped = false;
  #over = false;

  constructor(of: FakeWorkers, options: WorkerOptions<TrainPacket>, number: number) {
    [this.#of, this.#options, this.pid] = [of, options, 1e7 + number];
    this.gone = new Promise((resolve, reject) => ([this.#end, this.#refuse] = [resolve, reject]));
    this.#babbles = !of.calm && of.chance.is(0.3);
    const { what, at } = of.fate();
    if (what === 'notStarted') {
      this.#over = true;
      of.clock.after(5, () =>
        this.#refuse(
          new FalxError('workerNotStarted', {
            module: 'trainer',
            reason: message('systemNoMemory', { errno: 'ENOMEM' }),
          }),
        ),
      );
    } else if (what !== 'none') of.clock.after(at, () => this.#befalls(what));
  }

  work(): { ticks: number; stopped: boolean } | null {
    if (this.#over) return null;
    // Paused, it uses no processor time.
    const works = !this.#frozen && this.#wish !== 'pause';
    return { ticks: works ? Math.round(this.#of.clock.now) : -2, stopped: this.#isStopped };
  }

  send(message: unknown): void {
    if (this.#over) return;
    const sent = message as Sent;
    if (sent.kind === 'plan') this.#begin(sent.plan);
    // A worker that is about to end can't be paused any more, like the real one.
    else if ((this.#wish !== 'stop' && this.#wish !== 'cancel') || sent.control === 'cancel')
      this.#wish = sent.control;
  }

  kill(): void {
    this.#die(null, 'SIGKILL');
  }

  #begin(plan: TrainPlan): void {
    this.#plan = plan;
    const other = this.#of.training.get(plan.runId);
    if (other) this.#of.wrong(`${plan.runId} is trained by two workers`);
    this.#of.training.set(plan.runId, this);
    this.#of.over.delete(plan.runId);
    void this.#train(plan);
  }

  async #train(plan: TrainPlan): Promise<void> {
    const kept = keptIn(plan.folder);
    if (!(await this.#works(2000))) return;
    this.#say(startedPacket);
    for (const epoch of kept.epochs) this.#say({ kind: 'epoch', epoch, best: epoch.epoch === kept.best });
    if (kept.model) return this.#finish(kept, false);
    const { epochs } = plan.settings;
    for (let number = kept.epochs.length + 1; number <= epochs; number++) {
      for (let step = 1; step <= 3; step++) {
        if (!(await this.#works(1500))) return;
        if (this.#wish === 'cancel') return this.#fail('cancelled');
        if (this.#wish === 'stop')
          return kept.epochs.length > 0 ? this.#finish(kept, true) : this.#fail('cancelled');
        this.#say(progressPacket(number, epochs, step));
      }
      const epoch = { ...sample.epoch(number), seconds: Math.round(this.#of.clock.now) };
      kept.epochs.push(epoch);
      const best = kept.best === 0 || this.#of.chance.is(0.6);
      if (best) kept.best = number;
      this.#keep(plan, kept);
      this.#say({ kind: 'epoch', epoch, best });
    }
    this.#finish(kept, false);
  }

  #finish(kept: Kept, stoppedByUser: boolean): void {
    kept.model = true;
    this.#keep(this.#plan!, kept);
    const { best: bestEpoch } = kept;
    this.#last({ kind: 'done', bestEpoch, stoppedEarly: false, stoppedByUser, modelBytes: 1, peakBytes: 1 });
  }

  #fail(code: string): void {
    this.#last({ kind: 'failed', code, message: 'It failed.', facts: { why: 'made' } });
  }

  #keep({ folder }: TrainPlan, kept: Kept): void {
    writeFileSync(keptFile(folder), JSON.stringify(kept));
  }

  /** A unit of work, suspended while paused. @returns false once nothing more is to be done. */
  async #works(most: number): Promise<boolean> {
    do await new Promise<void>((resolve) => this.#of.clock.after(this.#of.chance.between(50, most), resolve));
    while (!this.#over && !this.#frozen && this.#wish === 'pause');
    return !this.#over && !this.#frozen;
  }

  #befalls(what: Fate): void {
    if (this.#over) return;
    if (what === 'killed') this.#die(null, 'SIGKILL');
    else if (what === 'crashes') this.#die(null, 'SIGSEGV');
    else if (what === 'leaves') this.#die(0, null);
    else if (what === 'fails')
      this.#fail(this.#of.chance.of(['out-of-memory', 'disk', 'bad-run', 'worker-failed']));
    else if (what === 'hangs') this.#frozen = true;
    else if (what === 'stopped') this.#frozen = this.#isStopped = true;
    else if (what === 'deaf') Object.defineProperty(this, 'send', { value: () => undefined });
  }

  #last(packet: TrainPacket): void {
    this.#say(packet);
    if (this.#plan) this.#of.over.add(this.#plan.runId);
    if (this.#babbles && this.#said.length > 0)
      for (let i = 0; i < 3; i++) this.#tell(this.#of.chance.of(this.#said));
    this.#of.clock.after(this.#of.chance.between(1, 200), () => this.#die(0, null));
    this.#frozen = true; // it has nothing more to do
  }

  #say(packet: TrainPacket): void {
    if (!this.#babbles) return this.#tell(packet);
    this.#said.push(packet);
    if (this.#held) {
      // The later one first. The final message is never delayed.
      const held = this.#held;
      this.#held = null;
      if (packet.kind !== 'done' && packet.kind !== 'failed') this.#tell(packet);
      this.#tell(held);
      if (packet.kind === 'done' || packet.kind === 'failed') this.#tell(packet);
    } else if (packet.kind !== 'done' && packet.kind !== 'failed' && this.#of.chance.is(0.2))
      this.#held = packet;
    else this.#tell(packet);
    if (this.#of.chance.is(0.2)) this.#tell(this.#of.chance.of(this.#said));
  }

  #tell(packet: TrainPacket): void {
    if (!this.#over) this.#options.onMessage(structuredClone(packet));
  }

  #die(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#over) return;
    this.#over = true;
    // Noticed a moment later, like the end of a process.
    this.#of.clock.after(this.#of.chance.between(1, 50), () => {
      if (this.#plan && this.#of.training.get(this.#plan.runId) === this)
        this.#of.training.delete(this.#plan.runId);
      this.#of.byPid.delete(this.pid);
      this.#end({ code, signal, memoryRanOut: this.#of.chance.is(0.5), garbled: null });
    });
  }
}

const startedPacket: TrainPacket = {
  kind: 'started',
  device: 'GPU',
  numbers: { tensorFloat32: false, deterministic: false, threads: 2 },
  tensorflow: '2.21.0',
  parameters: 1,
  trainableParameters: 1,
  weightsSha256: null,
  batchNormFolded: false,
};

const progressPacket = (epoch: number, epochs: number, step: number): TrainPacket => ({
  kind: 'progress',
  epoch,
  epochs,
  step,
  steps: 3,
  loss: 0.5,
  learningRate: 1e-4,
  imagesPerSecond: 20,
  secondsLeft: (epochs - epoch) * 3 + 3 - step,
  memoryBytes: 1e9,
});

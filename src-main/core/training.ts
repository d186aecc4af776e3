import { open } from 'node:fs/promises';
import { FalxError } from '../contract/errors.ts';
import type { NetworkName } from '../contract/networks.ts';
import type { TrainPacket } from '../contract/packets.ts';
import type { Run } from '../contract/records.ts';
import type { SettingsChange } from '../contract/settings.ts';
import { changedTables, type ActiveRun, type TrainingState } from '../contract/views.ts';
import { hasModel } from '../predict/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { releaseAbandonedRuns } from '../train/abandoned.ts';
import { type QueueEvent, queueRuns, requeueRuns, runQueue } from '../train/handlers.ts';
import { PauseSwitch } from '../train/pause.ts';
import { trainingLog } from '../train/trainer.ts';
import { Evaluator } from './comparisons.ts';
import type { Hub } from './hub.ts';
import type { Log } from './log.ts';
import { Teller } from './teller.ts';

export type TrainRequest = {
  splitId: string;
  networks: readonly NetworkName[];
  settings: SettingsChange;
};

/** Milliseconds between two events of the training's state. */
const STATE_EVERY = 250;
/** Milliseconds between two looks at what other processes do with this home. */
const LOOK_EVERY = 1000;
/** Bytes at a log's end that its last lines are taken from. */
const LOG_TAIL = 512 * 1024;

type Reins = {
  readonly runId: string;
  readonly pause: PauseSwitch;
  readonly stop: AbortController;
  readonly cancel: AbortController;
};

/**
 * Trains the runs of this home that wait, in order, one at a time, for as long as the core lives; each is evaluated
 * right after. Runs that were left waiting by an earlier Falx stay so until they are asked for. While another process
 * (a command line) trains on this home, this one waits.
 */
export class TrainingQueue {
  readonly evaluator: Evaluator;
  readonly #home: string;
  readonly #registry: Registry;
  readonly #hub: Hub;
  readonly #log: Log;
  readonly #teller: Teller;
  readonly #look: NodeJS.Timeout;
  /** Runs that may be begun. */
  readonly #wanted = new Set<string>();
  #working: Promise<void> | null = null;
  #active: ActiveRun | null = null;
  #reins: Reins | null = null;
  #queueSecondsLeft: number | null = null;
  #trainedElsewhere = false;
  #closed = false;
  /** Resolves the wait for another process. */
  #goOn: () => void = () => undefined;

  constructor({ home, registry, hub, log }: { home: string; registry: Registry; hub: Hub; log: Log }) {
    this.#home = home;
    this.#registry = registry;
    this.#hub = hub;
    this.#log = log;
    this.evaluator = new Evaluator({ home, registry, hub, log });
    this.#teller = new Teller(STATE_EVERY, () => hub.emit({ kind: 'training', training: this.state() }));
    registry.changedByOthers(); // from now on
    this.#lookElsewhere();
    this.#look = setInterval(() => this.#lookElsewhere(), LOOK_EVERY);
    this.#look.unref();
  }

  state(): TrainingState {
    return {
      active: this.#active && { ...this.#active, phase: this.#phaseOf(this.#active) },
      queue: this.#registry.queue().map(({ id }) => id),
      queueSecondsLeft: this.#queueSecondsLeft,
      trainedElsewhere: this.#trainedElsewhere,
    };
  }

  /**
   * Adds a run a network to the queue, and has the queue worked on.
   * @throws FalxError as `queueRuns`.
   */
  async queue({ splitId, networks, settings }: TrainRequest): Promise<Run[]> {
    const runs = await queueRuns({
      registry: this.#registry,
      home: this.#home,
      splitId,
      networks,
      overrides: settings,
    });
    this.#want(runs.map(({ id }) => id));
    return runs;
  }

  /** Has all runs that wait trained. */
  start(): void {
    this.#want(this.#registry.queue().map(({ id }) => id));
  }

  /** Puts an interrupted run back in the queue, at its end. @throws FalxError `bad-run` in another state. */
  requeue(runId: string): Run {
    const [run] = requeueRuns(this.#registry, [runId]);
    this.#want([runId]);
    return run!;
  }

  /** Holds a run after its current step. @throws FalxError `bad-run` when it is not being trained here. */
  pause(runId: string): void {
    this.#reinsOf(runId).pause.pause();
    this.#teller.now();
  }

  resume(runId: string): void {
    this.#reinsOf(runId).pause.resume();
    this.#teller.now();
  }

  /** Ends a run after its current step and keeps its best epoch; the queue goes on. */
  stop(runId: string): void {
    this.#reinsOf(runId).stop.abort();
    this.#teller.now();
  }

  /** Breaks a run off so that it can be resumed, or takes one that waits out of the queue. */
  cancel(runId: string): void {
    const run = this.#registry.run(runId);
    if (run.status === 'queued') return this.#takeOut(run);
    this.#reinsOf(runId).cancel.abort();
    this.#teller.now();
  }

  /** Moves a run that waits to a place in the queue, from 0. */
  move(runId: string, to: number): void {
    this.#registry.moveInQueue(runId, to);
    this.#teller.now();
  }

  /** The last lines of what a run's trainer printed; empty before it starts. */
  async log(runId: string, lines: number): Promise<string> {
    const text = await tailOf(trainingLog(this.#home, this.#registry.run(runId).id));
    return text.split('\n').slice(-lines).join('\n');
  }

  /** Breaks off what is being trained so that it can be resumed; what waits stays. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#look);
    this.#reins?.cancel.abort();
    this.#goOn();
    await this.#working;
    this.#teller.end();
  }

  // ── the work ────────────────────────────────────────────────────────────────────────────────────────────────

  #want(runIds: readonly string[]): void {
    this.#lookElsewhere();
    for (const id of runIds) this.#wanted.add(id);
    // What was left waiting comes first. Those of another process that trains now are its own.
    if (!this.#trainedElsewhere) for (const { id } of this.#registry.queue()) this.#wanted.add(id);
    this.#hub.changed('runs');
    this.#teller.now();
    this.#wake();
  }

  #wake(): void {
    if (this.#working || this.#closed || !this.#next()) return;
    this.#working = this.#work()
      .then(() => {
        this.#working = null;
        this.#wake(); // for what was asked for at the last moment
      })
      .catch((error: unknown) => {
        this.#working = null;
        this.#log.error({ err: error }, 'training queue');
      });
  }

  async #work(): Promise<void> {
    for (let run = this.#next(); run && !this.#closed; run = this.#next()) {
      if (this.#trainedElsewhere) await new Promise<void>((resolve) => (this.#goOn = resolve));
      else await this.#train(run);
    }
    this.#queueSecondsLeft = null;
    this.#teller.now();
  }

  #next(): Run | undefined {
    return this.#registry.queue().find(({ id }) => this.#wanted.has(id));
  }

  async #train({ id: runId }: Run): Promise<void> {
    this.#wanted.delete(runId); // one try for each time it is asked for
    const reins = (this.#reins = {
      runId,
      pause: new PauseSwitch(),
      stop: new AbortController(),
      cancel: new AbortController(),
    });
    try {
      const [run] = await runQueue({
        registry: this.#registry,
        home: this.#home,
        runIds: [runId],
        device: this.#registry.preferences().device,
        pause: reins.pause,
        stop: reins.stop.signal,
        cancel: reins.cancel.signal,
        waiting: () => this.#registry.queue(),
        onEvent: (event) => this.#hear(event),
      });
      if (run && hasModel(run)) await this.#evaluate(run, reins.cancel.signal);
    } catch (error) {
      this.#log.error({ err: error, run: runId }, 'training');
    } finally {
      this.#active = null;
      this.#reins = null;
      this.#hub.changed('runs');
    }
  }

  /** A run whose evaluation fails is trained all the same, and shown with why it could not be. */
  async #evaluate(run: Run, signal: AbortSignal): Promise<void> {
    const tested = Object.values(this.#registry.partCounts(run.splitId).test).some((count) => count > 0);
    if (!tested || signal.aborted) return;
    this.#change({ phase: 'evaluating', secondsLeft: 0 });
    this.#hub.changed('runs');
    try {
      await this.evaluator.evaluate(run.id, signal);
    } catch (error) {
      this.#log.warn({ err: error, run: run.id }, 'evaluation after training');
    }
  }

  #hear(event: QueueEvent): void {
    switch (event.kind) {
      case 'claimed':
        this.#active = begun(event.run);
        this.#hub.changed('runs');
        return this.#teller.now();
      case 'pixels':
        return this.#change({ pixels: { done: event.done, total: event.total } });
      case 'starting':
        return this.#change({ phase: 'starting', pixels: null });
      case 'packet':
        if (event.queueSecondsLeft !== null) this.#queueSecondsLeft = event.queueSecondsLeft;
        return this.#hearPacket(event.run.id, event.packet);
      case 'ended':
        return undefined; // it is told when it is evaluated as well
    }
  }

  #hearPacket(runId: string, packet: TrainPacket): void {
    switch (packet.kind) {
      case 'started':
        return this.#change({ phase: 'training', device: packet.device });
      case 'warning':
        return this.#change({ warnings: [...(this.#active?.warnings ?? []), packet.message] });
      case 'progress': {
        const { kind: _, ...progress } = packet;
        return this.#change(progress);
      }
      case 'epoch':
        this.#hub.emit({ kind: 'epoch', runId, epoch: packet.epoch, best: packet.best });
        return this.#change({ epoch: packet.epoch.epoch });
      case 'done':
      case 'failed':
        return this.#change({ phase: 'stopping' });
    }
  }

  #change(change: Partial<ActiveRun>): void {
    if (!this.#active) return;
    this.#active = { ...this.#active, ...change };
    this.#teller.soon();
  }

  /** What was asked for shows at once, also while the trainer is still at its step. */
  #phaseOf({ phase }: ActiveRun): ActiveRun['phase'] {
    if (!this.#reins || phase === 'evaluating') return phase;
    if (this.#reins.stop.signal.aborted || this.#reins.cancel.signal.aborted) return 'stopping';
    return this.#reins.pause.isPaused ? 'paused' : phase;
  }

  #reinsOf(runId: string): Reins {
    if (this.#reins?.runId === runId && this.#active?.phase !== 'evaluating') return this.#reins;
    const { status } = this.#registry.run(runId);
    const why =
      status === 'running'
        ? 'is trained by another Falx on this machine: use that one'
        : `is ${status}, so it is not being trained`;
    throw new FalxError('bad-run', `${runId} ${why}.`, { run: runId, status });
  }

  #takeOut(run: Run): void {
    this.#wanted.delete(run.id);
    this.#registry.updateRun(run.id, {
      status: 'interrupted',
      error: 'It was taken out of the queue before it was trained.',
      errorFacts: { why: 'runTakenOut' },
    });
    this.#hub.changed('runs');
    this.#teller.now();
  }

  /** Sees what other processes have done with this home, and whether one that trained is gone. */
  #lookElsewhere(): void {
    try {
      this.#lookAtOthers();
    } catch (error) {
      // The next look may fare better; what is asked of the registry meanwhile says what is wrong with it.
      this.#log.error({ err: error }, 'look at other processes');
    }
  }

  #lookAtOthers(): void {
    const released = releaseAbandonedRuns(this.#registry);
    const elsewhere = this.#registry
      .runs({ status: 'running', removed: 'any' })
      .some(({ id }) => this.#registry.runnerPid(id) !== process.pid);
    const changed = elsewhere !== this.#trainedElsewhere;
    this.#trainedElsewhere = elsewhere;
    if (!elsewhere) this.#goOn();
    if (this.#registry.changedByOthers() || released.length > 0) {
      for (const table of changedTables) this.#hub.changed(table);
      this.#teller.soon();
    } else if (changed) this.#teller.soon();
  }
}

function begun(run: Run): ActiveRun {
  return {
    runId: run.id,
    network: run.network,
    phase: 'preparing',
    pixels: null,
    epoch: 0,
    epochs: run.settings.epochs,
    step: 0,
    steps: 0,
    loss: null,
    learningRate: null,
    imagesPerSecond: null,
    secondsLeft: null,
    memoryBytes: null,
    device: null,
    warnings: [],
  };
}

/** The end of a text file; empty when there is none. */
async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new FalxError(
      'disk',
      `The log ${file} can't be read (${error.message}).`,
      { file },
      { cause: error },
    );
  });
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - LOG_TAIL);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - from), position: from });
    const text = buffer.toString('utf8', 0, bytesRead).replace(/\n$/, '');
    // A line that the cut went through is left out.
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await handle.close();
  }
}

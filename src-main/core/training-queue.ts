import { open } from 'node:fs/promises';
import { FalxError } from '../contract/errors.ts';
import { systemReason } from '../system/system-reason.ts';
import type { Worded } from '../contract/failures.ts';
import type { NetworkName } from '../contract/networks.ts';
import type { TrainPacket } from '../contract/packets.ts';
import type { Run } from '../contract/records.ts';
import type { SettingsChange } from '../contract/settings.ts';
import { changedTables, type ActiveRun, type TrainingState } from '../contract/views.ts';
import { hasModel } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { releaseAbandonedRuns } from '../train/abandoned.ts';
import { anyDevice, DevicePool, type RunDevice } from '../train/device-pool.ts';
import {
  type TrainingBackend,
  hasEnded,
  plannedSettings,
  type QueueEvent,
  queueRuns,
  requeueRuns,
  trainOne,
} from '../train/train-handlers.ts';
import { PauseSwitch } from '../train/pause.ts';
import { refusePrecision } from '../train/refuse-precision.ts';
import { QueueEstimate } from '../train/time-left.ts';
import { trainingLog } from '../train/trainer.ts';
import { Evaluator } from './comparisons.ts';
import type { Devices } from './device-list.ts';
import type { Hub } from './hub.ts';
import { isCancelling } from './job-runner.ts';
import type { Log } from './log.ts';
import { Throttle } from './throttle.ts';
import { message, type MessageCode } from '../contract/messages/catalogue.ts';
import { endedBy } from '../train/ended-by.ts';

export type TrainRequest = {
  splitId: string;
  networks: readonly NetworkName[];
  settings: SettingsChange;
  repeat?: number | undefined;
  /** One run for each of these shares of the training set. */
  shares?: readonly number[] | undefined;
  /** On all folds of the split's set. */
  allFolds?: boolean | undefined;
};

/** Milliseconds between two events of the training's state. */
const STATE_EVERY = 250;
/** Milliseconds between two checks of other processes' work on this home. */
const LOOK_EVERY = 1000;
/** Bytes at the end of a log from which its last lines are taken. */
const LOG_TAIL = 512 * 1024;
/** For each note that something continues, the note that it waits: both are removed. */
const waitEndedBy = new Map<unknown, MessageCode>([
  ['trainingGoesOn', 'trainingWaitsForRoom'],
  ['runKeptNow', 'runKeptLater'],
]);

/** A run in progress, on its device. */
type Lane = {
  readonly runId: string;
  readonly device: RunDevice;
  /** Null before it is claimed. */
  active: ActiveRun | null;
  readonly pause: PauseSwitch;
  readonly stop: AbortController;
  readonly cancel: AbortController;
};

export type TrainingQueueOptions = {
  home: string;
  registry: Registry;
  hub: Hub;
  log: Log;
  devices: Devices;
  /** Called before a run is started on a device. */
  onBegin?: (device: RunDevice) => void;
  /** Called while the registry was replaced and nothing is being trained: returns whether the new one is used now. */
  follow?: () => boolean;
  /** In place of worker processes, decoding and the evaluation after a training. */
  ground?: TrainingBackend & { evaluator?: Pick<Evaluator, 'evaluate'> };
};

/**
 * Trains the waiting runs of this home, in order, one per device at a time, for as long as the core lives; each is evaluated right
 * after, on the same device. Runs left waiting by an earlier session of Falx stay so until they are requested. While another
 * process (a command line) trains on this home, this one waits.
 */
export class TrainingQueue {
  readonly evaluator: Pick<Evaluator, 'evaluate'>;
  readonly #home: string;
  readonly #registry: Registry;
  readonly #hub: Hub;
  readonly #log: Log;
  readonly #devices: Devices;
  readonly #ground: TrainingBackend | undefined;
  readonly #onBegin: (device: RunDevice) => void;
  readonly #follow: () => boolean;
  readonly #throttle: Throttle;
  readonly #look: NodeJS.Timeout;
  /** Runs that may be started. */
  readonly #wanted = new Set<string>();
  readonly #pool = new DevicePool();
  readonly #clock = new QueueEstimate();
  /** In the order they were started. */
  readonly #lanes = new Map<string, Lane>();
  /** Run → the work on it, until all of it has ended. */
  readonly #working = new Map<string, Promise<void>>();
  #choosing: Promise<void> | null = null;
  #queueSecondsLeft: number | null = null;
  #trainedElsewhere = false;
  /** Number of others that hold the devices. */
  #holders = 0;
  /** The registry could not be read: windows were not notified, or nothing was started. */
  #stumbled = false;
  /** The registry's file was replaced, and windows were notified. */
  #replaced = false;
  #closed = false;

  constructor({
    home,
    registry,
    hub,
    log,
    devices,
    onBegin = () => undefined,
    follow = () => false,
    ground,
  }: TrainingQueueOptions) {
    this.#home = home;
    this.#registry = registry;
    this.#hub = hub;
    this.#log = log;
    this.#devices = devices;
    this.#onBegin = onBegin;
    this.#follow = follow;
    this.#ground = ground;
    this.evaluator =
      ground?.evaluator ??
      new Evaluator({
        home,
        registry,
        hub,
        log,
        device: () => devices.forPrediction((device) => this.isTraining(device)),
      });
    this.#throttle = new Throttle(STATE_EVERY, () =>
      this.#attempt('state', () => hub.emit({ kind: 'training', training: this.state() })),
    );
    registry.changedByOthers(); // from now on
    this.#lookElsewhere();
    this.#look = setInterval(() => this.#lookElsewhere(), LOOK_EVERY);
    this.#look.unref();
  }

  state(): TrainingState {
    return {
      active: [...this.#lanes.values()].flatMap((lane) =>
        lane.active ? [{ ...lane.active, phase: phaseOf(lane, lane.active) }] : [],
      ),
      devices: this.#pool.devices,
      queue: this.#registry.queue.list().map(({ id }) => id),
      queueSecondsLeft: this.#queueSecondsLeft,
      trainedElsewhere: this.#trainedElsewhere,
      held: this.#holders > 0,
    };
  }

  /**
   * Adds one run per network to the queue, and starts the queue.
   * @throws FalxError as `queueRuns`; `bad-usage` for what a chosen device does not support.
   */
  async queue({ splitId, networks, settings, repeat, shares, allFolds }: TrainRequest): Promise<Run[]> {
    const planned = await plannedSettings({ home: this.#home, networks, overrides: settings });
    if (planned.some(({ precision }) => precision !== 'float32'))
      refusePrecision(planned, (await this.#devices.chosen()).devices);
    const set = allFolds ? this.#registry.splits.get(splitId).fold?.set : undefined;
    const splitIds = set === undefined ? [splitId] : this.#registry.splits.folds(set).map(({ id }) => id);
    const runs: Run[] = [];
    for (const one of splitIds)
      runs.push(
        ...(await queueRuns({
          registry: this.#registry,
          home: this.#home,
          splitId: one,
          networks,
          overrides: settings,
          repeat,
          shares,
        })),
      );
    this.#want(runs.map(({ id }) => id));
    return runs;
  }

  /** Has all waiting runs trained. */
  start(): void {
    this.#want(this.#registry.queue.list().map(({ id }) => id));
  }

  /** Puts an interrupted run at the end of the queue. @throws FalxError `bad-run` in another state. */
  requeue(runId: string): Run {
    const [run] = requeueRuns(this.#registry, [runId]);
    this.#want([runId]);
    return run!;
  }

  /** Pauses a run after its current step. @throws FalxError `bad-run` if it is not being trained here. */
  pause(runId: string): void {
    this.#laneOf(runId).pause.pause();
    this.#throttle.now();
  }

  resume(runId: string): void {
    this.#laneOf(runId).pause.resume();
    this.#throttle.now();
  }

  /** Ends a run after its current step and keeps its best epoch; the queue continues. */
  stop(runId: string): void {
    this.#laneOf(runId).stop.abort();
    this.#throttle.now();
  }

  /** Interrupts a run so that it can be resumed, or removes a waiting one from the queue. */
  cancel(runId: string): void {
    const run = this.#registry.runs.get(runId);
    if (run.status === 'queued') return this.#takeOut(run);
    this.#laneOf(runId).cancel.abort();
    this.#throttle.now();
  }

  /** Moves a waiting run to a position in the queue, from 0. */
  move(runId: string, to: number): void {
    this.#registry.queue.move(runId, to);
    this.#throttle.now();
  }

  /** Uses other devices from now on; what is in progress continues where it is. */
  async devicesChanged(): Promise<void> {
    if (this.#lanes.size === 0) return this.#wake();
    await this.#choose();
    this.#fill();
  }

  /** Lets a device that was set aside have runs again. @throws FalxError `not-found` if nothing is trained on such a device. */
  async tryDevice(deviceId: string): Promise<void> {
    if (!this.#pool.tryAgain(deviceId)) throw new FalxError('deviceNotTraining', { device: deviceId });
    await this.#choose();
    this.#fill();
  }

  /** Whether a device is training a run now. */
  isTraining({ id }: Pick<RunDevice, 'id'>): boolean {
    return [...this.#lanes.values()].some(({ device }) => device.id === id);
  }

  /** The last lines of a run's log; empty before it starts. */
  async log(runId: string, lines: number): Promise<string> {
    const text = await tailOf(trainingLog(this.#home, this.#registry.runs.get(runId).id));
    return text.split('\n').slice(-lines).join('\n');
  }

  /** A run that this process trains or is about to; null: none. */
  get currentRun(): string | null {
    return [...this.#lanes.keys()][0] ?? null;
  }

  /** Starts no training until `work` has ended: it has the devices. Meanwhile requests wait, and windows are notified. */
  async withDevicesHeld<T>(work: () => Promise<T>): Promise<T> {
    this.#holders += 1;
    this.#throttle.now();
    try {
      return await work();
    } finally {
      this.#holders -= 1;
      this.#throttle.now();
      this.#wake();
    }
  }

  /** Cancels other work on runs, such as their evaluation, and waits until it has ended. */
  async release(runIds: readonly string[]): Promise<void> {
    for (const id of runIds) this.#lanes.get(id)?.cancel.abort();
    await Promise.all(runIds.flatMap((id) => this.#working.get(id) ?? []));
  }

  /** Interrupts current trainings so that they can be resumed; waiting runs stay. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#look);
    for (const { cancel } of this.#lanes.values()) cancel.abort();
    await this.#choosing;
    await Promise.all(this.#working.values());
    this.#throttle.cancel();
  }

  // ── the work ────────────────────────────────────────────────────────────────────────────────────────────────

  #want(runIds: readonly string[]): void {
    for (const id of runIds) this.#wanted.add(id);
    this.#lookElsewhere();
    // Runs left waiting come first. Those of another process that is training are its own.
    this.#attempt('queue', () => {
      if (!this.#trainedElsewhere) for (const { id } of this.#registry.queue.list()) this.#wanted.add(id);
    });
    this.#hub.changed('runs');
    this.#throttle.now();
    this.#wake();
  }

  #wake(): void {
    this.#attempt('beginning', () => this.#begin());
  }

  /** What the registry refuses is retried at the next check. */
  #attempt(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#log.error({ err: error }, what);
      this.#stumbled = true;
    }
  }

  #begin(): void {
    if (this.#choosing || this.#closed || this.#trainedElsewhere || this.#holders > 0 || !this.#next())
      return;
    if (this.#lanes.size > 0) return this.#fill();
    // Nothing is being trained: a GPU may have been added or removed since.
    this.#choosing = this.#choose().finally(() => {
      this.#choosing = null;
      this.#attempt('beginning', () => this.#fill());
    });
  }

  async #choose(): Promise<void> {
    try {
      const { devices, inReserve } = await this.#devices.chosen();
      this.#pool.use(devices, inReserve);
    } catch (error) {
      this.#log.error({ err: error }, 'choice of devices');
      this.#pool.use([anyDevice]);
    }
    this.#throttle.now();
  }

  /** Gives every free device a run. */
  #fill(): void {
    while (!this.#closed && !this.#trainedElsewhere && this.#holders === 0) {
      const run = this.#next();
      const device = run && this.#pool.take();
      if (!device) break;
      const work: Promise<void> = this.#train(run, device).finally(() => {
        if (this.#working.get(run.id) === work) this.#working.delete(run.id);
        this.#wake();
      });
      this.#working.set(run.id, work);
    }
    if (this.#lanes.size > 0) return;
    this.#queueSecondsLeft = null;
    this.#throttle.now();
  }

  #next(): Run | undefined {
    return this.#registry.queue.list().find(({ id }) => this.#wanted.has(id));
  }

  async #train({ id: runId }: Run, device: RunDevice): Promise<void> {
    this.#wanted.delete(runId); // one attempt per request
    const lane: Lane = {
      runId,
      device,
      active: null,
      pause: new PauseSwitch(),
      stop: new AbortController(),
      cancel: new AbortController(),
    };
    this.#lanes.set(runId, lane);
    this.#onBegin(device);
    let how: Parameters<DevicePool['giveBack']>[1] = 'unknown';
    try {
      const end = await trainOne(runId, {
        registry: this.#registry,
        home: this.#home,
        device,
        pause: lane.pause,
        stop: lane.stop.signal,
        cancel: lane.cancel.signal,
        timeLeft: (run, elapsed, left) => {
          this.#clock.update(run, elapsed, left);
          return this.#clock.secondsLeft(this.#registry.queue.list(), this.#pool.size);
        },
        onEvent: (event) => this.#hear(lane, event),
        ground: this.#ground,
      });
      this.#clock.ended(runId);
      if (!end) return;
      how = end.fault ?? (hasEnded(end.run) ? 'well' : 'unknown');
      // Its device could not start it.
      if (end.run.status === 'queued') this.#wanted.add(runId);
      if (hasModel(end.run)) await this.#evaluate(lane, end.run);
    } catch (error) {
      this.#log.error({ err: error, run: runId }, 'training');
    } finally {
      this.#clock.ended(runId);
      this.#lanes.delete(runId);
      this.#pool.giveBack(device, how);
      this.#hub.changed('runs');
      this.#throttle.now();
    }
  }

  /** A run whose evaluation fails is trained all the same, and shown with the reason. */
  async #evaluate(lane: Lane, run: Run): Promise<void> {
    const { signal } = lane.cancel;
    const tested = Object.values(this.#registry.parts.counts(run.splitId).test).some((count) => count > 0);
    if (!tested || signal.aborted) return;
    change(lane, { phase: 'evaluating', secondsLeft: 0 });
    this.#throttle.soon();
    this.#hub.changed('runs');
    try {
      await this.evaluator.evaluate(run.id, signal, lane.device);
    } catch (error) {
      if (signal.aborted && isCancelling(error)) return;
      this.#log.warn({ err: error, run: run.id }, 'evaluation after training');
    }
  }

  #hear(lane: Lane, event: QueueEvent): void {
    switch (event.kind) {
      case 'claimed':
        lane.active = begun(event.run, lane.device);
        this.#hub.changed('runs');
        return this.#throttle.now();
      case 'pixels':
        return this.#change(lane, { pixels: { done: event.done, total: event.total } });
      case 'starting':
        return this.#change(lane, { phase: 'starting', pixels: null });
      case 'packet':
        if (event.queueSecondsLeft !== null) this.#queueSecondsLeft = event.queueSecondsLeft;
        return this.#hearPacket(lane, event.packet);
      case 'ended':
        return undefined; // reported when it is evaluated as well
    }
  }

  #hearPacket(lane: Lane, packet: TrainPacket): void {
    switch (packet.kind) {
      case 'started':
        return this.#change(lane, { phase: 'training', device: packet.device });
      case 'warning':
        return this.#warn(lane, { message: packet.message, facts: packet.facts ?? null });
      case 'progress': {
        const { kind: _, ...progress } = packet;
        return this.#change(lane, progress);
      }
      case 'epoch':
        this.#hub.emit({ kind: 'epoch', runId: lane.runId, epoch: packet.epoch, best: packet.best });
        return this.#change(lane, { epoch: packet.epoch.epoch });
      case 'done':
      case 'failed':
        return this.#change(lane, { phase: 'stopping' });
    }
  }

  #warn(lane: Lane, warning: Worded): void {
    this.#log.warn({ run: lane.runId, ...(warning.facts && { facts: warning.facts }) }, warning.message);
    const over = waitEndedBy.get(warning.facts?.['why']);
    const before = lane.active?.warnings ?? [];
    this.#change(lane, {
      warnings: over ? before.filter(({ facts }) => facts?.['why'] !== over) : [...before, warning],
    });
  }

  #change(lane: Lane, to: Partial<ActiveRun>): void {
    change(lane, to);
    this.#throttle.soon();
  }

  #laneOf(runId: string): Lane {
    const lane = this.#lanes.get(runId);
    if (lane && lane.active?.phase !== 'evaluating') return lane;
    const { status } = this.#registry.runs.get(runId);
    throw new FalxError(status === 'running' ? 'runTrainedElsewhere' : 'runNotTrained', {
      run: runId,
      status,
    });
  }

  #takeOut(run: Run): void {
    this.#wanted.delete(run.id);
    this.#registry.runs.update(run.id, {
      status: 'interrupted',
      ...endedBy(message('runTakenOut', {})),
    });
    this.#hub.changed('runs');
    this.#throttle.now();
  }

  /** Checks what other processes have done with this home, and whether one that trained is gone. */
  #lookElsewhere(): void {
    if (this.#replaced && !this.#followed()) return;
    try {
      this.#lookAtOthers();
    } catch (error) {
      // The next check may succeed; requests to the registry report the error meanwhile.
      this.#log.error({ err: error }, 'look at other processes');
      // Windows show outdated records: their next request reports that the registry was replaced.
      if (error instanceof FalxError && error.facts['why'] === 'registryReplaced') {
        this.#replaced = true;
        for (const table of changedTables) this.#hub.changed(table);
      }
    }
  }

  /** Whether the registry's replacement is used now. Requested runs must be requested again. */
  #followed(): boolean {
    if (this.#lanes.size > 0 || this.#working.size > 0 || !this.#follow()) return false;
    this.#replaced = false;
    this.#wanted.clear();
    this.#throttle.soon();
    return true;
  }

  #lookAtOthers(): void {
    const released = releaseAbandonedRuns(this.#registry);
    const running = this.#registry.runs.list({ status: 'running', removed: 'any' });
    const elsewhere = running.some(({ id }) => this.#registry.runs.runnerPid(id) !== process.pid);
    for (const { id } of running)
      if (!this.#lanes.has(id) && this.#registry.runs.runnerPid(id) === process.pid) {
        this.#release(id);
        released.push(this.#registry.runs.get(id));
      }
    const changed = elsewhere !== this.#trainedElsewhere;
    this.#trainedElsewhere = elsewhere;
    if (this.#registry.changedByOthers() || released.length > 0) {
      for (const table of changedTables) this.#hub.changed(table);
      this.#throttle.soon();
    } else if (changed) this.#throttle.soon();
    const again = this.#stumbled;
    this.#stumbled = false;
    if (again) this.#throttle.soon();
    if (!elsewhere && (changed || again)) this.#wake();
  }

  /** A run that this process claimed and does not train: its start, or its end, could not be written. */
  #release(runId: string): void {
    this.#registry.runs.update(runId, {
      status: 'interrupted',
      ended: new Date().toISOString(),
      ...endedBy(message('runNotKept', { run: runId })),
    });
  }
}

function change(lane: Lane, to: Partial<ActiveRun>): void {
  if (lane.active) lane.active = { ...lane.active, ...to };
}

/** A request is shown at once, even while the trainer is still in its step. */
function phaseOf({ stop, cancel, pause }: Lane, { phase }: ActiveRun): ActiveRun['phase'] {
  if (phase === 'evaluating') return phase;
  if (stop.signal.aborted || cancel.signal.aborted) return 'stopping';
  return pause.isPaused ? 'paused' : phase;
}

function begun(run: Run, device: RunDevice): ActiveRun {
  return {
    runId: run.id,
    network: run.network,
    deviceId: device.id,
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

/** The end of a text file; empty if there is none. */
async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new FalxError('logNotRead', { file, reason: systemReason(error) }, { cause: error });
  });
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - LOG_TAIL);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - from), position: from });
    const text = buffer.toString('utf8', 0, bytesRead).replace(/\n$/, '');
    // A line that was cut at its beginning is left out.
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await handle.close();
  }
}

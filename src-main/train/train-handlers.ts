import { isDeepStrictEqual } from 'node:util';
import { dataOf as errorDataOf, FalxError, worded } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { NetworkName } from '../contract/networks.ts';
import type { TrainPacket, TrainPlan } from '../contract/packets.ts';
import type { Epoch, Run } from '../contract/records.ts';
import type { SettingsChange, TrainingSettings } from '../contract/settings.ts';
import { pixelFile } from '../images/cache.ts';
import type { Registry } from '../registry/registry.ts';
import { requireWholeSplit } from '../split/hash.ts';
import { releaseAbandonedRuns } from './abandoned.ts';
import { chooseWeights, weightsFileOf, weightsHashOf } from './choose-weights.ts';
import { planOf, requireBothClasses, requireScans, trainingDataOf } from './plan.ts';
import { anyDevice, type DeviceFault, DevicePool, type RunDevice } from './device-pool.ts';
import { computedOn } from './computed-on.ts';
import { DeferredWrites } from './deferred-writes.ts';
import { newRun } from './new-run.ts';
import { PauseSwitch } from './pause.ts';
import { resolveSettings } from './resolve-settings.ts';
import { QueueEstimate } from './time-left.ts';
import { train, type TrainEnd, type TrainOptions } from './trainer.ts';
import { endedBy } from './ended-by.ts';

export type QueueRequest = {
  registry: Registry;
  home: string;
  splitId: string;
  /** All when left out; with a weight file, the network of that file. */
  networks?: readonly NetworkName[] | undefined;
  overrides?: SettingsChange;
  /** Number of runs per network, each with the next seed; 1 when left out. */
  repeat?: number | undefined;
  /** One run for each of these shares of the training set, for a learning curve; that of the settings when left out. */
  shares?: readonly number[] | undefined;
};

/** A queue's events for its caller. */
export type QueueEvent =
  | { kind: 'claimed'; run: Run; device: RunDevice; position: number; total: number }
  | { kind: 'pixels'; run: Run; done: number; total: number }
  | { kind: 'starting'; run: Run }
  | { kind: 'packet'; run: Run; packet: TrainPacket; queueSecondsLeft: number | null }
  | { kind: 'ended'; run: Run };

export type QueueOptions = {
  registry: Registry;
  home: string;
  /** The runs to train, oldest first; without it every queued run. */
  runIds?: readonly string[];
  onEvent?: (event: QueueEvent) => void;
  /** All are used; without it TensorFlow's default device. */
  devices?: DevicePool;
  /** Aborted: the current runs stop and keep their best epoch, the others stay queued. */
  stop?: AbortSignal;
  /** Aborted: the current runs are interrupted and can be resumed, the others stay queued. */
  cancel?: AbortSignal;
};

/** What a training depends on besides the registry; a simulation replaces it. */
export type TrainingBackend = Pick<TrainOptions, 'startWorker' | 'watch'> & { pixelFile?: typeof pixelFile };

/** Options for training one run. */
export type RunOptions = Pick<QueueOptions, 'registry' | 'home' | 'onEvent' | 'stop' | 'cancel'> & {
  device: RunDevice;
  /** Pauses it. */
  pause?: PauseSwitch;
  /** Seconds until the queue is done, from those that a run has trained and still needs. */
  timeLeft?: (run: Run, elapsed: number, left: number) => number | null;
  ground?: TrainingBackend | undefined;
};

/** A run after its end, and whether its device is at fault. */
export type RunEnd = { run: Run; fault: DeviceFault | null };

/** The settings each network would be trained with, in the given order. @throws FalxError as `queueRuns`. */
export async function plannedSettings({
  home,
  networks,
  overrides = {},
}: Pick<QueueRequest, 'home' | 'networks' | 'overrides'>): Promise<TrainingSettings[]> {
  const starts = await chooseWeights(home, networks, overrides.weights);
  return starts.map(({ network, weights }) => resolveSettings(network, weights, overrides));
}

/**
 * Adds one run per network to the queue, or several with consecutive seeds.
 * @throws FalxError `bad-usage` for invalid settings, `weights-missing`, `bad-weights` or `unreadable-file` for weights that are
 *   missing or don't match, `bad-split` for a split whose dataset was removed.
 */
export async function queueRuns({
  registry,
  home,
  splitId,
  repeat = 1,
  shares,
  ...request
}: QueueRequest): Promise<Run[]> {
  const split = registry.splits.get(splitId);
  const dataset = registry.datasets.get(split.datasetId);
  if (dataset.removed !== null)
    throw new FalxError('datasetRemoved', { name: dataset.name, split: splitId, dataset: dataset.id });
  if (split.removed !== null) throw new FalxError('splitRemoved', { split: splitId });
  requireScans(registry, splitId);
  requireBothClasses(registry, splitId);
  const once = await plannedSettings({ home, ...request });
  const planned = once.flatMap((settings) =>
    (shares ?? [settings.trainShare]).flatMap((trainShare) =>
      Array.from({ length: repeat }, (_, n) => ({
        ...settings,
        trainShare,
        seed: (settings.seed + n) % 2 ** 31,
      })),
    ),
  );
  const runs = planned.map((settings) =>
    newRun(home, { splitId, settings, datasetHash: dataset.hash, splitHash: split.hash }),
  );
  // All are resolved before the first is added: a mistake in one leaves nothing behind.
  registry.transaction(() => runs.forEach((run) => registry.runs.add(run)));
  return runs;
}

/** Whether training can continue: from its last intact checkpoint, otherwise from the start. */
const canResume = ({ status }: Run): boolean => ['interrupted', 'failed', 'queued'].includes(status);

/**
 * Puts runs that were interrupted or failed at the end of the queue.
 * @throws FalxError `bad-run` for a run in another state, or a removed one.
 */
export function requeueRuns(registry: Registry, runIds: readonly string[]): Run[] {
  releaseAbandonedRuns(registry);
  const inUse = new Set(registry.runs.list().map((run) => run.id));
  for (const run of runIds.map((id) => registry.runs.get(id))) {
    const { id, status } = run;
    if (!canResume(run)) throw new FalxError('runNotResumable', { run: id, status });
    if (!inUse.has(id)) throw new FalxError('runGone', { run: id, status });
  }
  registry.transaction(() => {
    for (const id of runIds) {
      registry.runs.update(id, { status: 'queued', ended: null, error: null });
      registry.queue.move(id, Number.MAX_SAFE_INTEGER);
    }
  });
  return runIds.map((id) => registry.runs.get(id));
}

/**
 * Trains queued runs, one per device at a time, in order. A run that fails or whose worker dies ends neither the queue nor other
 * runs.
 * @returns the runs this call trained, in their current state.
 */
export async function runQueue(options: QueueOptions): Promise<Run[]> {
  const { registry, runIds, onEvent, stop, cancel, devices = new DevicePool([anyDevice]) } = options;
  releaseAbandonedRuns(registry);
  const clock = new QueueEstimate();
  const begun: string[] = [];
  const lanes = new Set<Promise<void>>();
  let thrown: { error: unknown } | null = null;
  const timeLeft = (run: Run, elapsed: number, left: number) => {
    clock.update(run, elapsed, left);
    return clock.secondsLeft(queuedRuns(registry, runIds), devices.size);
  };
  const train = async (run: Run, device: RunDevice) => {
    try {
      const { run: ended, fault } = await trainRun(run, { ...options, device, timeLeft });
      devices.giveBack(device, fault ?? (hasEnded(ended) ? 'well' : 'unknown'));
      onEvent?.({ kind: 'ended', run: ended });
    } catch (error) {
      thrown ??= { error };
      devices.giveBack(device, 'unknown');
    } finally {
      clock.ended(run.id);
    }
  };
  const begin = (): boolean => {
    if (stop?.aborted || cancel?.aborted || thrown) return false;
    const device = devices.take();
    const run = device && registry.queue.claimNext(process.pid, runIds);
    if (!run) {
      if (device) devices.giveBack(device, 'unknown');
      return false;
    }
    if (!begun.includes(run.id)) begun.push(run.id);
    const total = begun.length + queuedRuns(registry, runIds).length;
    onEvent?.({ kind: 'claimed', run, device, position: begun.indexOf(run.id) + 1, total });
    const lane: Promise<void> = train(run, device).finally(() => lanes.delete(lane));
    lanes.add(lane);
    return true;
  };
  for (;;) {
    while (begin());
    if (lanes.size === 0) break;
    await Promise.race(lanes);
  }
  if (thrown) throw (thrown as { error: unknown }).error;
  return begun.map((id) => registry.runs.get(id));
}

/** Claims one run and trains it. @returns null if it is not waiting any more. */
export async function trainOne(runId: string, options: RunOptions): Promise<RunEnd | null> {
  const { registry, onEvent, device } = options;
  releaseAbandonedRuns(registry);
  const run = registry.queue.claimNext(process.pid, [runId]);
  if (!run) return null;
  onEvent?.({ kind: 'claimed', run, device, position: 1, total: 1 });
  const end = await trainRun(run, options);
  onEvent?.({ kind: 'ended', run: end.run });
  return end;
}

/** Whether its training finished on the device, so that the device is not at fault. */
export const hasEnded = ({ status }: Run): boolean => status === 'done' || status === 'stopped';

/** Trains one claimed run and records how it ended. */
async function trainRun(
  run: Run,
  { registry, home, timeLeft, onEvent, device, pause = new PauseSwitch(), stop, cancel, ground }: RunOptions,
): Promise<RunEnd> {
  const kept = new DeferredWrites(registry, run.id, home, (told) =>
    onEvent?.({
      kind: 'packet',
      run,
      packet: { kind: 'warning', ...worded(told) },
      queueSecondsLeft: null,
    }),
  );
  const finish = (change: Partial<Run>, fault: DeviceFault | null = null): Promise<RunEnd> => {
    const ended = new Date().toISOString();
    return kept.end(() => {
      registry.runs.update(run.id, { ended, ...change });
      return { run: registry.runs.get(run.id), fault };
    });
  };
  try {
    const known = new Map(registry.epochs.list(run.id).map((epoch) => [epoch.epoch, epoch]));
    await requireWholeSplit(registry, run);
    const data = await trainingDataOf(registry, run);
    if (run.settings.trainShare < 1)
      registry.trainingShares.keep(
        run.id,
        data.parts.train.rows.map((row) => data.images[row]!.id),
      );
    const pixels = await (ground?.pixelFile ?? pixelFile)(
      data.dataset,
      data.images,
      run.settings.pixels,
      home,
      (done, total) => onEvent?.({ kind: 'pixels', run, done, total }),
      AbortSignal.any([stop, cancel].filter((signal) => signal !== undefined)),
    );
    const weights = await weightsFileOf(home, run.settings);
    const weightsSha256 = await weightsHashOf(home, run);
    const plan: TrainPlan = {
      ...planOf(run, data, pixels, weights),
      weightsSha256,
      ...(device.kind === 'gpu' && { gpu: device.id }),
    };
    onEvent?.({ kind: 'starting', run });
    const [began, pausedBefore] = [performance.now(), pause.milliseconds];
    const end = await train(plan, {
      home,
      device: device.choice,
      threads: device.threads,
      pause,
      stop,
      cancel,
      startWorker: ground?.startWorker,
      watch: ground?.watch,
      onPacket: (packet) => {
        if (packet.kind !== 'progress') kept.keep(() => record(registry, run, device, packet, known));
        onEvent?.({ kind: 'packet', run, packet, queueSecondsLeft: queueLeft(packet) });
      },
    });
    await kept.all(AbortSignal.any([stop, cancel].filter((signal) => signal !== undefined)));
    const fault = faultOf(end, device);
    // Nothing was trained, and nothing is wrong with the run: it keeps its place.
    if (fault?.atOnce && !stop?.aborted && !cancel?.aborted)
      return await finish({ status: 'queued', started: null, ended: null, error: null }, fault);
    return await finish(outcome(run, end), fault);

    function queueLeft(packet: TrainPacket): number | null {
      if (packet.kind !== 'progress' || !timeLeft) return null;
      const elapsed = (performance.now() - began - (pause.milliseconds - pausedBefore)) / 1000;
      return timeLeft(run, elapsed, packet.secondsLeft);
    }
  } catch (error) {
    if (error instanceof FalxError && error.code === 'cancelled')
      return await finish({
        status: 'interrupted',
        ...endedBy(message('runNotBegun', { run: run.id })),
      });
    const end = await finish({
      status: statusAfter(error),
      ...endedBy(error as Error),
    });
    // An error in this run's data, weights or settings need not affect the next one.
    if (!(error instanceof FalxError)) throw error;
    return end;
  }
}

/** Stores a packet's content; only this process writes to the registry. */
function record(
  registry: Registry,
  run: Run,
  device: RunDevice,
  packet: TrainPacket,
  known: ReadonlyMap<number, Epoch>,
): void {
  if (packet.kind === 'started')
    registry.runs.update(run.id, {
      device: packet.device,
      computedOn: computedOn(device, packet),
      versions: { ...run.versions, tensorflow: packet.tensorflow },
      weightsSha256: packet.weightsSha256,
    });
  if (packet.kind === 'warning' && packet.facts?.['why'] === 'trainsOnProcessor') {
    const told = registry.runs.get(run.id).computedOn;
    const gpuUnused = { message: packet.message, facts: packet.facts };
    if (told) registry.runs.update(run.id, { computedOn: { ...told, gpuUnused } });
  }
  if (packet.kind === 'epoch') {
    if (!Number.isFinite(packet.epoch.trainLoss))
      throw new FalxError('epochNotNumber', { run: run.id, epoch: packet.epoch.epoch });
    // A resumed run repeats its earlier epochs; each write waits for the disk.
    if (!isDeepStrictEqual(known.get(packet.epoch.epoch), packet.epoch))
      registry.epochs.add(run.id, packet.epoch);
    if (packet.best) registry.runs.update(run.id, { bestEpoch: packet.epoch.epoch });
  }
}

function outcome(run: Run, end: TrainEnd): Partial<Run> {
  switch (end.kind) {
    case 'done':
      return { status: end.stoppedByUser ? 'stopped' : 'done', bestEpoch: end.bestEpoch, error: null };
    case 'failed':
      return { status: statusAfter(end), ...endedBy({ message: end.message, facts: end.facts ?? null }) };
    case 'nothing-kept':
      return {
        status: 'interrupted',
        ...endedBy(message('runBrokenOff', { run: run.id })),
      };
    case 'died':
      return { status: 'interrupted', ...endedBy(end.error) };
  }
}

/** Whether the end of a run is a fault of its device: a process that died, or a driver error. */
function faultOf(end: TrainEnd, device: RunDevice): DeviceFault | null {
  if (end.kind === 'died' && end.error.code === 'worker-failed')
    return { error: errorDataOf(end.error), atOnce: false };
  if (end.kind !== 'failed') return null;
  const { code, message, facts = {} } = end;
  if (facts['why'] === 'gpuNotUsed') return { error: { code, message, facts }, atOnce: true };
  return device.kind === 'gpu' && facts['why'] === 'tensorflowStopped'
    ? { error: { code, message, facts }, atOnce: false }
    : null;
}

/** A full or unavailable disk is not the run's fault: it continues once there is room. */
const statusAfter = (error: unknown): 'interrupted' | 'failed' =>
  (error as { code?: unknown }).code === 'disk' ? 'interrupted' : 'failed';

function queuedRuns(registry: Registry, among?: readonly string[]): Run[] {
  return registry.queue.list().filter((run) => !among || among.includes(run.id));
}

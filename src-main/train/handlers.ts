import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FalxError, wordableFacts } from '../contract/errors.ts';
import type { NetworkName } from '../contract/networks.ts';
import type { TrainPacket } from '../contract/packets.ts';
import type { Epoch, Run } from '../contract/records.ts';
import type { SettingsChange, TrainingSettings } from '../contract/settings.ts';
import { pixelFile } from '../images/cache.ts';
import { newId, type Registry } from '../registry/registry.ts';
import { releaseAbandonedRuns } from './abandoned.ts';
import { chooseWeights, weightsFileOf } from './choose-weights.ts';
import { dataOf, planOf } from './plan.ts';
import { versions } from '../version.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';
import { PauseSwitch } from './pause.ts';
import { resolveSettings } from './settings.ts';
import { queueSecondsLeft } from './time-left.ts';
import { train, type TrainEnd } from './trainer.ts';

export type QueueRequest = {
  registry: Registry;
  home: string;
  splitId: string;
  /** All three when left out; with a weight file, the one it is of. */
  networks?: readonly NetworkName[] | undefined;
  overrides?: SettingsChange;
};

/** What a queue tells its caller while it works. */
export type QueueEvent =
  | { kind: 'claimed'; run: Run; position: number; total: number }
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
  device?: DeviceChoice;
  /** Holds whichever run is being trained. */
  pause?: PauseSwitch;
  /** The runs after the current one, for the time left; without it those of `runIds` that wait. */
  waiting?: () => readonly Run[];
  /** Aborted: the current run stops and keeps its best epoch, the others stay queued. */
  stop?: AbortSignal;
  /** Aborted: the current run is broken off and can be resumed, the others stay queued. */
  cancel?: AbortSignal;
};

/**
 * The settings each network would be trained with, in the order asked.
 * @throws FalxError as `queueRuns`.
 */
export async function plannedSettings({
  home,
  networks,
  overrides = {},
}: Pick<QueueRequest, 'home' | 'networks' | 'overrides'>): Promise<TrainingSettings[]> {
  const starts = await chooseWeights(home, networks, overrides.weights);
  return starts.map(({ network, weights }) => resolveSettings(network, weights, overrides));
}

/**
 * Adds one run a network to the queue.
 * @throws FalxError `bad-usage` for settings that can't be, `weights-missing`, `bad-weights` or `unreadable-file` for
 *   weights that are not there or don't fit, `bad-split` for a split whose dataset was removed.
 */
export async function queueRuns({ registry, home, splitId, ...request }: QueueRequest): Promise<Run[]> {
  const split = registry.split(splitId);
  const dataset = registry.dataset(split.datasetId);
  if (dataset.removed !== null)
    throw new FalxError(
      'bad-split',
      `The dataset "${dataset.name}" that ${splitId} is of was removed. Restore it first.`,
      { why: 'datasetRemoved', name: dataset.name, split: splitId, dataset: dataset.id },
    );
  const planned = await plannedSettings({ home, ...request });
  const runs = planned.map((settings): Run => {
    const id = newId('run');
    return {
      id,
      splitId,
      network: settings.network,
      status: 'queued',
      settings,
      datasetHash: dataset.hash,
      splitHash: split.hash,
      folder: path.join(home, 'runs', id),
      created: new Date().toISOString(),
      started: null,
      ended: null,
      bestEpoch: null,
      error: null,
      versions: versions(),
      device: null,
      weightsSha256: null,
      name: null,
      tags: [],
      notes: '',
      removed: null,
    };
  });
  // All were resolved before the first is added: a mistake in one leaves nothing behind.
  for (const run of runs) registry.addRun(run);
  return runs;
}

/**
 * Puts interrupted runs back in the queue, at its end.
 * @throws FalxError `bad-run` for a run that is in another state, or was removed.
 */
export function requeueRuns(registry: Registry, runIds: readonly string[]): Run[] {
  releaseAbandonedRuns(registry);
  const inUse = new Set(registry.runs().map((run) => run.id));
  for (const run of runIds.map((id) => registry.run(id))) {
    const facts = { run: run.id, status: run.status };
    if (run.status !== 'interrupted' && run.status !== 'queued')
      throw new FalxError(
        'bad-run',
        `${run.id} is ${run.status}; only an interrupted run can be resumed.`,
        facts,
      );
    if (!inUse.has(run.id))
      throw new FalxError('bad-run', `${run.id}, or its dataset, was removed. Restore it first.`, facts);
  }
  for (const id of runIds) {
    registry.updateRun(id, { status: 'queued', ended: null, error: null });
    registry.moveInQueue(id, Number.MAX_SAFE_INTEGER);
  }
  return runIds.map((id) => registry.run(id));
}

/**
 * Trains queued runs one after another. A run that fails or whose worker dies does not end the queue.
 * @returns the runs this call trained, as they are now.
 */
export async function runQueue(options: QueueOptions): Promise<Run[]> {
  const { registry, runIds, onEvent, stop, cancel } = options;
  const waiting = options.waiting ?? (() => queuedRuns(registry, runIds));
  releaseAbandonedRuns(registry);
  const ended: string[] = [];
  while (!stop?.aborted && !cancel?.aborted) {
    const run = registry.claimNextQueued(process.pid, runIds);
    if (!run) break;
    const total = ended.length + 1 + waiting().length;
    onEvent?.({ kind: 'claimed', run, position: ended.length + 1, total });
    await trainRun(run, { ...options, waiting });
    ended.push(run.id);
    onEvent?.({ kind: 'ended', run: registry.run(run.id) });
  }
  return ended.map((id) => registry.run(id));
}

/** Trains one claimed run and records how it ended. */
async function trainRun(
  run: Run,
  {
    registry,
    home,
    waiting,
    onEvent,
    device,
    pause = new PauseSwitch(),
    stop,
    cancel,
  }: QueueOptions & {
    waiting: () => readonly Run[];
  },
): Promise<void> {
  const finish = (change: Partial<Run>) =>
    registry.updateRun(run.id, { ended: new Date().toISOString(), ...change });
  const known = new Map(registry.epochs(run.id).map((epoch) => [epoch.epoch, epoch]));
  try {
    const data = dataOf(registry, run.splitId);
    const pixels = await pixelFile(
      data.dataset,
      data.images,
      run.settings.pixels,
      home,
      (done, total) => onEvent?.({ kind: 'pixels', run, done, total }),
      AbortSignal.any([stop, cancel].filter((signal) => signal !== undefined)),
    );
    const plan = planOf(run, data, pixels, await weightsFileOf(home, run.settings));
    onEvent?.({ kind: 'starting', run });
    const [began, pausedBefore] = [performance.now(), pause.milliseconds];
    const end = await train(plan, {
      home,
      device,
      pause,
      stop,
      cancel,
      onPacket: (packet) => {
        record(registry, run, packet, known);
        onEvent?.({ kind: 'packet', run, packet, queueSecondsLeft: timeLeft(packet) });
      },
    });
    finish(outcome(run, end));

    function timeLeft(packet: TrainPacket): number | null {
      if (packet.kind !== 'progress') return null;
      const elapsed = (performance.now() - began - (pause.milliseconds - pausedBefore)) / 1000;
      return queueSecondsLeft(run, elapsed, packet.secondsLeft, waiting());
    }
  } catch (error) {
    if (error instanceof FalxError && error.code === 'cancelled')
      return finish({
        status: 'interrupted',
        error: `It was stopped before training began. ${goOn(run)}`,
        errorFacts: { why: 'runNotBegun' },
      });
    finish({ status: 'failed', error: (error as Error).message, ...factsOf(error) });
    // What is wrong with this run's data, weights or settings need not be wrong with the next one's.
    if (!(error instanceof FalxError)) throw error;
  }
}

/** Keeps what a packet says; only this process writes to the registry. */
function record(registry: Registry, run: Run, packet: TrainPacket, known: ReadonlyMap<number, Epoch>): void {
  if (packet.kind === 'started')
    registry.updateRun(run.id, {
      device: packet.device,
      versions: { ...run.versions, tensorflow: packet.tensorflow },
      weightsSha256: packet.weightsSha256,
    });
  if (packet.kind === 'epoch') {
    if (!Number.isFinite(packet.epoch.trainLoss))
      throw new FalxError(
        'bad-run',
        `The loss of epoch ${packet.epoch.epoch} is not a number: training diverged. Train again with a smaller learning rate (--learning-rate).`,
        { why: 'runDiverged', run: run.id, epoch: packet.epoch.epoch },
      );
    // A run that goes on tells its earlier epochs again; each write waits for the disk.
    if (!isDeepStrictEqual(known.get(packet.epoch.epoch), packet.epoch))
      registry.addEpoch(run.id, packet.epoch);
    if (packet.best) registry.updateRun(run.id, { bestEpoch: packet.epoch.epoch });
  }
}

function outcome(run: Run, end: TrainEnd): Partial<Run> {
  switch (end.kind) {
    case 'done':
      return { status: end.stoppedByUser ? 'stopped' : 'done', bestEpoch: end.bestEpoch, error: null };
    case 'failed':
      return { status: 'failed', error: end.message, ...(end.facts && { errorFacts: end.facts }) };
    case 'nothing-kept':
      return {
        status: 'interrupted',
        error: `It was broken off. ${goOn(run)}`,
        errorFacts: { why: 'runBrokenOff' },
      };
    case 'died':
      return { status: 'interrupted', error: end.error.message, ...factsOf(end.error) };
  }
}

function factsOf(error: unknown): Pick<Run, 'errorFacts'> {
  const errorFacts = wordableFacts(error);
  return errorFacts ? { errorFacts } : {};
}

function goOn(run: Run): string {
  return `Resume it in the window, or with "falx train --resume ${run.id}".`;
}

function queuedRuns(registry: Registry, among?: readonly string[]): Run[] {
  return registry.queue().filter((run) => !among || among.includes(run.id));
}

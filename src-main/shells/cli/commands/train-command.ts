import path from 'node:path';
import { foldsOf } from '../../../compare/fold-comparison.ts';
import { FalxError } from '../../../contract/errors.ts';
import { NetworkName, networkNames } from '../../../contract/networks.ts';
import type { TrainPacket } from '../../../contract/packets.ts';
import type { Run } from '../../../contract/records.ts';
import type { SettingsChange } from '../../../contract/settings.ts';
import type { Registry } from '../../../registry/registry.ts';
import { type Chosen, chooseDevices, machineDevices, namedDevices } from '../../../train/choose-devices.ts';
import { DevicePool, type RunDevice } from '../../../train/device-pool.ts';
import {
  plannedSettings,
  type QueueEvent,
  queueRuns,
  requeueRuns,
  runQueue,
} from '../../../train/train-handlers.ts';
import { refusePrecision } from '../../../train/refuse-precision.ts';
import { releaseAbandonedRuns } from '../../../train/abandoned.ts';
import type { Context } from '../main.ts';
import type { Output } from '../output.ts';
import { resolveRun, resolveSet, resolveSplit } from '../resolve.ts';
import { settingsTyped, type TrainOptions } from '../train-options.ts';
import { duration, share, table } from '../text.ts';
import { withRecords } from './with-registry.ts';

/** Exit code 1 when a run failed, was interrupted or was not begun. */
export async function train(
  context: Context,
  typed: readonly string[],
  options: TrainOptions,
): Promise<number> {
  const { home, output } = context;
  return withRecords(context, async (registry) => {
    const chosen = await devicesOf(registry, options.devices);
    const devices = new DevicePool(chosen.devices, chosen.inReserve);
    const runs = options.resume
      ? requeueRuns(registry, toResume(registry, typed, options.resume))
      : await queued(registry, home, typed, options, chosen.devices);
    if (!options.resume && options.weights === undefined) sayWeights(runs, output);
    const runIds = runs.map((run) => run.id);
    const keys = listenForKeys(output);
    try {
      await runQueue({
        registry,
        home,
        runIds,
        devices,
        stop: keys.stop,
        cancel: keys.cancel,
        onEvent: reporter(output, chosen.devices.length > 1),
      });
    } finally {
      keys.close();
    }
    const ended = runIds.map((id) => registry.runs.get(id));
    output.answer({ runs: ended }, () => text(registry, ended));
    for (const { name, id, setAside } of devices.devices)
      if (setAside) output.note(`${name ?? id} was given no more runs. ${setAside.message}`);
    for (const run of ended.filter((run) => run.status === 'queued'))
      output.note(
        `${run.id} (${run.network}) is still queued: train it with "falx train --resume ${run.id}".`,
      );
    return ended.every((run) => run.status === 'done' || run.status === 'stopped') ? 0 : 1;
  });
}

/** As typed, else as the settings of this home say. */
async function devicesOf(registry: Registry, typed: string | undefined): Promise<Chosen> {
  const machine = await machineDevices();
  return typed === undefined
    ? chooseDevices(registry.preferences.get().device, machine)
    : namedDevices(typed, machine);
}

/** Split after split; all are known before anything is queued. */
async function queued(
  registry: Registry,
  home: string,
  typed: readonly string[],
  options: TrainOptions,
  devices: readonly RunDevice[],
): Promise<Run[]> {
  if (typed.length === 0) throw new FalxError('nothingToTrain', {});
  const splitIds = typed.flatMap((text) => {
    const set = resolveSet(registry, text);
    return set === null ? [resolveSplit(registry, text).id] : foldsOf(registry, set).map(({ id }) => id);
  });
  const request = { networks: networksOf(options.networks), overrides: overridesOf(options) };
  refusePrecision(await plannedSettings({ home, ...request }), devices);
  const runs: Run[] = [];
  for (const splitId of new Set(splitIds))
    runs.push(
      ...(await queueRuns({
        registry,
        home,
        splitId,
        ...request,
      })),
    );
  return runs;
}

function toResume(registry: Registry, typed: readonly string[], resume: true | string[]): string[] {
  if (typed.length > 0) throw new FalxError('splitOrResume', { typed: typed[0]! });
  if (resume !== true) return resume.map((text) => resolveRun(registry, text).id);
  releaseAbandonedRuns(registry);
  const ids = registry.runs
    .list()
    .filter((run) => run.status === 'interrupted' || run.status === 'queued')
    .map((run) => run.id);
  if (ids.length === 0) throw new FalxError('nothingToResume', {});
  return ids;
}

function networksOf(typed: string | undefined): NetworkName[] | undefined {
  if (typed === undefined) return undefined;
  return [...new Set(typed.split(',').map((name) => name.trim().toLowerCase()))].map((name) => {
    const network = NetworkName.safeParse(name);
    if (network.success) return network.data;
    throw new FalxError('networkUnknown', { typed: name, networks: networkNames });
  });
}

function overridesOf(options: TrainOptions): SettingsChange {
  const { weights, ...settings } = settingsTyped(options);
  return { ...settings, ...(weights === undefined ? {} : { weights: weightsPath(weights) }) };
}

function weightsPath(typed: string): string {
  return typed === 'imagenet' || typed === 'none' ? typed : path.resolve(typed);
}

/** Says which weights each run starts from where nobody chose them. */
function sayWeights(runs: readonly Run[], output: Output): void {
  for (const { id, network, settings } of runs)
    output.note(
      settings.weights === 'none'
        ? `${id}  No ImageNet weights are stored for ${network}: it is trained from scratch. "falx weights" says how to get them.`
        : `${id}  ${network} is fine-tuned from the stored ImageNet weights.`,
    );
}

/** Milliseconds within which two interrupts are one press of Ctrl-C. */
const SAME_PRESS = 300;

/** First Ctrl-C: stop and keep the best epoch. Second, or an order to end: break off. */
function listenForKeys(output: Output) {
  const stop = new AbortController();
  const cancel = new AbortController();
  let pressed = 0;
  const interrupt = () => {
    // One press can arrive twice: from the terminal, and from a launcher that hands signals on.
    const again = Date.now() - pressed > SAME_PRESS;
    pressed = Date.now();
    if (stop.signal.aborted) return again ? terminate() : undefined;
    output.note('Stopping after this step and keeping the best epoch. Press Ctrl-C again to break off.');
    stop.abort();
  };
  const terminate = () => {
    output.note('Breaking off.');
    cancel.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', terminate).on('SIGHUP', terminate);
  return {
    stop: stop.signal,
    cancel: cancel.signal,
    close: () => process.off('SIGINT', interrupt).off('SIGTERM', terminate).off('SIGHUP', terminate),
  };
}

/** Tells how the runs get on: each as it is, or side by side where there are several devices. */
function reporter(output: Output, several: boolean): (event: QueueEvent) => void {
  const beside = new Map<string, string>();
  const names = new Map<string, string | null>();
  const show = ({ id, network }: Run, state: string, short: string, after = '') => {
    if (!several) return output.progress.show(`${network}  ${state}`);
    beside.set(id, `${network} ${short}`);
    output.progress.show(`${[...beside.values()].join('  ·  ')}${after}`);
  };
  return (event) => {
    const { run } = event;
    switch (event.kind) {
      case 'claimed':
        names.set(run.id, event.device.kind === 'gpu' ? event.device.name : null);
        return show(run, `${run.id} (${event.position}/${event.total})`, 'begins');
      case 'starting':
        return show(run, `starting ${run.id}`, 'starting');
      case 'pixels': {
        const of = `${event.done}/${event.total}`;
        return show(run, `reading images ${of}`, `reading images ${of}`);
      }
      case 'ended':
        beside.delete(run.id);
        return output.note(`${run.id}  ${run.network}: ${run.status}${run.error ? `. ${run.error}` : ''}`);
      case 'packet':
        if (event.packet.kind !== 'progress')
          return reportPacket(run, event.packet, names.get(run.id) ?? null, output);
        return show(run, ...progressText(event.packet, event.queueSecondsLeft));
    }
  };
}

type Progress = Extract<TrainPacket, { kind: 'progress' }>;

/** Of one run alone, of one among several, and of the queue after these. */
function progressText(packet: Progress, queueSecondsLeft: number | null): [string, string, string] {
  const { epoch, epochs, step, steps, loss, imagesPerSecond, secondsLeft } = packet;
  const queue = queueSecondsLeft !== null && queueSecondsLeft > secondsLeft + 1;
  const alone =
    `epoch ${epoch}/${epochs}  step ${step}/${steps}  loss ${loss.toFixed(4)}  ${imagesPerSecond.toFixed(1)} images/s  ` +
    `${duration(secondsLeft)} left${queue ? `, ${duration(queueSecondsLeft)} in all` : ''}`;
  const among = `${epoch}/${epochs} ${Math.round((100 * step) / steps)} %`;
  return [alone, among, queueSecondsLeft === null ? '' : `   ${duration(queueSecondsLeft)} left in all`];
}

function reportPacket(
  run: Run,
  packet: Exclude<TrainPacket, Progress>,
  gpu: string | null,
  output: Output,
): void {
  if (packet.kind === 'started')
    output.note(
      `${run.id}  ${run.network} on ${packet.device === 'GPU' ? (gpu ?? 'GPU') : packet.device}, ${packet.trainableParameters} of ${packet.parameters} parameters trained`,
    );
  if (packet.kind === 'warning') output.note(`${run.id}  ${packet.message}`);
  if (packet.kind === 'epoch') {
    const { epoch } = packet;
    const validation =
      epoch.validationLoss === null
        ? ''
        : `  validation loss ${epoch.validationLoss.toFixed(4)} accuracy ${share(epoch.validationAccuracy)}`;
    output.note(
      `${run.id}  epoch ${epoch.epoch}/${run.settings.epochs} (${epoch.phase})  loss ${epoch.trainLoss.toFixed(4)} accuracy ` +
        `${share(epoch.trainAccuracy)}${validation}  ${epoch.imagesPerSecond.toFixed(1)} images/s${packet.best ? '  best' : ''}`,
    );
  }
}

function text(registry: Registry, runs: readonly Run[]): string {
  const folds = new Map(runs.map(({ splitId }) => [splitId, registry.splits.get(splitId).fold]));
  const several = folds.size > 1;
  const sets = new Set([...folds.values()].map((fold) => fold?.set));
  const rows = table(
    ['run', ...(several ? ['split', 'fold'] : []), 'network', 'status', 'best epoch', 'validation accuracy'],
    runs.map((run) => {
      const best = registry.epochs.list(run.id).find((epoch) => epoch.epoch === run.bestEpoch);
      const fold = folds.get(run.splitId);
      return [
        run.id,
        ...(several ? [run.splitId, fold ? `${fold.index + 1} of ${fold.of}` : null] : []),
        run.network,
        run.status,
        run.bestEpoch === null ? null : `${run.bestEpoch} of ${run.settings.epochs}`,
        best ? share(best.validationAccuracy) : null,
      ];
    }),
  );
  const [set] = sets;
  return several && sets.size === 1 && set ? `${rows}\nNext: falx compare ${set}` : rows;
}

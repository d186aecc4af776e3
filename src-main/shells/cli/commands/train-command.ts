import path from 'node:path';
import { foldsOf } from '../../../compare/fold-comparison.ts';
import { FalxError, messageOfWorded } from '../../../contract/errors.ts';
import { message, type ParametersOf } from '../../../contract/messages/catalogue.ts';
import { NetworkName, networkNames } from '../../../contract/networks.ts';
import type { TrainPacket } from '../../../contract/packets.ts';
import type { Run } from '../../../contract/records.ts';
import type { SettingsChange } from '../../../contract/settings.ts';
import { usualShares } from '../../../contract/studies.ts';
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
import type { Output, Speech } from '../output.ts';
import { resolveRun, resolveSet, resolveSplit } from '../resolve.ts';
import { settingsTyped, type TrainOptions } from '../train-options.ts';
import { duration, share, table } from '../text.ts';
import { withRecords } from './with-registry.ts';

/** Exit code 1 if a run failed, was interrupted or did not start. */
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
    output.answer({ runs: ended }, () => text(registry, ended, output));
    for (const { name, id, setAside } of devices.devices)
      if (setAside) {
        const reason = output.words(messageOfWorded(setAside));
        output.note(output.say('deviceSetAside', { name: name ?? id, reason }));
      }
    for (const run of ended.filter((run) => run.status === 'queued'))
      output.note(output.say('runStillQueued', { run: run.id, network: run.network }));
    return ended.every((run) => run.status === 'done' || run.status === 'stopped') ? 0 : 1;
  });
}

/** As typed, otherwise by the settings of this home. */
async function devicesOf(registry: Registry, typed: string | undefined): Promise<Chosen> {
  const machine = await machineDevices();
  return typed === undefined
    ? chooseDevices(registry.preferences.get().device, machine)
    : namedDevices(typed, machine);
}

/** Split after split; all are resolved before anything is queued. */
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
  const shares = sharesOf(options);
  const runs: Run[] = [];
  for (const splitId of new Set(splitIds))
    runs.push(
      ...(await queueRuns({
        registry,
        home,
        splitId,
        ...request,
        repeat: options.repeat,
        shares,
      })),
    );
  return runs;
}

/** Percentages of the training set as typed, `10,25,50,100`. @throws FalxError `bad-usage`. */
export function sharesOf({
  learningCurve,
  trainShare,
}: {
  learningCurve?: true | string;
  trainShare?: unknown;
}): number[] | undefined {
  if (learningCurve === undefined) return undefined;
  if (trainShare !== undefined) throw new FalxError('learningCurveShare', {});
  if (learningCurve === true) return usualShares;
  const percents = learningCurve
    .split(',')
    .map((typed) => (typed.trim() === '' ? Number.NaN : Number(typed)));
  const shares = [...new Set(percents)].map((percent) => percent / 100).sort((a, b) => a - b);
  if (shares.length < 2 || !shares.every((share) => share >= 0.01 && share <= 1))
    throw new FalxError('learningCurvePercents', { typed: learningCurve });
  return shares;
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

/** Reports the starting weights of each run if the user did not choose them. */
function sayWeights(runs: readonly Run[], output: Output): void {
  for (const { id, network, settings } of runs)
    output.note(
      output.say(settings.weights === 'none' ? 'startsFromScratch' : 'startsFineTuning', {
        run: id,
        network,
      }),
    );
}

/** Milliseconds within which two interrupts count as one press of Ctrl-C. */
const SAME_PRESS = 300;

/** First Ctrl-C: stop and keep the best epoch. Second, or a signal to end: interrupt. */
function listenForKeys(output: Output) {
  const stop = new AbortController();
  const cancel = new AbortController();
  let pressed = 0;
  const interrupt = () => {
    // One press can arrive twice: from the terminal, and from a launcher that forwards signals.
    const again = Date.now() - pressed > SAME_PRESS;
    pressed = Date.now();
    if (stop.signal.aborted) return again ? terminate() : undefined;
    output.note(output.say('stopsAfterStep', {}));
    stop.abort();
  };
  const terminate = () => {
    output.note(output.say('breaksOff', {}));
    cancel.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', terminate).on('SIGHUP', terminate);
  return {
    stop: stop.signal,
    cancel: cancel.signal,
    close: () => process.off('SIGINT', interrupt).off('SIGTERM', terminate).off('SIGHUP', terminate),
  };
}

/** Reports the progress of runs: one by one, or side by side if there are several devices. */
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
        return show(run, `${run.id} (${event.position}/${event.total})`, output.say('progressBegins', {}));
      case 'starting':
        return show(
          run,
          output.say('progressStarting', { run: run.id }),
          output.say('progressStarting', { run: 'none' }),
        );
      case 'pixels': {
        const { done, total } = event;
        const read = output.say('progressPixels', { done, total });
        return show(run, read, read);
      }
      case 'ended':
        beside.delete(run.id);
        return output.note(
          output.say('runEnded', {
            run: run.id,
            network: run.network,
            status: message('runStatus', { status: run.status }),
            reason: run.error
              ? output.words(messageOfWorded({ message: run.error, facts: run.errorFacts ?? null }))
              : 'none',
          }),
        );
      case 'packet':
        if (event.packet.kind !== 'progress')
          return reportPacket(run, event.packet, names.get(run.id) ?? null, output);
        return show(run, ...progressText(event.packet, event.queueSecondsLeft, output.say));
    }
  };
}

type Progress = Extract<TrainPacket, { kind: 'progress' }>;

/** For a single run, one of several, and the queue after these. */
function progressText(
  packet: Progress,
  queueSecondsLeft: number | null,
  say: Speech['say'],
): [string, string, string] {
  const { epoch, epochs, step, steps, loss, imagesPerSecond, secondsLeft } = packet;
  const queue = queueSecondsLeft !== null && queueSecondsLeft > secondsLeft + 1;
  const alone = say('progressTraining', {
    epoch: String(epoch),
    epochs: String(epochs),
    step: String(step),
    steps: String(steps),
    loss: loss.toFixed(4),
    rate: imagesPerSecond.toFixed(1),
    left: duration(secondsLeft),
    all: queue ? duration(queueSecondsLeft) : 'none',
  });
  const among = `${epoch}/${epochs} ${Math.round((100 * step) / steps)} %`;
  return [
    alone,
    among,
    queueSecondsLeft === null ? '' : `   ${say('progressLeftInAll', { left: duration(queueSecondsLeft) })}`,
  ];
}

function reportPacket(
  run: Run,
  packet: Exclude<TrainPacket, Progress>,
  gpu: string | null,
  output: Output,
): void {
  if (packet.kind === 'started')
    output.note(
      output.say('trainingStarted', {
        run: run.id,
        network: run.network,
        device: packet.device === 'GPU' ? (gpu ?? 'GPU') : packet.device,
        trainable: String(packet.trainableParameters),
        parameters: String(packet.parameters),
      }),
    );
  if (packet.kind === 'warning')
    output.note(
      `${run.id}  ${output.words(messageOfWorded({ message: packet.message, facts: packet.facts ?? null }))}`,
    );
  if (packet.kind === 'epoch') {
    const { epoch } = packet;
    output.note(
      output.say('epochEnded', {
        run: run.id,
        epoch: String(epoch.epoch),
        epochs: String(run.settings.epochs),
        phase: message('phaseName', { phase: epoch.phase }),
        loss: epoch.trainLoss.toFixed(4),
        accuracy: share(epoch.trainAccuracy),
        validationLoss: epoch.validationLoss?.toFixed(4) ?? 'none',
        validationAccuracy: share(epoch.validationAccuracy),
        rate: epoch.imagesPerSecond.toFixed(1),
        best: packet.best ? 'yes' : 'no',
      }),
    );
  }
}

function text(registry: Registry, runs: readonly Run[], { say }: Speech): string {
  const titles = (...all: ParametersOf<'heading'>['of'][]) => all.map((of) => say('heading', { of }));
  const folds = new Map(runs.map(({ splitId }) => [splitId, registry.splits.get(splitId).fold]));
  const several = folds.size > 1;
  const sets = new Set([...folds.values()].map((fold) => fold?.set));
  const rows = table(
    titles(
      'run',
      ...(several ? (['split', 'fold'] as const) : []),
      'network',
      'status',
      'bestEpoch',
      'validationAccuracy',
    ),
    runs.map((run) => {
      const best = registry.epochs.list(run.id).find((epoch) => epoch.epoch === run.bestEpoch);
      const fold = folds.get(run.splitId);
      return [
        run.id,
        ...(several
          ? [run.splitId, fold ? say('fraction', { number: fold.index + 1, of: fold.of }) : null]
          : []),
        run.network,
        say('runStatus', { status: run.status }),
        run.bestEpoch === null ? null : say('fraction', { number: run.bestEpoch, of: run.settings.epochs }),
        best ? share(best.validationAccuracy) : null,
      ];
    }),
  );
  const [set] = sets;
  return several && sets.size === 1 && set
    ? `${rows}\n${say('next', { command: `falx compare ${set}` })}`
    : rows;
}

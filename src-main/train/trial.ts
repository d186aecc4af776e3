import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FalxError, recreatedError } from '../contract/errors.ts';
import { networkTitle } from '../contract/networks.ts';
import type { TrainingSettings } from '../contract/settings.ts';
import type { TrialEstimate } from '../contract/views.ts';
import { findPixelFile } from '../images/cache.ts';
import type { Registry } from '../registry/registry.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';
import { type Watch, watchWorker, workerHung } from '../tensorflow/watchdog.ts';
import { startWorker, unexpectedEnd } from '../tensorflow/worker-process.ts';
import { weightsFileOf } from './choose-weights.ts';
import { dataOf } from './plan.ts';
import { batchThatFits } from './trial-memory.ts';
import type { TrialPacket, TrialPlan } from './trial-plan.ts';

export type TrialOptions = {
  registry: Registry;
  home: string;
  splitId: string;
  settings: TrainingSettings;
  device?: DeviceChoice | undefined;
  signal?: AbortSignal | undefined;
  onStep?: (step: number) => void;
  watch?: Watch | undefined;
};

/**
 * Builds a run's graph in a worker, trains it for three steps, and estimates the run's time and memory. Leaves nothing behind.
 * @throws FalxError `cancelled`, `out-of-memory`, `weights-missing` or whatever else would have ended the run.
 */
export async function tryRun(options: TrialOptions): Promise<TrialEstimate> {
  const { registry, home, splitId, settings } = options;
  const { dataset, images, parts } = dataOf(registry, splitId);
  const file = await findPixelFile(dataset, images, settings.pixels, home);
  const folder = await mkdtemp(path.join(tmpdir(), 'falx-trial-'));
  try {
    const weightsFile = await weightsFileOf(home, settings);
    const trains = () => registry.runs.list({ status: 'running', removed: 'any' }).length > 0;
    let besideTraining = trains();
    const pixels = file && parts.train.rows.length > 0 ? { file, rows: parts.train.rows } : null;
    const onStep = (step: number) => {
      besideTraining ||= trains();
      options.onStep?.(step);
    };
    const measured = await measure({ folder, settings, weightsFile, pixels }, { ...options, onStep });
    const batches = (part: 'train' | 'validation') => Math.ceil(parts[part].rows.length / settings.batchSize);
    const secondsPerEpoch =
      batches('train') * measured.secondsPerStep + batches('validation') * measured.secondsPerBatch;
    return {
      network: settings.network,
      secondsPerStep: measured.secondsPerStep,
      secondsToStart: measured.secondsToStart,
      secondsInAll: measured.secondsToStart + settings.epochs * secondsPerEpoch,
      memoryOf: measured.memory.of,
      peakBytes: measured.memory.peak,
      freeBytes: measured.memory.free,
      batchThatFits: batchThatFits(measured.memory, settings.batchSize),
      device: measured.device,
      besideTraining: besideTraining || trains(),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Measured = Extract<TrialPacket, { kind: 'measured' }>;

async function measure(
  plan: TrialPlan,
  { home, device, signal, onStep, watch }: TrialOptions,
): Promise<Measured> {
  const log = path.join(home, 'logs', `trial-${plan.settings.network}.log`);
  let last: Exclude<TrialPacket, { kind: 'step' }> | undefined;
  if (signal?.aborted) throw cancelled(plan);
  const worker = startWorker<TrialPacket>({
    module: new URL('./trial-worker.ts', import.meta.url),
    log,
    logMode: 'w',
    device,
    numbers: plan.settings,
    onMessage: (packet) => {
      if (packet.kind === 'step') onStep?.(packet.step);
      else last = packet;
    },
  });
  let hung: FalxError | undefined;
  const work = { work: 'trying', of: networkTitle(plan.settings.network), log } as const;
  const unwatch = watchWorker(
    worker.pid,
    () => 'work',
    (how) => {
      hung = workerHung(work, how);
      worker.kill();
    },
    watch,
  );
  const breakOff = () => worker.kill(); // it has nothing to clean up
  signal?.addEventListener('abort', breakOff, { once: true });
  try {
    worker.send(plan);
    const gone = await worker.gone;
    if (signal?.aborted) throw cancelled(plan);
    if (last?.kind === 'measured') return last;
    if (last) throw recreatedError({ ...last, facts: { ...last.facts, network: plan.settings.network } });
    throw hung ?? unexpectedEnd(gone, work);
  } finally {
    unwatch();
    signal?.removeEventListener('abort', breakOff);
  }
}

function cancelled({ settings }: TrialPlan): FalxError {
  return new FalxError('trialCancelled', { network: settings.network });
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FalxError } from '../contract/errors.ts';
import { findRuntime, installation, type PassedOver, type Runtime } from '../system/installation.ts';
import type { DeviceChoice } from './environment.ts';
import { gpuFacts, type GpuFacts, isGpuThere } from './gpu-facts.ts';
import { type GpuReason, whyNoGpu, whyPassedOver, wrongWithMachine } from './gpu-reasons.ts';
import type { ProbeMessage, ProbeQuestion } from './probe.ts';
import { notLoaded } from './runtime.ts';
import { usualWatch, type Watch, watchWorker } from './watchdog.ts';
import { startWorker, unexpectedEnd, type WorkerEnd } from './worker-process.ts';

type Here = Extract<ProbeMessage, { kind: 'here' }>;
type WorkerReport = Exclude<ProbeMessage, Here>;

/** The result of loading TensorFlow in a worker. */
export type Probe = {
  runtime: Runtime | null;
  passedOver: PassedOver | null;
  /** The worker's report on itself; null if none could be started, or it could not read the request. */
  here: Here | null;
  loaded: Extract<ProbeMessage, { kind: 'loaded' }> | null;
  /** TensorFlow's output. */
  log: string;
  /** It crashed, but not with all GPUs hidden; `loaded` is its report from the latter. */
  crashed: boolean;
  /** Why it can't be loaded. */
  error: FalxError | null;
};

/** How long a worker may take to report its start, milliseconds; loading TensorFlow comes after that. */
const START_WITHIN = 5 * 60_000;

/**
 * Loads TensorFlow in a process of its own, as a training would, and reports the result.
 * @param module of the worker. @param trial a TensorFlow that is not in use yet.
 * @param watch loading from a slow disk may take long: only a stopped worker is given up soon.
 */
export async function probeTensorflow(
  module = new URL('./probe.ts', import.meta.url),
  trial?: Runtime,
  watch: Watch = { ...usualWatch, idle: Infinity },
): Promise<Probe> {
  const nothing = { runtime: null, passedOver: null, here: null, loaded: null, log: '', crashed: false };
  let found: Runtime;
  let passedOver: PassedOver | null;
  try {
    ({ runtime: found, passedOver } = trial ? { runtime: trial, passedOver: null } : findRuntime());
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    return { ...nothing, error };
  }
  let first: Loaded;
  try {
    first = await load(module, 'auto', trial, watch);
  } catch (error) {
    // No process could be started.
    if (!(error instanceof FalxError)) throw error;
    return { ...nothing, runtime: found, passedOver, error: notAnswered(found, 'other', error.message) };
  }
  const { here, said, end, log } = first;
  const told = { runtime: found, passedOver, here, log };
  if (first.stopped) {
    return { ...told, loaded: null, crashed: false, error: notAnswered(found, 'stopped', '') };
  }
  if (!here) return { ...told, loaded: null, crashed: false, error: notAnswered(found, 'other', log) };
  if (said?.kind === 'loaded') return { ...told, loaded: said, crashed: false, error: null };
  // A broken driver may crash the process.
  if (!said && end.signal !== 'SIGILL' && found.tensorflow.build === 'gpu') {
    const { said: second } = await load(module, 'cpu', trial, watch);
    if (second?.kind === 'loaded') return { ...told, loaded: second, crashed: true, error: null };
  }
  const error = said ? notLoaded(found, said.reason) : died(found, first);
  return { ...told, loaded: null, crashed: false, error };
}

type Loaded = {
  /** Only if it echoed what it was sent, to the last bit. */
  here: Here | null;
  said: WorkerReport | null;
  end: WorkerEnd;
  /** Memory ran out. */
  memory: boolean;
  /** Stopped from outside, and therefore ended. */
  stopped: boolean;
  log: string;
};

async function load(
  module: URL,
  device: DeviceChoice,
  trial: Runtime | undefined,
  watch: Watch,
): Promise<Loaded> {
  // Not in the home folder, which may be the problem.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'falx-doctor-'));
  const log = path.join(folder, 'tensorflow.log');
  const question = { kind: 'load', sample: sample() } satisfies ProbeQuestion;
  const told: { here: Here | null; said: WorkerReport | null } = { here: null, said: null };
  let waiting: NodeJS.Timeout | undefined;
  let unwatch: (() => void) | undefined;
  let stopped = false;
  try {
    const worker = startWorker<ProbeMessage>({
      module,
      log,
      logMode: 'w',
      device,
      trial,
      onMessage: (message) => {
        if (message.kind !== 'here') told.said = message;
        else if (isDeepStrictEqual(message.heard, question.sample)) {
          clearTimeout(waiting);
          told.here = message;
        } else worker.kill();
      },
    });
    waiting = setTimeout(() => worker.kill(), START_WITHIN);
    unwatch = watchWorker(
      worker.pid,
      () => 'work',
      () => {
        stopped = true;
        worker.kill();
      },
      watch,
    );
    worker.send(question);
    const end = await worker.gone;
    const memory = unexpectedEnd(end, { work: 'loading', of: 'none', log }).code === 'out-of-memory';
    return { ...told, end, memory, stopped, log: readFileSync(log, 'utf8') };
  } finally {
    unwatch?.();
    clearTimeout(waiting);
    rmSync(folder, { recursive: true });
  }
}

/** What training and predicting send: text, numbers that JSON lacks, and more pixels than a pipe can hold. */
const sample = () => ({
  text: 'Falx 뇌 𝒳',
  losses: [0.1, Number.NaN, Infinity, -0],
  missing: undefined,
  probabilities: Float32Array.of(0.25, Number.NaN),
  pixels: Uint8Array.from({ length: 300_001 }, (_, i) => i),
});

/** Without an answer, each training and prediction would end at once. */
function notAnswered({ node }: Runtime, how: 'stopped' | 'other', printed: string): FalxError {
  const lines = printed.trim().split('\n');
  // Node's message for an uncaught error, otherwise the last lines.
  const text = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.slice(-3).join(' ');
  const detail = text === '' ? undefined : { from: 'Node.js', text };
  return new FalxError('workersAnswer', { installation: installation.kind, node, how, detail });
}

function died(found: Runtime, { end, memory, log }: Loaded): FalxError {
  if (end.signal === 'SIGILL') return new FalxError('processorNoAvx', {});
  if (memory) return new FalxError('loadMemory', {});
  // The log is deleted with its folder: the error quotes it.
  const last = log.trim().split('\n').slice(-3).join(' ');
  return notLoaded(found, `${end.signal ?? `code ${end.code}`}${last && `, ${last}`}`);
}

/**
 * Why a process that might have used a GPU uses none; null if there is none to use.
 * @param facts of this machine, if known already.
 */
export async function whyOnProcessor(facts?: GpuFacts): Promise<GpuReason | null> {
  const found = facts ?? (await gpuFacts());
  if (!isGpuThere(found)) return null;
  return wrongWithMachine(found) ?? reasonOf(found, await probeTensorflow());
}

/** Why TensorFlow uses no GPU, from the result of loading it; null if it uses one, or was not loaded at all. */
export function reasonOf(
  facts: GpuFacts,
  { runtime, passedOver, loaded, log, crashed }: Probe,
): GpuReason | null {
  if (!loaded || !runtime || loaded.usesGpu) return null;
  if (passedOver) return wrongWithMachine(facts) ?? whyPassedOver(passedOver);
  return whyNoGpu(facts, { build: runtime.tensorflow.build, from: runtime.from, log, crashed });
}

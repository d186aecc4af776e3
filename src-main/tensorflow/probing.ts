import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { findRuntime, type PassedOver, type Runtime } from '../system/installation.ts';
import type { DeviceChoice } from './environment.ts';
import { gpuFacts, type GpuFacts, isGpuThere } from './gpu-facts.ts';
import { type GpuReason, whyNoGpu, wrongWithMachine } from './gpu-reasons.ts';
import type { ProbeMessage } from './probe.ts';
import { notLoaded } from './runtime.ts';
import { startWorker, unexpectedEnd, type WorkerEnd } from './worker-process.ts';

/** What came of loading TensorFlow in a worker. */
export type Probe = {
  runtime: Runtime | null;
  passedOver: PassedOver | null;
  loaded: Extract<ProbeMessage, { kind: 'loaded' }> | null;
  /** What TensorFlow printed. */
  log: string;
  /** It ended the process, and did not with all GPUs hidden; `loaded` is what it said then. */
  crashed: boolean;
  /** Why it can't be loaded. */
  error: FalxError | null;
};

/** Loads TensorFlow in a process of its own, as a training would, and says what came of it. */
export async function probeTensorflow(): Promise<Probe> {
  let found: Runtime;
  let passedOver: PassedOver | null;
  try {
    ({ runtime: found, passedOver } = findRuntime());
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    return { runtime: null, passedOver: null, loaded: null, log: '', crashed: false, error };
  }
  const first = await load('auto');
  const { said, end, log } = first;
  const told = { runtime: found, passedOver, log };
  if (said?.kind === 'loaded') return { ...told, loaded: said, crashed: false, error: null };
  // A driver that is broken may take the process down with it.
  if (!said && end.signal !== 'SIGILL' && found.tensorflow.build === 'gpu') {
    const { said: second } = await load('cpu');
    if (second?.kind === 'loaded') return { ...told, loaded: second, crashed: true, error: null };
  }
  const error = said ? notLoaded(found, said.reason) : died(found, first);
  return { ...told, loaded: null, crashed: false, error };
}

type Loaded = {
  said: ProbeMessage | undefined;
  end: WorkerEnd;
  /** Memory ran out. */
  memory: boolean;
  log: string;
};

async function load(device: DeviceChoice): Promise<Loaded> {
  // Not in the home folder, which may be what is wrong.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'falx-doctor-'));
  const log = path.join(folder, 'tensorflow.log');
  try {
    let said: ProbeMessage | undefined;
    const worker = startWorker<ProbeMessage>({
      module: new URL('./probe.ts', import.meta.url),
      log,
      logMode: 'w',
      device,
      onMessage: (message) => {
        said = message;
      },
    });
    const end = await worker.gone;
    const memory = unexpectedEnd(end, 'loading TensorFlow', log, '').code === 'out-of-memory';
    return { said, end, memory, log: readFileSync(log, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function died(found: Runtime, { end, memory, log }: Loaded): FalxError {
  if (end.signal === 'SIGILL')
    return new FalxError(
      'tensorflow-missing',
      'TensorFlow needs a processor with AVX instructions, which this one lacks. Use Falx on another machine.',
      { why: 'processorNoAvx' },
    );
  if (memory)
    return new FalxError(
      'out-of-memory',
      'There is not enough memory to load TensorFlow. Close other programs and try again.',
      { why: 'loadMemory' },
    );
  // The log is gone with its folder: what it held is said here.
  const last = log.trim().split('\n').slice(-3).join(' ');
  return notLoaded(found, `${end.signal ?? `code ${end.code}`}${last && `, ${last}`}`);
}

/**
 * Why a process that might have used a GPU uses none; null where there is none to use.
 * @param facts of this machine, where they are known already.
 */
export async function whyOnProcessor(facts?: GpuFacts): Promise<GpuReason | null> {
  const found = facts ?? (await gpuFacts());
  if (!isGpuThere(found)) return null;
  return wrongWithMachine(found) ?? reasonOf(found, await probeTensorflow());
}

/** Why TensorFlow uses no GPU, by what came of loading it; null where it uses one, or was not loaded at all. */
export function reasonOf(facts: GpuFacts, { runtime, loaded, log, crashed }: Probe): GpuReason | null {
  if (!loaded || !runtime || loaded.usesGpu) return null;
  return whyNoGpu(facts, { build: runtime.tensorflow.build, from: runtime.from, log, crashed });
}

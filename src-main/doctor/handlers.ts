import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Checkup, Device, WeightsFound } from '../contract/checkup.ts';
import { FalxError, wordableFacts } from '../contract/errors.ts';
import { networkNames } from '../contract/networks.ts';
import { listWeights, type StoredWeights } from '../networks/weights/store.ts';
import { findRuntime, type PassedOver, type Runtime } from '../system/installation.ts';
import { notLoaded } from '../tensorflow/runtime.ts';
import type { ProbeMessage } from '../tensorflow/probe.ts';
import { startWorker, unexpectedEnd } from '../tensorflow/worker-process.ts';
import { falxVersion } from '../version.ts';
import { cpu, type Cpu } from './cpu.ts';
import { gpuFacts, whyNoGpu } from './gpu.ts';

/** Looks at all that Falx stands on, and changes nothing. */
export async function examine(home: string): Promise<Checkup> {
  const probe = await probeTensorflow();
  const place = await homeFacts(home);
  const processor = cpu();
  const { weights, problem } = await weightsFacts(home);
  const told = [
    ...(probe.error === null ? [] : [{ message: probe.error, facts: probe.facts }]),
    ...(probe.passedOver === null ? [] : [unusedSupport(probe.passedOver)]),
    ...(problem === null ? [] : [problem]),
    ...(place.writable ? [] : [notWritable(home)]),
  ];
  return {
    falx: falxVersion(),
    node: { version: process.versions.node, file: process.execPath },
    tensorflow: {
      version: probe.loaded?.version ?? null,
      build: probe.runtime?.tensorflow.build ?? null,
      folder: probe.runtime?.tensorflow.folder ?? null,
      error: probe.error,
    },
    devices: devices(probe, processor),
    cpu: processor,
    home: place,
    weights,
    problems: told.map(({ message }) => message),
    told,
  };
}

type Told = Checkup['told'][number];

const notWritable = (home: string): Told => ({
  message: `The home folder ${home} can't be written. Choose another with --home or FALX_HOME.`,
  facts: { why: 'homeNotWritten', folder: home },
});

const unusedSupport = ({ folder, reason }: PassedOver): Told => ({
  message: `The GPU support in ${folder} is not used: ${reason}. Remove it and add it again (falx gpu remove, falx gpu install).`,
  facts: { why: 'runtimePassedOver', folder, reason },
});

type Probe = {
  runtime: Runtime | null;
  passedOver: PassedOver | null;
  loaded: Extract<ProbeMessage, { kind: 'loaded' }> | null;
  /** What TensorFlow printed. */
  log: string;
  error: string | null;
  facts: Told['facts'];
};

async function probeTensorflow(): Promise<Probe> {
  let found: Runtime;
  let passedOver: PassedOver | null;
  try {
    ({ runtime: found, passedOver } = findRuntime());
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    const facts = wordableFacts(error);
    return { runtime: null, passedOver: null, loaded: null, log: '', error: error.message, facts };
  }
  // Not in the home folder, which may be what is wrong.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'falx-doctor-'));
  const log = path.join(folder, 'tensorflow.log');
  try {
    let said: ProbeMessage | undefined;
    const worker = startWorker<ProbeMessage>({
      module: new URL('../tensorflow/probe.ts', import.meta.url),
      log,
      logMode: 'w',
      onMessage: (message) => {
        said = message;
      },
    });
    const end = await worker.gone;
    const printed = readFileSync(log, 'utf8');
    if (said?.kind === 'loaded')
      return { runtime: found, passedOver, loaded: said, log: printed, error: null, facts: null };
    const error = said ? notLoaded(found, said.reason) : died(found, end, log, printed);
    const facts = wordableFacts(error);
    return { runtime: found, passedOver, loaded: null, log: printed, error: error.message, facts };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function died(
  found: Runtime,
  end: Parameters<typeof unexpectedEnd>[0],
  log: string,
  printed: string,
): FalxError {
  if (end.signal === 'SIGILL')
    return new FalxError(
      'tensorflow-missing',
      'TensorFlow needs a processor with AVX instructions, which this one lacks. Use Falx on another machine.',
      { why: 'processorNoAvx' },
    );
  const error = unexpectedEnd(end, 'loading TensorFlow', log, 'Close other programs and try again.');
  if (error.code === 'out-of-memory')
    return new FalxError(
      'out-of-memory',
      'There is not enough memory to load TensorFlow. Close other programs and try again.',
      { why: 'loadMemory' },
    );
  // The log is gone with its folder in a moment: what it held is said here.
  const last = printed.trim().split('\n').slice(-3).join(' ');
  return notLoaded(found, `${end.signal ?? `code ${end.code}`}${last && `, ${last}`}`);
}

function devices({ runtime, loaded, log }: Probe, processor: Cpu): Device[] {
  const onGpu = loaded?.usesGpu === true;
  const facts = gpuFacts();
  const unloaded = {
    reason: 'TensorFlow is not loaded, so no device can be used.',
    facts: { why: 'deviceNoTensorflow' },
  };
  const unused = loaded && runtime ? whyNoGpu(facts, runtime.tensorflow.build, log) : unloaded;
  const used = { reason: null, facts: null };
  const names = facts.names.length > 0 ? facts.names : [onGpu ? 'GPU' : 'none'];
  return [
    {
      kind: 'cpu',
      name: `${processor.model}, ${processor.cores} cores`,
      used: loaded !== null && !onGpu,
      ...(onGpu
        ? { reason: 'The GPU is used instead.', facts: { why: 'deviceGpuInstead' } }
        : loaded
          ? used
          : unloaded),
    },
    ...names.map((name): Device => ({ kind: 'gpu', name, used: onGpu, ...(onGpu ? used : unused) })),
  ];
}

async function weightsFacts(home: string): Promise<{ weights: WeightsFound[]; problem: Told | null }> {
  const [stored, problem] = await listWeights(home).then(
    (list) => [list, null] as const,
    (error: unknown) => {
      if (!(error instanceof FalxError)) throw error;
      return [[], { message: error.message, facts: wordableFacts(error) }] as const;
    },
  );
  const lost = stored.find((record) => !record.intact);
  const damaged = lost && {
    message: `The weight file ${lost.file} has gone or is damaged. Add it again with "falx weights add FILE".`,
    facts: { why: 'weightsGone', network: lost.network, file: lost.file },
  };
  return {
    weights: networkNames.map((network) => found(network, stored)),
    problem: problem ?? damaged ?? null,
  };
}

/**
 * The stored weights, one entry a network.
 * @throws FalxError `unreadable-file` when a record of them is damaged.
 */
export async function weightsFound(home: string): Promise<WeightsFound[]> {
  const stored = await listWeights(home);
  return networkNames.map((network) => found(network, stored));
}

function found(network: WeightsFound['network'], stored: readonly StoredWeights[]): WeightsFound {
  const record = stored.find((each) => each.network === network && each.intact);
  return {
    network,
    present: record !== undefined,
    file: record?.file ?? null,
    sha256: record?.sha256 ?? null,
    batchNormFolded: record?.batchNormFolded ?? null,
  };
}

async function homeFacts(home: string): Promise<Checkup['home']> {
  let folder = home;
  while (!existsSync(folder) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return { folder: home, exists: folder === home, writable: isWritable(folder), freeBytes: bavail * bsize };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false; // what is asked
  }
}

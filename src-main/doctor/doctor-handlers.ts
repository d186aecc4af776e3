import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DoctorReport, Device, WeightsFound } from '../contract/doctor-report.ts';
import { FalxError, wordableFacts, worded } from '../contract/errors.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { networkNames } from '../contract/networks.ts';
import { listWeights, type StoredWeights } from '../networks/weights/weights-store.ts';
import type { PassedOver } from '../system/installation.ts';
import { type GpuFacts, gpuFacts } from '../tensorflow/gpu-facts.ts';
import { whyPassedOver, wrongWithGpu } from '../tensorflow/gpu-reasons.ts';
import { type Probe, probeTensorflow, reasonOf } from '../tensorflow/probing.ts';
import { falxVersion } from '../version.ts';
import { cpu, type Cpu } from './cpu.ts';

/** Examines everything that Falx depends on, and changes nothing. */
export async function examine(home: string): Promise<DoctorReport> {
  const [probe, gpus] = await Promise.all([probeTensorflow(), gpuFacts()]);
  const place = await homeFacts(home);
  const processor = cpu();
  const { weights, problem } = await weightsFacts(home);
  const told = [
    ...(probe.error === null ? [] : [{ message: probe.error.message, facts: wordableFacts(probe.error) }]),
    ...(probe.passedOver === null ? [] : [unusedSupport(probe.passedOver)]),
    ...(problem === null ? [] : [problem]),
    ...(place.writable ? [] : [worded(message('homeNotWritten', { folder: home }))]),
  ];
  return {
    falx: falxVersion(),
    node: { version: process.versions.node, file: process.execPath },
    workers: { version: probe.here?.version ?? null, file: probe.runtime?.node ?? null },
    tensorflow: {
      version: probe.loaded?.version ?? null,
      build: probe.runtime?.tensorflow.build ?? null,
      folder: probe.runtime?.tensorflow.folder ?? null,
      error: probe.error?.message ?? null,
    },
    devices: devices(probe, processor, gpus),
    cpu: processor,
    home: place,
    weights,
    problems: told.map(({ message }) => message),
    told,
  };
}

type Problem = DoctorReport['told'][number];

function unusedSupport(passedOver: PassedOver): Problem {
  return worded(whyPassedOver(passedOver));
}

function reasonFor(why: Message): Pick<Device, 'reason' | 'facts'> {
  const { message: reason, facts } = worded(why);
  return { reason, facts };
}

function devices(probe: Probe, processor: Cpu, facts: GpuFacts): Device[] {
  const { loaded } = probe;
  const onGpu = loaded?.usesGpu === true;
  const unloaded = reasonFor(message('deviceNoTensorflow', {}));
  const used = { reason: null, facts: null };
  const why = reasonOf(facts, probe);
  const general = !loaded ? unloaded : why ? reasonFor(why) : used;
  const gpu = { kind: 'gpu', uuid: null, totalBytes: null, freeBytes: null } as const;
  const names = facts.names.length > 0 ? facts.names : [onGpu ? 'GPU' : 'none'];
  return [
    {
      kind: 'cpu',
      name: `${processor.model}, ${processor.cores} cores`,
      uuid: null,
      totalBytes: os.totalmem(),
      freeBytes: process.availableMemory(),
      used: loaded !== null && !onGpu,
      ...(onGpu ? reasonFor(message('deviceGpuInstead', {})) : loaded ? used : unloaded),
    },
    ...(facts.nvidia.kind === 'gpus'
      ? facts.nvidia.gpus.map((one): Device => {
          const { uuid, name, totalBytes, freeBytes } = one;
          const its = loaded ? wrongWithGpu(one) : null;
          const wrong = its ? reasonFor(its) : general;
          return { ...gpu, name, uuid, totalBytes, freeBytes, used: onGpu && wrong === used, ...wrong };
        })
      : names.map((name): Device => ({ ...gpu, name, used: onGpu, ...general }))),
  ];
}

async function weightsFacts(home: string): Promise<{ weights: WeightsFound[]; problem: Problem | null }> {
  const [stored, problem] = await listWeights(home).then(
    (list) => [list, null] as const,
    (error: unknown) => {
      if (!(error instanceof FalxError)) throw error;
      return [[], { message: error.message, facts: wordableFacts(error) }] as const;
    },
  );
  const lost = stored.find((record) => !record.intact);
  const damaged =
    lost &&
    worded(message('weightsGone', { network: lost.network, networkName: lost.network, file: lost.file }));
  return {
    weights: networkNames.map((network) => found(network, stored)),
    problem: problem ?? damaged ?? null,
  };
}

/** The stored weights, one entry per network. @throws FalxError `unreadable-file` if a record of them is damaged. */
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

async function homeFacts(home: string): Promise<DoctorReport['home']> {
  let folder = home;
  while (!existsSync(folder) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return { folder: home, exists: folder === home, writable: isWritable(folder), freeBytes: bavail * bsize };
}

function isWritable(folder: string): boolean {
  try {
    // Permissions alone don't tell: virtual file systems such as /proc accept no files from anybody.
    rmdirSync(mkdtempSync(path.join(folder, '.falx-')));
    return true;
  } catch {
    return false; // the answer sought
  }
}

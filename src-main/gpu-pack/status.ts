import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { GpuSupport, GpuVerified } from '../contract/gpu.ts';
import { replaceFile } from '../system/durable.ts';
import { hashOfFile } from '../system/hashes.ts';
import { findRuntime } from '../system/installation.ts';
import { readRuntimeFiles, runtimeFilesOf, type RuntimeFiles } from '../system/runtime-files.ts';
import { gpuFacts, type GpuFacts } from '../tensorflow/gpu-facts.ts';
import { whyPassedOver, wrongWithMachine } from '../tensorflow/gpu-reasons.ts';
import { alone } from './install.ts';
import { bytesIn } from './pack-room.ts';
import { gpuPack, type GpuPack } from './gpu-pack.ts';
import { places, type Places } from './pack-places.ts';
import { activeOf, progressOf } from './staging.ts';
import { worded } from '../contract/errors.ts';

/** The state of GPU support, from names, sizes and times; nothing is loaded. */
export async function gpuSupport({
  pack = gpuPack(),
  at = places(),
  facts,
}: { pack?: GpuPack | null; at?: Places; facts?: GpuFacts } = {}): Promise<GpuSupport> {
  const machine = facts ?? (await gpuFacts());
  const begun = pack && (await progressOf(at, pack));
  const active = activeOf(at);
  const folder = active === null ? null : path.join(at.runtimes, active);
  const list = folder === null ? null : listIn(folder);
  const against = wrongWithMachine(machine);
  return {
    ...stateOf(pack),
    tensorflow: pack?.tensorflow ?? null,
    bytes: pack?.bytes ?? 0,
    unpackedBytes: pack?.unpackedBytes ?? 0,
    parts: pack?.parts.map(({ file, bytes, url }) => ({ file, bytes, url })) ?? [],
    begun: begun && begun.fetched > 0 ? { ...begun, onDisk: await bytesIn(at.adding) } : null,
    folder,
    onDisk: folder === null ? null : await bytesIn(folder),
    added: list?.added ?? null,
    gpus: machine.nvidia.kind === 'gpus' ? machine.nvidia.gpus.map(({ name }) => name) : [...machine.names],
    driver: (machine.nvidia.kind === 'gpus' ? machine.nvidia.gpus[0]?.driver : null) ?? machine.driver,
    against: against && worded(against),
  };
}

function stateOf(pack: GpuPack | null): Pick<GpuSupport, 'state' | 'problem'> {
  const { runtime, passedOver } = findRuntime();
  if (passedOver !== null) {
    const state = passedOver.damage ? 'damaged' : passedOver.outdated ? 'outdated' : 'unusable';
    return { state, problem: worded(whyPassedOver(passedOver)) };
  }
  if (runtime.from === 'user') return { state: 'added', problem: null };
  if (runtime.tensorflow.build === 'gpu') return { state: 'builtIn', problem: null };
  return { state: pack === null ? 'unsupported' : 'absent', problem: null };
}

function listIn(folder: string): RuntimeFiles | null {
  try {
    return readRuntimeFiles(folder);
  } catch {
    return null; // installed by hand, or damaged, which is reported
  }
}

/**
 * Verifies all installed files byte for byte. Files that were only touched count as intact again.
 * @throws FalxError `gpu-support` if it is not installed, or has no list of files; `bad-usage` while it is being installed or
 *   removed; `cancelled`.
 */
export async function verifyGpuSupport({
  at = places(),
  onProgress,
  signal,
}: {
  at?: Places;
  onProgress?: ((done: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
} = {}): Promise<GpuVerified> {
  const active = activeOf(at);
  const folder = active === null ? null : path.join(at.runtimes, active);
  if (folder === null || !existsSync(folder)) throw nothingAdded();
  return alone(at, async () => {
    const list = listIn(folder);
    if (list === null) throw new FalxError('packNoList', { file: runtimeFilesOf(folder) });
    const total = Object.values(list.files).reduce((sum, { bytes }) => sum + bytes, 0);
    const damaged: string[] = [];
    let [done, touched] = [0, false];
    for (const [name, mark] of Object.entries(list.files)) {
      if (signal?.aborted) throw new FalxError('packCheckStopped', {});
      const file = path.join(folder, name);
      const found = await stat(file).catch(() => null);
      const whole = found?.size === mark.bytes && (await hashOrNull(file)) === mark.sha256;
      if (!whole) damaged.push(name);
      else if (Math.trunc(found.mtimeMs) !== mark.modified) {
        list.files[name] = { ...mark, modified: Math.trunc(found.mtimeMs) };
        touched = true;
      }
      onProgress?.((done += mark.bytes), total);
    }
    if (touched && damaged.length === 0)
      replaceFile(runtimeFilesOf(folder), `${JSON.stringify(list, null, 2)}\n`);
    return { files: Object.keys(list.files).length, bytes: total, damaged };
  });
}

/** Null for a file that the disk can't read: it counts as changed. */
const hashOrNull = (file: string): Promise<string | null> => hashOfFile(file, 'sha256').catch(() => null);

export const nothingAdded = (): FalxError => new FalxError('packNotAdded', {});

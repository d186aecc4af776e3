import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { StoredMessage as Message } from '../contract/messages/say.ts';
import { downloadFile, type DownloadOptions } from '../system/download.ts';
import { copyDurably, flush, moveDurably, replaceFile } from '../system/durable.ts';
import { provideFolder } from '../system/folders.ts';
import { freeBytes } from '../system/free-space.ts';
import { hashOfFile } from '../system/hashes.ts';
import { installation, shippedRuntime, type RuntimeFile } from '../system/installation.ts';
import { takeLock } from '../system/lock-file.ts';
import { damageIn, readRuntimeFiles, runtimeFilesOf, type RuntimeFiles } from '../system/runtime-files.ts';
import { changed, lookInFolder, unreadable } from './folder.ts';
import { gpuPack, type GpuPack, type Part } from './gpu-pack.ts';
import { places, type Places } from './pack-places.ts';
import { mostRoom, noRoom, requireRoomFor } from './pack-room.ts';
import {
  activeOf,
  forgetDamaged,
  openStaging,
  progressOf,
  receiptIn,
  sweepLocked,
  writeReceipt,
} from './staging.ts';
import { unpackPart } from './unpack-part.ts';
import { isFull } from '../system/disk-error.ts';
import { systemReason } from '../system/system-reason.ts';

/** The result of loading TensorFlow from a runtime folder in a worker. */
export type Tried = {
  version: string;
  usesGpu: boolean;
  /** Why no GPU is used, with the facts from which a window words it; null if one is. */
  reason: { reason: string; facts: Record<string, unknown> } | null;
};

/** @throws FalxError if it can't be loaded. */
export type TryOut = (runtimeFolder: string) => Promise<Tried>;

export type AddOptions = Pick<DownloadOptions, 'signal' | 'request' | 'patience' | 'pause'> & {
  /** A folder with all parts; left out: they are downloaded. */
  from?: string | undefined;
  tryOut: TryOut;
  /** In bytes to download and to unpack, together. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Called with the part being processed. */
  onPart?: ((part: Part) => void) | undefined;
  pack?: GpuPack | null;
  at?: Places;
  /** Compiled for this TensorFlow; finds it beside its own folder. */
  binding?: string;
};

export type Added = {
  folder: string;
  /** On disk. */
  bytes: number;
  tried: Tried;
  /** It was installed already, and intact; nothing was done. */
  already: boolean;
};

/**
 * Installs GPU support: downloads each part or copies it from a folder, verifies its checksum, unpacks what Falx needs of it to a
 * staging folder, loads TensorFlow from there in a process of its own, and only then makes new workers use it, by one rename. After
 * any failure the former runtime stays in use. Downloads are kept, and the next call continues from there.
 * @throws FalxError `gpu-support`, `download-failed`, `disk`, `cancelled`, `bad-usage`, or as the trial.
 */
export async function addGpuSupport(options: AddOptions): Promise<Added> {
  const pack = options.pack === undefined ? gpuPack() : options.pack;
  const at = options.at ?? places();
  if (pack === null) throw noPack();
  return alone(at, async () => {
    const there = addedAlready(at, pack);
    if (there !== null) return { ...there, tried: await options.tryOut(there.folder), already: true };
    await sweepLocked(at, pack);
    await openStaging(at, pack);
    await gather(at, pack, options);
    const { bytes } = await finish(at, pack, options.binding ?? shippedRuntime(installation).binding);
    const tried = await tryIt(at, pack, options);
    options.signal?.throwIfAborted();
    const folder = await activate(at, pack);
    await rm(at.adding, { recursive: true, force: true });
    await sweepLocked(at, pack);
    return { folder, bytes, tried, already: false };
  }).catch(async (error: unknown) => {
    throw await asFalxError(error, at, options.signal);
  });
}

const noPack = (): FalxError =>
  new FalxError('packSystem', { system: `${process.platform} ${process.arch}` });

/** @throws FalxError `bad-usage` while another process, or this one, is installing or removing. */
export async function alone<T>(at: Places, work: () => Promise<T>): Promise<T> {
  provideFolder(at.runtimes);
  const giveBack = takeLock(at.lock);
  if (giveBack === null) throw new FalxError('packUnderWay', { lock: at.lock });
  try {
    return await work();
  } finally {
    giveBack();
  }
}

/** Whether the runtime in use is what would be installed, and intact. */
function addedAlready(at: Places, pack: GpuPack): { folder: string; bytes: number } | null {
  const active = activeOf(at);
  if (active === null) return null;
  const folder = path.join(at.runtimes, active);
  if (!existsSync(runtimeFilesOf(folder))) return null;
  const files = readRuntimeFiles(folder);
  if (files.parts !== pack.id || damageIn(folder, files) !== null) return null;
  return { folder, bytes: sizeOf(files) };
}

const sizeOf = ({ files }: RuntimeFiles): number =>
  Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);

/** Brings all parts into the tree, one by one. */
async function gather(at: Places, pack: GpuPack, options: AddOptions): Promise<void> {
  const { from, onProgress, onPart, signal } = options;
  const missing = pack.parts.filter((part) => receiptIn(at, part) === null);
  if (from !== undefined) await lookInFolder(from, pack, missing);
  else requireAddresses(missing);
  const [first] = missing;
  if (first) await requireRoomFor(at.runtimes, mostRoom(missing, await lengthOf(partOf(at, first))));

  const begun = await progressOf(at, pack);
  const total = pack.bytes + pack.unpackedBytes;
  let done = missing.reduce((left, part) => left - part.bytes - part.unpackedBytes, total);
  onProgress?.(begun ? begun.fetched + begun.unpacked : 0, total);
  for (const part of missing) {
    signal?.throwIfAborted();
    onPart?.(part);
    const wheel = partOf(at, part);
    const before = done;
    const onBytes = (bytes: number) => onProgress?.(before + bytes, total);
    if (from === undefined) await download(wheel, part, onBytes, options);
    else await copy(path.join(from, part.file), wheel, part, onBytes, signal);
    done += part.bytes;
    const fetched = done;
    const files = await unpackPart(wheel, part, at.tree, {
      onBytes: (bytes) => onProgress?.(fetched + Math.min(bytes, part.unpackedBytes), total),
      signal,
    });
    await writeReceipt(at, part, files);
    await rm(wheel, { force: true });
    done += part.unpackedBytes;
  }
  onProgress?.(total, total);
}

const partOf = ({ downloads }: Places, { file }: Part): string => path.join(downloads, `${file}.part`);

const lengthOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0, // not started
  );

function requireAddresses(missing: readonly Part[]): void {
  if (missing.every(({ url }) => url !== null)) return;
  throw new FalxError('packNoAddress', { installation: installation.kind });
}

async function download(
  wheel: string,
  part: Part,
  onBytes: (bytes: number) => void,
  { signal, request, patience, pause }: AddOptions,
): Promise<void> {
  await downloadFile(wheel, {
    ...{ signal, request, patience, pause },
    url: part.url!,
    bytes: part.bytes,
    checksum: { algorithm: 'sha256', value: part.sha256 },
    wanted: { of: 'gpu', file: part.file, title: part.file },
    onProgress: ({ bytes }) => onBytes(bytes),
  });
}

/** The copy is verified and unpacked, so that a file that changes meanwhile, or a stick with read errors, can't go unnoticed. */
async function copy(
  source: string,
  wheel: string,
  part: Part,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let sha256: string;
  await rm(wheel, { force: true });
  try {
    sha256 = await copyDurably(source, wheel, { onBytes, signal });
  } catch (error) {
    await rm(wheel, { force: true });
    const { code, path: file, syscall } = error as NodeJS.ErrnoException;
    // Errors of an open file name no file: the system call tells which of the two it was.
    const reading = file === undefined ? syscall === 'read' : file === source;
    if (!reading || code === 'ABORT_ERR') throw error;
    throw unreadable(part.file, error);
  }
  if (sha256 === part.sha256) return;
  await rm(wheel, { force: true });
  throw changed(part, sha256);
}

/** Adds the binding and the runtime's description. */
async function finish(at: Places, pack: GpuPack, binding: string): Promise<{ bytes: number }> {
  const target = path.join(at.tree, 'binding', 'tfjs_binding.node');
  await mkdir(path.dirname(target), { recursive: true });
  await copyFile(binding, target);
  flush(target);
  const mark = await stat(target);
  const files: RuntimeFiles['files'] = {
    'binding/tfjs_binding.node': {
      bytes: mark.size,
      modified: Math.trunc(mark.mtimeMs),
      sha256: await hashOfFile(target, 'sha256'),
    },
  };
  for (const part of pack.parts) Object.assign(files, receiptIn(at, part)?.files);
  const list: RuntimeFiles = { format: 1, added: new Date().toISOString(), parts: pack.id, files };
  const runtime: RuntimeFile = {
    format: 1,
    tensorflow: pack.tensorflow,
    build: 'gpu',
    platform: `${process.platform}-${process.arch}`,
  };
  replaceFile(runtimeFilesOf(at.tree), `${JSON.stringify(list, null, 2)}\n`);
  replaceFile(path.join(at.tree, 'runtime.json'), `${JSON.stringify(runtime, null, 2)}\n`);
  flush(path.dirname(target));
  return { bytes: sizeOf(list) };
}

async function tryIt(at: Places, pack: GpuPack, { tryOut }: AddOptions): Promise<Tried> {
  let reason: Message;
  try {
    const tried = await tryOut(at.tree);
    if (tried.version === pack.tensorflow) return tried;
    reason = message('packOtherTensorflow', { found: tried.version, needed: pack.tensorflow });
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    reason = error.asMessage;
  }
  await forgetDamaged(at, pack);
  throw new FalxError('packNotLoaded', { reason });
}

/** From here on new workers use it. It gets a free name, so that there is no moment without one. */
async function activate(at: Places, pack: GpuPack): Promise<string> {
  let name = pack.name;
  for (let n = 2; existsSync(path.join(at.runtimes, name)); n++) name = `${pack.name}-${n}`;
  const folder = path.join(at.runtimes, name);
  await moveDurably(at.tree, folder);
  replaceFile(at.active, `${JSON.stringify({ folder: name }, null, 2)}\n`);
  return folder;
}

/** The system's error as a FalxError. */
async function asFalxError(error: unknown, at: Places, signal: AbortSignal | undefined): Promise<unknown> {
  if (error instanceof FalxError) return error;
  if (signal?.aborted) return new FalxError('packStopped', {});
  const { code } = error as NodeJS.ErrnoException;
  if (isFull(code)) return noRoom(at.runtimes, null, await freeBytes(at.runtimes));
  if (code === undefined) return error;
  return new FalxError(
    'packNotWritten',
    { folder: at.runtimes, reason: systemReason(error) },
    { cause: error },
  );
}

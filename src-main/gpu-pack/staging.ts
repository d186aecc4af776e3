import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { flush, replaceFile } from '../system/durable.ts';
import { provideFolder } from '../system/folders.ts';
import { hashOfFile } from '../system/hashes.ts';
import { activeRuntime } from '../system/installation.ts';
import { isLocked } from '../system/lock-file.ts';
import { damageIn, type FileMark } from '../system/runtime-files.ts';
import type { GpuPack, Part } from './gpu-pack.ts';
import { GONE, type Places } from './pack-places.ts';

/** Record of a part in the tree: written once it is completely unpacked. */
type Receipt = { sha256: string; files: Record<string, FileMark> };

const receiptOf = ({ receipts }: Places, { file }: Part): string => path.join(receipts, `${file}.json`);

/** Starts an installation, or continues one of the same list of parts; one of another list is deleted. */
export async function openStaging(at: Places, pack: GpuPack): Promise<void> {
  if (!isOf(at, pack)) await rm(at.adding, { recursive: true, force: true });
  for (const folder of [at.downloads, at.tree, at.receipts]) provideFolder(folder);
  if (!existsSync(at.partsOf)) replaceFile(at.partsOf, JSON.stringify({ id: pack.id }));
}

const isOf = ({ partsOf }: Places, { id }: GpuPack): boolean => readJson<{ id: string }>(partsOf)?.id === id;

/** A part's receipt, if it was completely unpacked and is unchanged. */
export function receiptIn(at: Places, part: Part): Receipt | null {
  const receipt = readJson<Receipt>(receiptOf(at, part));
  return receipt?.sha256 === part.sha256 && damageIn(at.tree, receipt) === null ? receipt : null;
}

export async function writeReceipt(
  at: Places,
  part: Part,
  files: Record<string, FileMark>,
): Promise<Receipt> {
  const receipt = { sha256: part.sha256, files };
  replaceFile(receiptOf(at, part), JSON.stringify(receipt));
  return receipt;
}

/** Deletes the receipts of parts whose files have changed in any byte, so that the next attempt unpacks them again. */
export async function forgetDamaged(at: Places, { parts }: GpuPack): Promise<void> {
  for (const part of parts) {
    const receipt = receiptIn(at, part);
    if (receipt === null) continue;
    for (const [file, { sha256 }] of Object.entries(receipt.files))
      if ((await hashOfFile(path.join(at.tree, file), 'sha256')) !== sha256)
        await rm(receiptOf(at, part), { force: true });
  }
}

/** Progress of an unfinished installation: bytes downloaded and unpacked. */
export async function progressOf(
  at: Places,
  pack: GpuPack,
): Promise<{ parts: number; fetched: number; unpacked: number } | null> {
  if (!isOf(at, pack)) return null;
  const done = pack.parts.filter((part) => receiptIn(at, part) !== null);
  let fetched = done.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const name of await namesIn(at.downloads))
    if (name.endsWith('.part')) fetched += (await sizeOf(path.join(at.downloads, name))) ?? 0;
  return {
    parts: done.length,
    fetched,
    unpacked: done.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0),
  };
}

/**
 * Removes what is no longer needed: runtimes that are not in use, unfinished deletions, damaged small files, and parts of another
 * list. Does nothing during an installation or removal. @returns the names of what was removed.
 */
export async function sweep(at: Places, pack: GpuPack | null): Promise<string[]> {
  if (isLocked(at.lock)) return [];
  return sweepLocked(at, pack);
}

/** The same, for a caller that holds the lock. */
export async function sweepLocked(at: Places, pack: GpuPack | null): Promise<string[]> {
  const active = activeOf(at);
  const swept: string[] = [];
  for (const name of await namesIn(at.runtimes)) {
    const mine = name === path.basename(at.lock) || name === path.basename(at.active) || name === active;
    const begun = name === path.basename(at.adding) && pack !== null && isOf(at, pack);
    if (mine || begun) continue;
    // Unknown entries stay where they are.
    if (!(name.startsWith(GONE) || name === path.basename(at.adding) || ours.test(name))) continue;
    await rm(path.join(at.runtimes, name), { recursive: true, force: true });
    swept.push(name);
  }
  if (swept.length > 0) flush(at.runtimes);
  return swept;
}

const ours = /^(\d+\.\d+\.\d+-[a-z]+\d*-[a-z\d]+-gpu(-\d+)?|active\.json\..*\.part|\.lock\..*\.dead)$/;

/** The name of the runtime in use; null if there is none, or it can't be determined. */
export function activeOf(at: Places): string | null {
  try {
    return activeRuntime(at.runtimes);
  } catch {
    return null; // reported where it is used: findRuntime
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const sizeOf = (file: string): Promise<number | null> =>
  stat(file).then(
    ({ size }) => size,
    () => null,
  );

/** Undefined if it is missing or damaged: the part it describes is made again. */
function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { flush, replaceFile } from '../system/durable.ts';
import { alone } from './install.ts';
import { usersOf } from './pack-users.ts';
import { gpuPack } from './gpu-pack.ts';
import { GONE, places, type Places } from './pack-places.ts';
import { bytesIn } from './pack-room.ts';
import { activeOf, sweepLocked } from './staging.ts';
import { nothingAdded } from './status.ts';

/**
 * Removes GPU support and unfinished installations; new trainings and predictions use the processor from then on.
 * @returns bytes freed.
 * @throws FalxError `gpu-support` if there is nothing to remove, or a process has it loaded: nothing has changed then; `bad-usage`
 *   while it is being installed; `disk`.
 */
export async function removeGpuSupport({ at = places() }: { at?: Places } = {}): Promise<{ bytes: number }> {
  if (!existsSync(at.active) && !existsSync(at.adding)) throw nothingAdded();
  return alone(at, async () => {
    const active = activeOf(at);
    const folder = active === null ? null : path.join(at.runtimes, active);
    if (folder !== null) refuseInUse(folder);
    const before = await bytesIn(at.runtimes);
    await deactivate(at, folder);
    for (const gone of [folder, at.adding])
      if (gone !== null && existsSync(gone)) await deleteFolder(at, gone);
    await sweepLocked(at, null);
    return { bytes: before - (await bytesIn(at.runtimes)) };
  });
}

/** Deletes an unfinished installation, and leaves the one in use alone. @returns bytes freed. */
export async function discardGpuSupport({ at = places() }: { at?: Places } = {}): Promise<{ bytes: number }> {
  return alone(at, async () => {
    const before = await bytesIn(at.runtimes);
    if (existsSync(at.adding)) await deleteFolder(at, at.adding);
    await sweepLocked(at, gpuPack());
    return { bytes: before - (await bytesIn(at.runtimes)) };
  });
}

function refuseInUse(folder: string): void {
  const users = usersOf(folder);
  if (users.length === 0) return;
  throw new FalxError('packInUse', { processes: users.join(', ') });
}

/**
 * From here on new workers use the runtime that Falx was installed with. If a process has just started to load it, it is restored.
 */
async function deactivate(at: Places, folder: string | null): Promise<void> {
  if (!existsSync(at.active)) return;
  const text = readFileSync(at.active, 'utf8');
  await rm(at.active);
  flush(at.runtimes);
  try {
    if (folder !== null) refuseInUse(folder);
  } catch (error) {
    replaceFile(at.active, text);
    throw error;
  }
}

/** Renamed at once, so that what a kill leaves is recognised as garbage. */
async function deleteFolder(at: Places, folder: string): Promise<void> {
  const gone = path.join(at.runtimes, `${GONE}${randomUUID().slice(0, 8)}`);
  await rename(folder, gone);
  flush(at.runtimes);
  await rm(gone, { recursive: true, force: true });
}

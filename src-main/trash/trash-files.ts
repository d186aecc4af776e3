import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { Dataset, Run } from '../contract/records.ts';
import { uploadsOf } from '../registry/find-home.ts';
import type { Registry } from '../registry/registry.ts';
import { systemReason } from '../system/system-reason.ts';
import { trainingLog } from '../train/trainer.ts';

/** A run's files besides its records: all of them in the data folder. */
export function filesOfRun(home: string, run: Run): string[] {
  return [
    ...(isOwnFolder(home, run) ? [run.folder] : []),
    trainingLog(home, run.id),
    path.join(home, 'logs', `predict-${run.id}.log`),
  ];
}

/** A record could name any folder, if the home was moved or the registry came from elsewhere. */
export function isOwnFolder(home: string, { id, folder }: Run): boolean {
  return path.resolve(folder) === path.join(path.resolve(home), 'runs', id) && /^run-[0-9a-z-]+$/.test(id);
}

/**
 * A dataset's files besides its records: its pixels, the cached first page of its check, and its scans if they were uploaded
 * through a window, unpacked from an archive or created as samples, unless something else uses them. A folder that a user imported
 * is never among these.
 */
export async function filesOfDataset(registry: Registry, dataset: Dataset): Promise<string[]> {
  const { home } = registry;
  const cache = path.join(home, 'cache');
  const cached = ((await readdir(cache).catch(absent)) ?? [])
    .filter((name) => name.startsWith(`${dataset.id}-`) && /(\.pixels(\.json)?|-check\.json)$/.test(name))
    .map((name) => path.join(cache, name));
  const own = ownScans(home, dataset.folder);
  if (own === null) return cached;
  const others = [
    ...registry.datasets
      .list({ removed: 'any' })
      .filter(({ id }) => id !== dataset.id)
      .map(({ folder }) => folder),
    ...registry.predictions.list().map(({ file }) => file),
  ];
  const isUsed = others.some((file) => file === own || file.startsWith(own + path.sep));
  return isUsed ? cached : [...cached, own];
}

/** The folder directly below `uploads` or `demo` that holds a dataset's scans; null for any other place. */
function ownScans(home: string, folder: string): string | null {
  for (const root of [uploadsOf(path.resolve(home)), path.join(path.resolve(home), 'demo')]) {
    const [first = '', ...rest] = path.relative(root, path.resolve(folder)).split(path.sep);
    if (first !== '' && first !== '..' && !path.isAbsolute([first, ...rest].join(path.sep)))
      return path.join(root, first);
  }
  return null;
}

/** Total size of files and folders in bytes; missing ones count 0. */
export async function bytesOf(places: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const place of places) {
    const status = await stat(place).catch(absent);
    if (!status) continue;
    if (!status.isDirectory()) {
      bytes += status.size;
      continue;
    }
    for (const entry of await readdir(place, { recursive: true, withFileTypes: true }))
      if (entry.isFile())
        bytes += (await stat(path.join(entry.parentPath, entry.name)).catch(absent))?.size ?? 0;
  }
  return bytes;
}

/** Retries for some seconds while another process still writes there, or holds a file open (Windows). @throws FalxError `disk` */
export async function deleteAll(targets: readonly string[]): Promise<void> {
  for (const target of targets)
    try {
      await rm(target, { recursive: true, force: true, maxRetries: 6, retryDelay: 200 });
    } catch (cause) {
      throw new FalxError('notDeleted', { file: target, reason: systemReason(cause) }, { cause });
    }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}

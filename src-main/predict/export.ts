import { cp, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import { requireModel } from './predictor.ts';

/** What a run's folder holds that is the model: the rest can be made from it again. */
const parts = ['saved_model.pb', 'variables', 'falx.json'];

/**
 * Copies a run's SavedModel to a folder of its own, whole or not at all.
 * @param folder absolute; it must not exist or be empty.
 * @returns the folder, its files relative to it, and their bytes.
 * @throws FalxError `bad-run` without a model, `disk` when the folder is not empty or can't be written.
 */
export async function exportRun(
  run: Run,
  folder: string,
): Promise<{ folder: string; files: string[]; bytes: number }> {
  requireModel(run);
  await refuseUsed(folder);
  // Beside its place, and moved there when it is whole.
  const unfinished = `${folder}.${process.pid}.unfinished`;
  try {
    await mkdir(unfinished, { recursive: true });
    for (const part of parts)
      await cp(path.join(run.folder, part), path.join(unfinished, part), { recursive: true });
    await rmdir(folder).catch(() => undefined); // an empty one stands in the way on Windows; none is as well
    await rename(unfinished, folder);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    const reason = (cause as Error).message;
    throw new FalxError(
      'disk',
      `The model of ${run.id} can't be copied to ${folder} (${reason}).`,
      { run: run.id, folder },
      { cause },
    );
  }
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return {
    folder,
    files: files.map((file) => path.relative(folder, file).replaceAll(path.sep, '/')).sort(),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

async function refuseUsed(folder: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'it is a file' : (cause as Error).message;
    throw new FalxError(
      'disk',
      `Nothing can be exported to ${folder}: ${reason}. Name another folder.`,
      { folder },
      { cause },
    );
  }
  if (entries.length > 0)
    throw new FalxError('disk', `The folder ${folder} is not empty. Name a new or an empty one.`, {
      folder,
      entries: entries.length,
    });
}

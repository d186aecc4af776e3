import { cp, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AuditHead } from '../contract/audit.ts';
import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';
import { flush } from '../system/durable.ts';
import { provideFolder } from '../system/folders.ts';
import { sha256Of } from '../system/hashes.ts';
import { shareAsUsual } from '../system/rights.ts';
import { damagedFile, isOfModel, modelHash, modelParts, readManifest } from '../train/manifest.ts';
import { modelDamaged } from '../train/run-storage.ts';
import { Predictor, requireModel } from '../inference/predictor.ts';

/**
 * Copies a run's SavedModel to a folder of its own, whole or not at all; what is copied is what training wrote. `SHA256SUMS`
 * goes with it, so that `sha256sum -c` finds damage to it wherever it goes.
 * `audit-head.json` holds the audit trail's entry of this export.
 * @param folder absolute; it must not exist or be empty.
 * @returns the folder, its files relative to it, and their bytes.
 * @throws FalxError `bad-run` without a model or with a damaged one, `disk` when the folder is not empty or can't be
 *   written.
 */
export async function exportRun(
  run: Run,
  folder: string,
  registry: Registry,
): Promise<{ folder: string; files: string[]; bytes: number }> {
  requireModel(run);
  await refuseUsed(folder);
  // A run of an earlier Falx gets its manifest when its model is first opened.
  if (typeof readManifest(run.folder) === 'string') await (await Predictor.open(run, registry.home)).close();
  const manifest = readManifest(run.folder);
  // Beside its place, and moved there when it is whole.
  const unfinished = `${folder}.${process.pid}.unfinished`;
  try {
    provideFolder(unfinished);
    for (const part of modelParts)
      await cp(path.join(run.folder, part), path.join(unfinished, part), { recursive: true });
    const damaged = typeof manifest === 'string' ? null : damagedFile(unfinished, manifest.files, isOfModel);
    if (damaged !== null) throw modelDamaged(path.join(run.folder, path.relative(unfinished, damaged)));
    const entry = `${JSON.stringify(noted(registry, run), null, 2)}\n`;
    await writeFile(path.join(unfinished, AUDIT), entry);
    if (typeof manifest !== 'string')
      await writeFile(
        path.join(unfinished, 'SHA256SUMS'),
        [
          ...Object.entries(manifest.files)
            .filter(([name]) => isOfModel(name))
            .map(([name, { sha256 }]) => `${sha256}  ${name}\n`),
          `${sha256Of(entry)}  ${AUDIT}\n`,
        ].join(''),
      );
    shareAsUsual(unfinished);
    await flushAll(unfinished);
    await rmdir(folder).catch(() => undefined); // an empty one stands in the way on Windows; none is as well
    await rename(unfinished, folder);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    if (cause instanceof FalxError) throw cause;
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

/** In an export: the audit trail's entry of it, by which anybody who has the export can later tell a trail that was changed. */
const AUDIT = 'audit-head.json';

/**
 * Before the export has its name: an export that the trail does not know can't be, one that was broken off right then can.
 */
function noted(registry: Registry, run: Run): AuditHead & { run: string; model: string | null } {
  const model = modelHash(run.folder);
  registry.audit.append('model-exported', { run: run.id, model });
  return { run: run.id, model, ...registry.audit.head()! };
}

async function flushAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) flush(path.join(folder, entry));
  flush(folder);
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

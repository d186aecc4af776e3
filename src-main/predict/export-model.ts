import { existsSync } from 'node:fs';
import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { AuditHead } from '../contract/audit.ts';
import { FalxError } from '../contract/errors.ts';
import { type ExportFormat, exportFormats } from '../contract/export-formats.ts';
import type { Run } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';
import { flush } from '../system/durable.ts';
import { provideFolder } from '../system/folders.ts';
import { sha256Of } from '../system/hashes.ts';
import { shareAsUsual } from '../system/rights.ts';
import { systemReason } from '../system/system-reason.ts';
import { convertRun, factsOf } from '../convert/convert-run.ts';
import { factsText, modelCardText } from '../convert/facts.ts';
import type { Verified } from '../convert/task.ts';
import { damagedFile, isOfModel, modelHash, readManifest } from '../train/manifest.ts';
import { modelDamaged } from '../train/run-storage.ts';
import { Predictor, requireModel } from '../inference/predictor.ts';
import { manifestOf } from './run-file.ts';
import { exportWriters, type ExportedModel } from './export-formats.ts';

export type ExportOptions = {
  format?: ExportFormat | undefined;
  onProgress?: ((bytes: number, of: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Exports a run's model, completely or not at all. A SavedModel is copied as training wrote it, with `SHA256SUMS`, so that
 * `sha256sum -c` detects later damage; `audit-head.json` holds the audit trail's entry of this export. Any other format is
 * converted, and must answer stored scans in its own runtime as Falx does before it gets its final name.
 * @param target absolute; a folder that does not exist or is empty, or a file that does not exist.
 * @returns the folder or file, its files relative to it, their bytes, and how it was verified.
 * @throws FalxError `bad-run` without a model, with a damaged one, or if the runtime's answers differ; `disk` if the target exists
 *   or can't be written; an AbortError when `signal` aborts.
 */
export async function exportRun(
  run: Run,
  target: string,
  registry: Registry,
  { format = 'savedmodel', onProgress, signal }: ExportOptions = {},
): Promise<{ folder: string; files: string[]; bytes: number; verified: Verified | null }> {
  requireModel(run);
  const isFolder = exportFormats[format].makes === 'folder';
  if (isFolder) await refuseUsed(target);
  else refuseThere(target);
  // A run of an earlier version of Falx gets its manifest when its model is first opened.
  if (typeof readManifest(run.folder) === 'string') await (await Predictor.open(run, registry.home)).close();
  const model = await modelOf(run, registry);
  const all = model.files.reduce((sum, { bytes }) => sum + bytes, 0);
  // Written beside its target and renamed when complete.
  const unfinished = `${target}.${process.pid}.unfinished`;
  let verified: Verified | null;
  try {
    provideFolder(isFolder ? unfinished : path.dirname(unfinished));
    verified = await exportWriters[format](unfinished, model, {
      onBytes: (bytes) => onProgress?.(bytes, all),
      signal,
    });
    shareAsUsual(unfinished);
    await flushAll(unfinished);
    await rmdir(target).catch(() => undefined); // an existing empty folder blocks the rename on Windows; a missing one does not matter
    await rename(unfinished, target);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    if (cause instanceof FalxError || signal?.aborted) throw cause;
    throw new FalxError(
      'exportNotWritten',
      { run: run.id, folder: target, reason: systemReason(cause) },
      { cause },
    );
  }
  if (!isFolder)
    return { folder: target, files: [path.basename(target)], bytes: (await stat(target)).size, verified };
  const files = await filesIn(target);
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return {
    folder: target,
    files: files.map((file) => path.relative(target, file).replaceAll(path.sep, '/')).sort(),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    verified,
  };
}

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

/** What is exported of a run. */
async function modelOf(run: Run, registry: Registry): Promise<ExportedModel> {
  const manifest = readManifest(run.folder);
  const stamps = typeof manifest === 'string' ? null : manifest.files;
  const named = (file: string) => path.relative(run.folder, file).replaceAll(path.sep, '/');
  const names = stamps ? Object.keys(stamps) : (await filesIn(run.folder)).map(named);
  const files = names.filter(isOfModel).map(async (name) => {
    const file = path.join(run.folder, name);
    const stamp = stamps?.[name];
    return { name, file, bytes: stamp?.bytes ?? (await stat(file)).size, sha256: stamp?.sha256 ?? null };
  });
  const seal: ExportedModel['seal'] = (besides = []) => {
    const entry = `${JSON.stringify(recordExport(registry, run), null, 2)}\n`;
    const sums = Object.entries(stamps ?? {}).filter(([name]) => isOfModel(name));
    const lines = [
      ...sums.map(([name, { sha256 }]) => [sha256, name]),
      [sha256Of(entry), AUDIT],
      ...besides.map(({ name, text }) => [sha256Of(text), name]),
    ];
    return [
      { name: AUDIT, text: entry },
      ...besides,
      ...(stamps ? [{ name: 'SHA256SUMS', text: lines.map((line) => `${line.join('  ')}\n`).join('') }] : []),
    ];
  };
  const convert: ExportedModel['convert'] = async (format, target, { signal, onBytes }) => {
    // Opening rebuilds the damaged files that can be rebuilt; for the rest it says what is damaged.
    if (stamps && damagedFile(run.folder, stamps)) await (await Predictor.open(run, registry.home)).close();
    const damaged = stamps && damagedFile(run.folder, stamps);
    if (damaged) throw modelDamaged(damaged);
    const all = Object.values(stamps ?? {}).reduce((sum, { bytes }) => sum + bytes, 0);
    const onProgress = (done: number, of: number) => onBytes(Math.round((all * done) / of));
    return convertRun(run, registry, { format, target, signal, onProgress });
  };
  const fitted = typeof manifest === 'string' ? {} : (manifest.fitted ?? {});
  const besides = Object.entries(fitted).map(([name, stamp]) => ({
    name,
    file: path.join(run.folder, name),
    ...stamp,
  }));
  const own = { name: 'manifest.json', file: path.join(run.folder, 'manifest.json') };
  return {
    files: await Promise.all(files),
    seal,
    card: () => {
      const facts = factsOf(registry, run);
      return [
        { name: 'MODEL_CARD.md', text: modelCardText(facts) },
        { name: 'falx-model.json', text: factsText(facts) },
        { name: 'NOTICE.txt', text: `${facts.notice}\n\n${facts.licence.text}\n` },
      ];
    },
    convert,
    run: [...besides, { ...own, bytes: (await stat(own.file)).size, sha256: null }],
    manifest: (all) => manifestOf(registry, run, all),
  };
}

/** In an export: its entry in the audit trail, by which anybody who has the export can later detect a changed trail. */
const AUDIT = 'audit-head.json';

/**
 * Before the export gets its final name: there can be no export that the trail lacks, but an entry whose export was then
 * interrupted.
 */
function recordExport(registry: Registry, run: Run): AuditHead & { run: string; model: string | null } {
  const model = modelHash(run.folder);
  registry.audit.append('model-exported', { run: run.id, model });
  return { run: run.id, model, ...registry.audit.head()! };
}

async function flushAll(folder: string): Promise<void> {
  if (!(await stat(folder)).isDirectory()) return flush(folder);
  for (const entry of await readdir(folder, { recursive: true })) flush(path.join(folder, entry));
  flush(folder);
}

function refuseThere(file: string): void {
  if (existsSync(file)) throw new FalxError('exportThere', { file });
}

async function refuseUsed(folder: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new FalxError('exportFolder', { folder, reason: systemReason(cause) }, { cause });
  }
  if (entries.length > 0) throw new FalxError('exportNotEmpty', { folder });
}

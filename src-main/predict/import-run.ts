import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { KerasChoices, RunFileLook } from '../contract/keras-import.ts';
import type { Run } from '../contract/records.ts';
import { lookAtKeras } from '../convert/from-keras/look.ts';
import { unpack } from '../import/zip/unpack-zip.ts';
import { Predictor } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { hashOfFile } from '../system/hashes.ts';
import { writeZip } from '../system/zip.ts';
import { trainingModel } from '../train/model.ts';
import { importKeras } from './import-keras.ts';
import { isRunFile, MANIFEST, exportFile, type RunManifest } from './run-file.ts';
import { graphOperations, manifestIn } from './run-file-look.ts';

/** The file's entries are not compressed, and no network here comes near these limits. */
const limits = { files: 64, bytes: 4 * 2 ** 30, ratio: 2, ratioFrom: 2 ** 20 };

export type ImportRunOptions = {
  registry: Registry;
  file: string;
  /** What the user states about a Keras model. */
  keras?: KerasChoices | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Imports a run that another workstation exported, or a model that Keras saved.
 * @throws FalxError as `importFalx` and `importKeras`; `bad-usage` if facts on a Keras model are missing, or given for another
 *   file.
 */
export async function importRun({ registry, file, keras, signal }: ImportRunOptions): Promise<Run> {
  return withRunFile(registry.home, file, signal, async (opened) => {
    if (opened.kind === 'falx') {
      if (keras) throw new FalxError('kerasNotKeras', { file });
      return importFalx(registry, file, opened.folder, signal);
    }
    if (!keras) throw new FalxError('kerasClasses', { file });
    const { model, name } = opened;
    return importKeras({ registry, file: model, name, choices: keras, signal });
  });
}

/** What kind of file it is, before the user is asked anything. @throws FalxError as `importRun` for a file of neither kind. */
export async function lookAtRunFile(home: string, file: string): Promise<RunFileLook> {
  return withRunFile(home, file, undefined, async (opened) =>
    opened.kind === 'falx'
      ? { kind: 'falx' }
      : {
          ...(await lookAtKeras(opened.model, opened.name)),
          labels: await labelsIn(path.dirname(opened.model)),
        },
  );
}

type Opened = { kind: 'falx'; folder: string } | { kind: 'keras'; model: string; name: string };

/** Unpacks an archive while `use` runs; a Keras file is recognised by its name or its first bytes. */
async function withRunFile<T>(
  home: string,
  file: string,
  signal: AbortSignal | undefined,
  use: (opened: Opened) => Promise<T>,
): Promise<T> {
  const name = path.basename(file);
  if (/\.(keras|h5|hdf5)$/i.test(name)) return use({ kind: 'keras', model: file, name });
  const { folder } = await unpack({ home, file, limits, signal });
  try {
    // Teachable Machine's packing: keras_model.h5, labels.txt.
    const inside = (await readdir(folder, { recursive: true })).find((one) => /\.(keras|h5)$/i.test(one));
    const isFalx = inside === undefined || existsSync(path.join(folder, MANIFEST));
    return await use(
      isFalx ? { kind: 'falx', folder } : { kind: 'keras', model: path.join(folder, inside), name },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Teachable Machine's list of classes beside its model, one `0 tumour` per line. */
async function labelsIn(folder: string): Promise<[string, string] | null> {
  const text = await readFile(path.join(folder, 'labels.txt'), 'utf8').catch(() => '');
  const names = text
    .slice(0, 4096)
    .split(/\r?\n/)
    .map((line) => line.replace(/^\d+\s+/, '').trim())
    .filter((line) => line !== '');
  const [first, second] = names;
  return names.length === 2 && first !== second ? [first!, second!] : null;
}

/**
 * All contents are compared with the file's own hashes first, and the archive with what Falx would write for the same contents: a
 * single changed bit is detected. The zip reader runs in a parser process.
 * @throws FalxError `bad-archive` if it is no such file, or was changed; `bad-run` if the run exists already.
 */
async function importFalx(
  registry: Registry,
  file: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Run> {
  const { home } = registry;
  const manifest = await readManifest(path.join(folder, MANIFEST), file);
  await requireWhole(folder, manifest, file);
  const run: Run = { ...manifest.run, folder: path.join(home, 'runs', manifest.run.id) };
  requireNew(registry, run, file);
  await requireOwnGraph(path.join(folder, 'run', 'saved_model.pb'), run, file);
  await mkdir(path.dirname(run.folder), { recursive: true });
  await rename(path.join(folder, 'run'), run.folder);
  try {
    // Reads the weights, and makes the graph that predicts.
    await (await Predictor.open(run, home, { signal })).close();
    signal?.throwIfAborted();
    store(registry, run, manifest);
  } catch (error) {
    await rm(run.folder, { recursive: true, force: true });
    throw error;
  }
  return run;
}

async function readManifest(place: string, file: string): Promise<RunManifest> {
  const read = await manifestIn(place, file);
  if (read === null || !/^run-[a-z0-9]+$/.test(read.run.id)) throw new FalxError('runFileNone', { file });
  return read;
}

async function requireWhole(folder: string, manifest: RunManifest, file: string): Promise<void> {
  const damaged = (entry: string) => new FalxError('runFileDamaged', { file, entry });
  const names = Object.keys(manifest.files);
  const there = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
  for (const name of there) if (name !== MANIFEST && !names.includes(name)) throw damaged(name);
  for (const name of names) {
    if (!isRunFile(name) && !exportFile.test(name)) throw damaged(name);
    const { bytes, sha256 } = manifest.files[name]!;
    const place = path.join(folder, name);
    if (
      !existsSync(place) ||
      (await stat(place)).size !== bytes ||
      (await hashOfFile(place, 'sha256')) !== sha256
    )
      throw damaged(name);
  }
  // Covers the rest of the archive: dates, flags, directory, and anything before or after.
  const again = `${folder}.again`;
  try {
    const entries = [MANIFEST, ...names].map((name) => ({ name, file: path.join(folder, name) }));
    await writeZip(again, entries);
    if ((await hashOfFile(again, 'sha256')) !== (await hashOfFile(file, 'sha256'))) throw damaged('zip');
  } finally {
    await rm(again, { force: true });
  }
}

function requireNew(registry: Registry, run: Run, file: string): void {
  const known = registry.runs.list({ removed: 'any' }).some(({ id }) => id === run.id);
  if (known || existsSync(run.folder)) throw new FalxError('runFileThere', { file, run: run.id });
}

/** What earlier versions of Falx wrote before a served picture was scaled as libvips does; both only compute. */
const FORMER_OPERATIONS = ['ExpandDims', 'ScaleAndTranslate'];

/** The operations that Falx writes for a run, or once did. */
export function ownOperations({ settings }: Pick<Run, 'settings'>): ReadonlySet<string> {
  const { graph } = trainingModel(settings, settings.imported ? [] : ['head', 'last', 'all']);
  return new Set([...graph.nodes.map(({ operation }) => operation), ...FORMER_OPERATIONS]);
}

/**
 * A foreign graph could have TensorFlow do more than compute, such as read files: only operations that Falx itself writes are
 * loaded.
 */
async function requireOwnGraph(place: string, run: Run, file: string): Promise<void> {
  const own = ownOperations(run);
  const found = await graphOperations(place, file);
  if (found === null) throw new FalxError('runFileDamaged', { file, entry: 'run/saved_model.pb' });
  const others = found.filter((operation) => !own.has(operation));
  if (others.length > 0)
    throw new FalxError('runFileGraph', { file, operations: others.slice(0, 5).join(', ') });
}

function store(registry: Registry, run: Run, { dataset, split, epochs, metrics }: RunManifest): void {
  registry.transaction(() => {
    if (!registry.datasets.list({ removed: 'any' }).some(({ id }) => id === dataset.id))
      registry.datasets.add(dataset, [], []);
    if (!registry.splits.list(undefined, { removed: 'any' }).some(({ id }) => id === split.id))
      registry.splits.addStored(split, []);
    registry.runs.add(run);
    for (const epoch of epochs) registry.epochs.add(run.id, epoch);
    for (const one of metrics) registry.metrics.put(one);
  });
}

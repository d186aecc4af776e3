import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExportFormat } from '../contract/export-formats.ts';
import { convertedFormats, type ConvertedFormat, type Verified } from '../convert/task.ts';
import { copyDurably } from '../system/durable.ts';
import { hashOfFile } from '../system/hashes.ts';
import { writeZip } from '../system/zip.ts';
import { modelDamaged } from '../train/run-storage.ts';
import { MANIFEST, type RunManifest } from './run-file.ts';

type TextFile = { name: string; text: string };

/** A model as it is exported; names are relative, with `/`. */
export type ExportedModel = {
  /** Files in the run's folder. `sha256`: as written by training; null for a run without a manifest. */
  files: readonly { name: string; file: string; bytes: number; sha256: string | null }[];
  /**
   * Files that accompany them, with the hashes of all, of `besides` too. Called once, after all files were verified: from then on
   * the export is in the audit trail.
   */
  seal: (besides?: readonly TextFile[]) => readonly TextFile[];
  /** Model card, facts and notice, for formats that can't hold them inside. */
  card: () => readonly TextFile[];
  /** Further files of its folder, for a run that moves to another workstation: its own manifest, and what was fitted. */
  run: ExportedModel['files'];
  /** `manifest.json` of a run that moves. */
  manifest: (files: RunManifest['files']) => string;
  /** Converts it to another format and has that format's own runtime verify it. */
  convert: (format: ConvertedFormat, target: string, options: WriteOptions) => Promise<Verified>;
};

export type WriteOptions = {
  /** Called with the bytes copied so far. */
  onBytes: (bytes: number) => void;
  signal: AbortSignal | undefined;
};

/**
 * Writes a model to `target`, which does not exist yet.
 * @returns how a runtime verified it; null for a copy, whose hashes show that it is the model in daily use.
 * @throws FalxError `bad-run` damaged, or not usable by its runtime; Error of the file system.
 */
type Writer = (target: string, model: ExportedModel, options: WriteOptions) => Promise<Verified | null>;

const mapped = <K extends string, V>(keys: readonly K[], of: (key: K) => V): Record<K, V> =>
  Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, V>;

export const exportWriters: Readonly<Record<ExportFormat, Writer>> = {
  savedmodel: (target, model, options) => writeFolder(target, withCard(model), options).then(() => null),
  zip: (target, model, options) =>
    fromFolder(target, withCard(model), options, (folder, names) =>
      writeZip(
        target,
        names.map((name) => ({ name, file: path.join(folder, name) })),
      ),
    ),
  falx: (target, model, options) => {
    const besides = model.run.filter(({ name }) => !model.files.some((file) => file.name === name));
    const files = [...model.files, ...besides].map((file) => ({ ...file, name: `run/${file.name}` }));
    return fromFolder(target, { ...model, files }, options, async (folder, names) => {
      const sizes = names.map(async (name) => {
        const file = path.join(folder, name);
        return [name, { bytes: (await stat(file)).size, sha256: await hashOfFile(file, 'sha256') }] as const;
      });
      const manifest = model.manifest(Object.fromEntries(await Promise.all(sizes)));
      await writeZip(target, [
        { name: MANIFEST, text: manifest },
        ...names.map((name) => ({ name, file: path.join(folder, name) })),
      ]);
    });
  },
  ...mapped(
    convertedFormats,
    (format) => (target, model, options) => converted(format, target, model, options),
  ),
};

const withCard = (model: ExportedModel): ExportedModel => ({
  ...model,
  seal: () => model.seal(model.card()),
});

async function converted(
  format: ConvertedFormat,
  target: string,
  { convert, seal }: ExportedModel,
  options: WriteOptions,
): Promise<Verified> {
  const verified = await convert(format, target, options);
  seal();
  return verified;
}

async function writeFolder(
  target: string,
  { files, seal }: ExportedModel,
  { onBytes, signal }: WriteOptions,
) {
  let before = 0;
  for (const { name, file, bytes, sha256 } of files) {
    const to = path.join(target, name);
    await mkdir(path.dirname(to), { recursive: true });
    const onPiece = (copied: number) => onBytes(before + copied);
    const copied = await copyDurably(file, to, { onBytes: onPiece, signal }).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? modelDamaged(file) : error;
    });
    if (sha256 !== null && copied !== sha256) throw modelDamaged(file);
    before += bytes;
  }
  for (const { name, text } of seal()) await writeFile(path.join(target, name), text);
}

/** Packs a verified copy, made beside the target, so that no damaged file gets a matching checksum. */
async function fromFolder(
  target: string,
  model: ExportedModel,
  options: WriteOptions,
  pack: (folder: string, names: readonly string[]) => Promise<void>,
): Promise<null> {
  const { files, seal } = model;
  const folder = `${target}.folder`;
  const names = files.map(({ name }) => name);
  const sealed = () => {
    const texts = seal();
    names.push(...texts.map(({ name }) => name));
    return texts;
  };
  try {
    await writeFolder(folder, { ...model, seal: sealed }, options);
    options.signal?.throwIfAborted();
    await pack(folder, names);
    return null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExportFormat } from '../contract/export-formats.ts';
import { copyDurably } from '../system/durable.ts';
import { writeZip } from '../system/zip.ts';
import { modelDamaged } from '../train/run-storage.ts';

/** A model as it is exported; names are relative, with `/`. */
export type ExportedModel = {
  /** In the run's folder. `sha256`: what it was when training wrote it; null for a run without a manifest. */
  files: readonly { name: string; file: string; bytes: number; sha256: string | null }[];
  /** What goes with them. Asked for once, when all files are known to be whole: the export is in the audit trail from then on. */
  seal: () => readonly { name: string; text: string }[];
};

export type WriteOptions = {
  /** Told of bytes copied so far. */
  onBytes: (bytes: number) => void;
  signal: AbortSignal | undefined;
};

/** Writes a model to `target`, which is not there yet. @throws FalxError `bad-run` damaged; Error of the file system. */
type Writer = (target: string, model: ExportedModel, options: WriteOptions) => Promise<void>;

export const exportWriters: Readonly<Record<ExportFormat, Writer>> = {
  savedmodel: writeFolder,
  zip: (target, model, options) =>
    fromFolder(target, model, options, (folder, names) =>
      writeZip(
        target,
        names.map((name) => ({ name, file: path.join(folder, name) })),
      ),
    ),
};

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

/** Packs a checked copy, made beside the target, so that nothing that is damaged gets a sum that fits it. */
async function fromFolder(
  target: string,
  { files, seal }: ExportedModel,
  options: WriteOptions,
  pack: (folder: string, names: readonly string[]) => Promise<void>,
): Promise<void> {
  const folder = `${target}.folder`;
  const names = files.map(({ name }) => name);
  const sealed = () => {
    const texts = seal();
    names.push(...texts.map(({ name }) => name));
    return texts;
  };
  try {
    await writeFolder(folder, { files, seal: sealed }, options);
    options.signal?.throwIfAborted();
    await pack(folder, names);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

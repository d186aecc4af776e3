import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * What lies in a runtime folder that was put together piece by piece (GPU support), in its `files.json`. Each start compares
 * sizes and times with it, which costs no more than a look; `falx gpu status --verify` the SHA-256.
 */
export type RuntimeFiles = {
  format: 1;
  /** When it was added. */
  added: string;
  /** SHA-256 over the checksums of its parts: which list of parts it was made from. */
  parts: string;
  /** Path with `/` → what it was when it was put there; `modified` in milliseconds. */
  files: Record<string, FileMark>;
};
export type FileMark = { bytes: number; modified: number; sha256: string };

export const runtimeFilesOf = (folder: string): string => path.join(folder, 'files.json');

/** A file that is not what it was, by its path in the folder. */
export type Damage = { file: string; what: 'gone' | 'size' | 'changed' };

/** @throws Error when there is no such list, or it can't be read. */
export const readRuntimeFiles = (folder: string): RuntimeFiles =>
  JSON.parse(readFileSync(runtimeFilesOf(folder), 'utf8')) as RuntimeFiles;

/** The first file that is not what it was, by size and time; null when all are. */
export function damageIn(folder: string, { files }: Pick<RuntimeFiles, 'files'>): Damage | null {
  for (const [file, mark] of Object.entries(files)) {
    const found = statSync(path.join(folder, file), { throwIfNoEntry: false });
    if (!found?.isFile()) return { file, what: 'gone' };
    if (found.size !== mark.bytes) return { file, what: 'size' };
    // Whole milliseconds: a copy to another disk may lose what is finer.
    if (Math.trunc(found.mtimeMs) !== mark.modified) return { file, what: 'changed' };
  }
  return null;
}

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Content of a runtime folder that was assembled from parts (GPU support), in its `files.json`. Each start compares sizes and times
 * with it, which is cheap; `falx gpu status --verify` compares the SHA-256.
 */
export type RuntimeFiles = {
  format: 1;
  /** When it was installed. */
  added: string;
  /** SHA-256 over the checksums of its parts: identifies the list of parts it was made from. */
  parts: string;
  /** Path with `/` → its state when installed; `modified` in milliseconds. */
  files: Record<string, FileMark>;
};
export type FileMark = { bytes: number; modified: number; sha256: string };

export const runtimeFilesOf = (folder: string): string => path.join(folder, 'files.json');

/** A file that has changed, by its path in the folder. */
export type Damage = { file: string; what: 'gone' | 'size' | 'changed' };

/** @throws Error if there is no such list, or it can't be read. */
export const readRuntimeFiles = (folder: string): RuntimeFiles =>
  JSON.parse(readFileSync(runtimeFilesOf(folder), 'utf8')) as RuntimeFiles;

/** The first file that has changed, by size and time; null if none. */
export function damageIn(folder: string, { files }: Pick<RuntimeFiles, 'files'>): Damage | null {
  for (const [file, mark] of Object.entries(files)) {
    const found = statSync(path.join(folder, file), { throwIfNoEntry: false });
    if (!found?.isFile()) return { file, what: 'gone' };
    if (found.size !== mark.bytes) return { file, what: 'size' };
    // Whole milliseconds: a copy to another disk may lose finer digits.
    if (Math.trunc(found.mtimeMs) !== mark.modified) return { file, what: 'changed' };
  }
  return null;
}

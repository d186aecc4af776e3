import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { sha256Of } from '../system/hashes.ts';

/** Where something that can be worked out anew is kept, and what it was worked out of. */
export type KeptAs = { file: string; key: string };

/** Where what opening a dataset's check shows is kept. */
export const openingFile = (home: string, datasetId: string): string =>
  path.join(home, 'cache', `${datasetId}-check.json`);

/** Keeps it. What can't be written, on a full disk say, is worked out anew when it is wanted. @returns whether it was written. */
export function keep({ file, key }: KeptAs, what: unknown): boolean {
  const temporary = `${file}.${randomUUID().slice(0, 8)}.tmp`;
  const text = JSON.stringify({ key, what });
  const written = attempt(() => {
    mkdirSync(path.dirname(file), { recursive: true });
    // Nothing is flushed: what a power cut leaves of it is found by its SHA-256.
    writeFileSync(temporary, `${sha256Of(text)}${text}`, { mode: 0o600 });
    renameSync(temporary, file);
  });
  if (!written) attempt(() => rmSync(temporary, { force: true }));
  return written;
}

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** What was kept; null where there is none, where it is damaged, and where it was worked out of something else. */
export function readKept<T>({ file, key }: KeptAs, schema: z.ZodType<T>): T | null {
  const found = textOf(file);
  const text = found?.slice(SEAL) ?? '';
  if (found === null || sha256Of(text) !== found.slice(0, SEAL)) return null;
  const kept = JSON.parse(text) as { key: string; what: unknown };
  return kept.key === key ? (schema.safeParse(kept.what).data ?? null) : null;
}

/** Characters of a SHA-256. */
const SEAL = 64;

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null; // whatever keeps it from being read, it can be worked out anew
  }
}

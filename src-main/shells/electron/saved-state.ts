import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../../system/folders.ts';
import type { z } from 'zod';

/** Small state of the window in the home, one JSON file each. A missing or damaged one counts as never stored. */
export function readState<T>(file: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Written atomically. */
export function writeState(file: string, value: unknown): void {
  makeFolders(path.dirname(file));
  const part = `${file}.part`;
  writeFileSync(part, `${JSON.stringify(value)}\n`);
  renameSync(part, file);
}

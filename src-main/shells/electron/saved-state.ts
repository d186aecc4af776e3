import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../../system/folders.ts';
import type { z } from 'zod';

/** Small things that the window keeps in the home, a JSON file each. One that is missing or torn was never kept. */
export function readKept<T>(file: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** The whole of it or nothing. */
export function writeKept(file: string, value: unknown): void {
  makeFolders(path.dirname(file));
  const part = `${file}.part`;
  writeFileSync(part, `${JSON.stringify(value)}\n`);
  renameSync(part, file);
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writeAtomically } from '../../system/write-atomically.ts';

/** Beside the registry: the last port of Falx's server, so that open tabs and bookmarks find it again. */
const fileIn = (home: string): string => path.join(home, 'port');

/** The last port of a home's server; null if unknown. */
export function keptPort(home: string): number | null {
  try {
    const port = Number(readFileSync(fileIn(home), 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
  } catch {
    return null; // never served, or unreadable: any port will do
  }
}

export async function keepPort(home: string, port: number): Promise<void> {
  await writeAtomically(fileIn(home), `${port}\n`);
}

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { AuditHead } from '../contract/audit.ts';

/** Kept beside the registry: its newest entry, so that a truncated trail is detected. */
export const headFileOf = (home: string): string => path.join(home, 'audit-head.json');

/** Size of the file, padded: it is always overwritten completely, by one write. */
const BYTES = 128;

/**
 * Writes the head outside the registry. Called after its entry was committed, so it may lag behind the trail but never be ahead; it
 * is not flushed, since each prediction would wait for that.
 */
export function keepHead(home: string, head: AuditHead): void {
  let handle: number | null = null;
  try {
    handle = openFor(headFileOf(home));
    writeSync(handle, `${JSON.stringify(head).padEnd(BYTES - 1)}\n`, 0);
  } catch {
    // The entry is stored all the same, and its action is done: a head that lags behind proves less, but nothing wrong.
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

function openFor(file: string): number {
  try {
    return openSync(file, 'r+');
  } catch {
    return openSync(file, 'w', 0o600);
  }
}

/** The stored head; null if there is none, `unreadable` if the file is damaged. */
export function keptHead(home: string): AuditHead | 'unreadable' | null {
  let text: string;
  try {
    text = readFileSync(headFileOf(home), 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : 'unreadable';
  }
  try {
    return AuditHead.parse(JSON.parse(text));
  } catch {
    return 'unreadable';
  }
}

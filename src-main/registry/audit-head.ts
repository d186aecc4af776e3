import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { AuditHead } from '../contract/audit.ts';

/** Beside the registry: its newest entry, so that a trail whose end was cut off is found out. */
export const headFileOf = (home: string): string => path.join(home, 'audit-head.json');

/** Of the file, padded: it is always overwritten as a whole, by one write. */
const BYTES = 128;

/**
 * Keeps the head outside of the registry. Called once what it tells of is committed, so it may be behind the trail, never
 * ahead of it; it is not flushed, which each prediction would wait for.
 */
export function keepHead(home: string, head: AuditHead): void {
  let handle: number | null = null;
  try {
    handle = openFor(headFileOf(home));
    writeSync(handle, `${JSON.stringify(head).padEnd(BYTES - 1)}\n`, 0);
  } catch {
    // The entry is kept all the same, and what it is about is done: a head that is behind says less, nothing wrong.
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

/** The head that was kept; null when none was, `unreadable` when the file holds none. */
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

import { readFileSync } from 'node:fs';
import { FalxError, wordableFacts, type ErrorCode } from '../contract/errors.ts';

/** A worker's end of the channel to the process that started it. */

let lastSent: Promise<void> = Promise.resolve();

/** Sends a message; nothing happens when nobody listens any more. */
export function send(message: object): void {
  lastSent = new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve());
    else resolve();
  });
}

/** Lets the process end, once all that was sent is delivered: hanging up at once would lose what is on its way. */
export async function leave(): Promise<void> {
  await lastSent;
  process.removeAllListeners('disconnect');
  if (process.connected) process.disconnect();
}

/** What a worker that can't go on tells; the log keeps the rest. */
export function failureOf(error: unknown): {
  kind: 'failed';
  code: ErrorCode;
  message: string;
  facts?: Record<string, unknown>;
} {
  console.error(error);
  const code = error instanceof FalxError ? error.code : 'worker-failed';
  const facts = wordableFacts(error);
  return { kind: 'failed', code, message: (error as Error).message, ...(facts && { facts }) };
}

/** The most memory this process has had, bytes. */
export function peakMemory(): number {
  try {
    // What the system counts as used by a new program includes its parent before it; this file does not.
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}

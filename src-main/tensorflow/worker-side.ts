import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { FalxError, wordableFacts, type ErrorCode } from '../contract/errors.ts';
import { encode, FrameReader, pipes } from './frames.ts';

/** A worker's end of the pipes to the process that started it. */

let up: Socket | undefined;
let down: Socket | undefined;

/** The pipe up; opened when there is something to send, since other programs read this module too. */
function upward(): Socket {
  if (up) return up;
  up = new Socket({ fd: pipes.fromWorker, readable: false, writable: true });
  // Nobody listens any more: that the other pipe ends says it.
  up.on('error', () => undefined);
  return up;
}

/** Hands over what comes, and ends this process when the one that started it is gone. */
export function receive<Message>(handle: (message: Message) => void): void {
  down = new Socket({ fd: pipes.toWorker, readable: true, writable: false });
  const frames = new FrameReader();
  down.on('data', (chunk: Buffer) => {
    for (const message of frames.push(chunk)) handle(message as Message);
  });
  down.on('error', hungUp);
  down.on('end', hungUp);
}

const hungUp = () => process.exit(1);

/**
 * Sends a message; nothing happens when nobody listens any more.
 * @throws TypeError for what no message can carry.
 */
export function send(message: object): void {
  const bytes = encode(message);
  if (upward().writable) upward().write(bytes);
}

/** Sends a message and waits until the system has taken all of it: what may end this process can't take it back then. */
export async function deliver(message: object): Promise<void> {
  const bytes = encode(message);
  // A pipe that breaks meanwhile delivers nothing more.
  if (upward().writable) await new Promise<void>((resolve) => upward().write(bytes, () => resolve()));
}

/** Lets the process end, once all that was sent is delivered: hanging up at once would lose what is on its way. */
export async function leave(): Promise<void> {
  // A pipe that breaks meanwhile delivers nothing more.
  await new Promise<void>((resolve) => upward().once('close', resolve).end());
  down?.off('error', hungUp).off('end', hungUp).destroy();
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

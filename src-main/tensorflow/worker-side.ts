import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { FalxError, wordableFacts, type ErrorCode } from '../contract/errors.ts';
import { encode, FrameReader, pipes } from './frames.ts';

/** A worker's end of the pipes to the process that started it. */

let up: Socket | undefined;
let down: Socket | undefined;

/** The pipe to the parent; opened on first use, since other programs import this module too. */
function upward(): Socket {
  if (up) return up;
  up = new Socket({ fd: pipes.fromWorker, readable: false, writable: true });
  // Nobody listens any more: the end of the other pipe reports it.
  up.on('error', () => undefined);
  return up;
}

/** Handles incoming messages, and ends this process when its parent is gone. */
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

/** Sends a message; no effect if nobody listens any more. @throws TypeError for what can't be sent. */
export function send(message: object): void {
  const bytes = encode(message);
  if (upward().writable) upward().write(bytes);
}

/** Sends a message and waits until the system has taken all of it: a crash of this process can't lose it then. */
export async function deliver(message: object): Promise<void> {
  const bytes = encode(message);
  // A pipe that breaks meanwhile delivers nothing more.
  if (upward().writable) await new Promise<void>((resolve) => upward().write(bytes, () => resolve()));
}

/** Ends the process, once everything sent is delivered: closing the pipe at once would lose messages in transit. */
export async function leave(): Promise<void> {
  // A pipe that breaks meanwhile delivers nothing more.
  await new Promise<void>((resolve) => upward().once('close', resolve).end());
  down?.off('error', hungUp).off('end', hungUp).destroy();
}

/** A failure as sent to the parent; the log has the rest. */
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

/** Peak memory of this process, bytes. */
export function peakMemory(): number {
  try {
    // What the system counts for a new program includes its parent's memory before it; this file does not.
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}

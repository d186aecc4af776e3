import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Watch } from '../../src-main/tensorflow/watchdog.ts';

/** A library that makes a worker wait forever in TensorFlow, as in a hanging driver; null if there is no compiler. */
export function waitingLibrary(): string | null {
  if (process.platform !== 'linux') return null;
  const library = path.join(mkdtempSync(path.join(tmpdir(), 'falx-waits-')), 'waits-for-ever.so');
  const source = path.join(import.meta.dirname, 'waits-for-ever.c');
  try {
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
    return library;
  } catch {
    return null;
  }
}

/** Notices only workers without activity, after 4 s; and stopped ones only, after half a second. */
export const idleWatch: Watch = { every: 100, stopped: Infinity, stoppedEnding: Infinity, idle: 40 };
export const stoppedWatch: Watch = { every: 50, stopped: 10, stoppedEnding: 10, idle: Infinity };

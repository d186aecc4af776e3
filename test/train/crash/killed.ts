import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The library that kills a process at one of its file operations, or null if there is no compiler to build it. */
export function killLibrary(): string | null {
  if (process.platform !== 'linux') return null;
  const library = join(mkdtempSync(join(tmpdir(), 'falx-kill-')), 'kill-at.so');
  try {
    execFileSync('gcc', [
      '-shared',
      '-fPIC',
      '-O1',
      '-o',
      library,
      join(import.meta.dirname, 'kill-at.c'),
      '-ldl',
    ]);
    return library;
  } catch {
    return null;
  }
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs one of Falx's modules in its own process. */
export function child(
  module: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, ['--expose-gc', module, ...args], {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', ...environment },
    });
    let [stdout, stderr] = ['', ''];
    process_.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    process_.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    process_.once('error', reject);
    process_.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

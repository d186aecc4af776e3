import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The library that ends a process at one of its file operations, or null where there is no compiler to make it. */
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

/** Runs a module of Falx's in a process of its own. */
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

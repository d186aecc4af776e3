import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../src-main/shells/cli/main.ts', import.meta.url));

export type Ended = {
  code: number | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
};

/** Starts the real command line in its own process. */
export function startFalx(
  home: string,
  args: readonly string[],
): { child: ChildProcess; ended: Promise<Ended>; heard: (text: string) => Promise<void> } {
  const started = performance.now();
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, FALX_HOME: home, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const listener of listeners) listener();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, stdout, stderr, milliseconds: performance.now() - started }),
    );
  });
  return {
    child,
    ended,
    /** Resolves once standard error contains the text; rejects if the process ends before. */
    heard: (text) =>
      new Promise((resolve, reject) => {
        const listener = () => {
          if (stderr.includes(text)) resolve();
        };
        listeners.add(listener);
        listener();
        ended.then(() => reject(new Error(`falx ended and never said "${text}" but\n${stderr}`)), reject);
      }),
  };
}

/** Runs the real command line to its end. */
export function falx(home: string, ...args: string[]): Promise<Ended> {
  return startFalx(home, args).ended;
}

/** Runs it with `--json` and parses its only document. @throws with its output if it exits with another code. */
export async function falxJson<T>(home: string, args: readonly string[], code = 0): Promise<T> {
  const ended = await falx(home, ...args, '--json');
  if (ended.code !== code)
    throw new Error(
      `falx ${args.join(' ')} exited ${ended.code}, not ${code}:\n${ended.stdout}\n${ended.stderr}`,
    );
  return JSON.parse(ended.stdout) as T;
}

/** Descendants of a process that run a module with this name; Linux only. */
export function workersOf(parent: number, module: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(
      (pid) => Number.isInteger(pid) && statOf(pid)?.parent === parent && commandOf(pid).includes(module),
    );
}

/** Whether a process is running; one that has ended but was not reaped is not. */
export function lives(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.state !== 'Z';
}

function statOf(pid: number): { state: string; parent: number } | null {
  if (!existsSync(`/proc/${pid}/stat`)) return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: state!, parent: Number(parent) };
  } catch {
    return null; // ended in between
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { repository, setUp } from './setup/set-up.mjs';

/**
 * Sets Falx up if necessary and runs one of its scripts in Node 24 in place of this process: same folder, streams,
 * signals and exit code.
 * @param {string} script relative to the repository
 * @param {string[]} args
 */
export async function launch(script, args) {
  const { node } = await setUp();
  // Node 24.0 to 24.2 warn about running TypeScript; later versions do not.
  const command = [
    ...(script.endsWith('.ts') ? ['--disable-warning=ExperimentalWarning'] : []),
    join(repository, script),
    ...args,
  ];
  // Reuses compiled code, so that the window opens sooner.
  process.env['NODE_COMPILE_CACHE'] ??= join(repository, '.falx', 'compiled');
  if (process.platform !== 'win32' && 'execve' in process)
    process.execve?.(node, [node, ...command], process.env);
  process.exitCode = await inChild(node, command);
}

/** Signals to this process alone that end or control a program. */
const forwarded = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']);

/**
 * @param {string} node
 * @param {string[]} args
 * @returns {Promise<number>} the exit code, 128 + the signal's number for one that was killed
 */
export function inChild(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: 'inherit' });
    for (const signal of forwarded) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}

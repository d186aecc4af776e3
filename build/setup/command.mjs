import { spawn } from 'node:child_process';

/** Set-up failed; the message says what happened and what to do. */
export class SetUpError extends Error {}

/** @param {number} bytes */
export const megabytes = (bytes) => Math.round(bytes / 1e6);

/** @param {string} line */
export const say = (line) => process.stderr.write(`Falx set-up: ${line}\n`);

/**
 * Announces a long step, shows its progress, and reports how long it took.
 * A terminal gets one line that changes; a log gets a line at the start, every 15 s, and at the end.
 * @template T
 * @param {string} title in the -ing form, "downloading TensorFlow"
 * @param {(tell: (progress: string) => void) => Promise<T>} work receives a function that shows progress, "12 of 274 MB"
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const terminal = process.stderr.isTTY;
  const began = Date.now();
  let lastLine = began;
  if (terminal) process.stderr.write(`Falx set-up: ${title} …`);
  else say(`${title} …`);
  const result = await work((progress) => {
    if (terminal) process.stderr.write(`\r\x1b[KFalx set-up: ${title}, ${progress}`);
    else if (Date.now() - lastLine > 15_000) {
      lastLine = Date.now();
      say(`${title}, ${progress}`);
    }
  }).catch((error) => {
    if (terminal) process.stderr.write('\n');
    throw error;
  });
  if (terminal) process.stderr.write('\r\x1b[K');
  say(`${title}: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

/**
 * Runs a program to its end. When this process receives a signal to end, it is forwarded and the program waited for: npm
 * takes a while to clean up, and the next set-up must not overlap with it.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean, signal?: AbortSignal }} [options] `signal` ends it
 * @returns {Promise<{ code: number | null, output: string }>} both output streams, their last 64 kB; `code` is null if it
 *   could not be started or was killed
 * @throws {SetUpError} when this process was told to end
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let output = '';
    /** @param {Buffer} data */
    const keep = (data) => (output = (output + data).slice(-65_536));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);

    let told = false;
    const end = () => {
      told = true;
      child.kill('SIGTERM');
    };
    for (const signal of endings) process.on(signal, end);
    /** @param {number | null} code */
    const ended = (code) => {
      for (const signal of endings) process.off(signal, end);
      if (told) reject(new SetUpError('it was interrupted. Start again to go on.'));
      else resolve({ code, output });
    };
    child.once('error', (error) => {
      output = error.message;
      ended(null);
    });
    child.once('close', ended);
  });
}

const endings = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * The lines of a program's output that explain its failure: those with "error", else the last ones.
 * @param {string} output
 */
export function reasonIn(output) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const errors = lines.filter((line) => /\berror\b/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-4).join('\n  ') || 'it printed nothing';
}

/**
 * Runs a program's main function; a SetUpError is printed as one sentence, with exit code 1.
 * @param {() => Promise<void>} work
 */
export async function orSay(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

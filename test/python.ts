import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Used by the goldens and the live parity tests; TensorFlow 2.21 as in the engine. */
export const kerasRequirements = ['keras==3.15.1', 'tensorflow-cpu==2.21.0'];
/** Keras 2. It requires the package `tensorflow`, which `tensorflow-cpu` replaces. */
const keras2 = 'tf-keras==2.21.0';

/** The path of a Python with Keras 3 and Keras 2 (`tf_keras`) on TensorFlow; created once, then reused. */
export const kerasPython = (): Promise<string> => pythonEnvironment('keras', kerasRequirements, [keras2]);

/**
 * The path of the Python of a virtual environment with these packages, outside the checkout. The first call creates it
 * (minutes); later calls and processes find it. It gets its name only when complete, so an interrupted one is created
 * again.
 * @param name short name of its folder
 * @param requirements as for pip, each pinned; other requirements give another environment
 * @param alone further ones, installed without their dependencies
 * @throws Error with pip's own message if Python is missing or pip fails
 */
export async function pythonEnvironment(
  name: string,
  requirements: string[],
  alone: string[] = [],
): Promise<string> {
  const home = join(cacheFolder(), 'python');
  const folder = join(home, `${name}-${await keyOf([...requirements, ...alone])}`);
  if (existsSync(pythonIn(folder))) return pythonIn(folder);

  await mkdir(home, { recursive: true });
  await removeAbandoned(home);
  const part = `${folder}.${process.pid}.part`;
  await rm(part, { recursive: true, force: true });
  process.stderr.write(`Making the Python environment "${name}" (${requirements.join(', ')}), once …\n`);
  await python(systemPython(), ['-m', 'venv', part]);
  await python(pythonIn(part), ['-m', 'pip', 'install', '--quiet', ...requirements]);
  if (alone.length > 0)
    await python(pythonIn(part), ['-m', 'pip', 'install', '--quiet', '--no-deps', ...alone]);
  await moveInto(part, folder);
  return pythonIn(folder);
}

/**
 * Runs Python.
 * @returns its standard output
 * @throws Error with the end of its standard error
 */
export async function python(
  executable: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  try {
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', PYTHONDONTWRITEBYTECODE: '1', ...options.env };
    const { stdout } = await execute(executable, args, { ...options, env, maxBuffer: 2 ** 28 });
    return stdout;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? '';
    throw new Error(`${executable} ${args.join(' ')} failed: ${said.slice(-4000) || String(error)}`, {
      cause: error,
    });
  }
}

/** FALX_CACHE, else the user's cache folder for Falx. */
export function cacheFolder(): string {
  const { FALX_CACHE, XDG_CACHE_HOME } = process.env;
  return FALX_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'falx');
}

const systemPython = (): string =>
  process.env['FALX_PYTHON'] || (process.platform === 'win32' ? 'python' : 'python3');

const pythonIn = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

async function keyOf(requirements: string[]): Promise<string> {
  const version = await python(systemPython(), ['-c', 'import sys; print(sys.version, sys.prefix)']);
  return createHash('sha256')
    .update([version, ...requirements].join('\n'))
    .digest('hex')
    .slice(0, 10);
}

/** If another process has finished the same environment first, that copy is kept. */
async function moveInto(part: string, folder: string): Promise<void> {
  try {
    await rename(part, folder);
  } catch (error) {
    if (!existsSync(pythonIn(folder))) throw error;
    await rm(part, { recursive: true, force: true });
  }
}

async function removeAbandoned(home: string): Promise<void> {
  for (const entry of await readdir(home)) {
    const pid = /\.(\d+)\.part$/.exec(entry)?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(home, entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, SetUpError } from './command.mjs';

/**
 * Where TensorFlow and the binding are stored for all checkouts: FALX_CACHE, else the user's cache folder.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [platform]
 */
export function cacheFolder(env = process.env, platform = process.platform) {
  if (env['FALX_CACHE']) return env['FALX_CACHE'];
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'falx');
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'falx', 'cache');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'falx');
  return join(homedir(), '.cache', 'falx');
}

/** Whether there are signs of an NVIDIA driver; costs only a few file look-ups. */
export const hasNvidiaDriver = () =>
  existsSync('/proc/driver/nvidia/version') || nvidiaProgram() !== undefined;

/** In the Windows Subsystem for Linux it is not on PATH. */
const nvidiaProgram = () => onPath('nvidia-smi') ?? onPath('/usr/lib/wsl/lib/nvidia-smi');

/**
 * Compute capabilities that the GPU build has kernels for, from the first to below the second. The same as `gpuNeeds` in
 * src-main/tensorflow/gpu-needs.ts, which gives the source; a test compares them.
 */
export const capabilities = { from: 6, below: 10 };

/**
 * @typedef {object} Build one entry of runtime-lock.json
 * @property {boolean} run whether the developers have run it
 * @property {string[]} libraries what the binding is linked with
 * @property {Wheel[]} wheels
 *
 * @typedef {object} Wheel
 * @property {string} name
 * @property {string} version
 * @property {string} platform pip's tag
 * @property {string} file
 * @property {string | null} sha256 null: not verified by anyone yet, so it is refused
 * @property {number} bytes
 * @property {number} unpackedBytes of the files kept
 *
 * @typedef {{ tensorflow: string, python: string, builds: Record<string, Build> }} RuntimeLock
 */

/** @returns {RuntimeLock} */
export const readRuntimeLock = () =>
  JSON.parse(readFileSync(new URL('../runtime-lock.json', import.meta.url), 'utf8'));

/**
 * Which TensorFlow this machine gets: the GPU build if a GPU with a supported compute capability responds, else the CPU
 * build. FALX_TENSORFLOW=cpu or gpu overrides this.
 * @param {RuntimeLock} lock
 * @returns {Promise<'cpu' | 'gpu'>}
 * @throws {SetUpError} when there is none for this system
 */
export async function chooseBuild(lock, env = process.env, system = `${process.platform}-${process.arch}`) {
  const wish = env['FALX_TENSORFLOW'];
  if (wish && wish !== 'cpu' && wish !== 'gpu')
    throw new SetUpError(`FALX_TENSORFLOW is "${wish}": set it to cpu or gpu, or leave it unset.`);
  if (!lock.builds[`${system}-cpu`])
    throw new SetUpError(
      `there is no TensorFlow ${lock.tensorflow} for ${system}. Use one of ${systemsOf(lock).join(', ')}.`,
    );
  if (wish === 'gpu' && !lock.builds[`${system}-gpu`])
    throw new SetUpError(
      `there is no TensorFlow ${lock.tensorflow} with GPU support for ${system}. Unset FALX_TENSORFLOW.`,
    );
  if (wish === 'cpu' || wish === 'gpu') return wish;
  if (!lock.builds[`${system}-gpu`] || !hasNvidiaDriver()) return 'cpu';
  const program = nvidiaProgram();
  if (program === undefined) return 'cpu';
  const { code, output } = await run(program, ['--query-gpu=compute_cap', '--format=csv,noheader']);
  const majors = [...output.matchAll(/^\s*(\d+)\.\d+\s*$/gm)].map(([, major]) => Number(major));
  return code === 0 && majors.some((major) => major >= capabilities.from && major < capabilities.below)
    ? 'gpu'
    : 'cpu';
}

/** @param {RuntimeLock} lock */
const systemsOf = (lock) => [
  ...new Set(Object.keys(lock.builds).map((name) => name.replace(/-[cg]pu$/, ''))),
];

/**
 * @typedef {object} Tools programs with their first arguments; missing ones are undefined
 * @property {string[] | undefined} [npm]
 * @property {string[] | undefined} [python]
 * @property {string[] | undefined} [pip]
 * @property {string[] | undefined} [compiler]
 */

/**
 * @param {(keyof Tools)[]} wanted
 * @returns {Promise<Tools>}
 */
export async function findTools(wanted) {
  /** @type {Tools} */
  const tools = {};
  if (wanted.includes('npm')) tools.npm = await firstThatRuns([['npm', '--version']]);
  if (wanted.includes('python') || wanted.includes('pip')) {
    const pythons = [process.platform === 'win32' ? ['py', '-3'] : ['python3'], ['python']];
    // Some hand-built Pythons lack zlib, and wheels are zip files.
    tools.python = await firstThatRuns(
      pythons.map((python) => [...python, '-c', 'import zipfile, zlib']),
      -2,
    );
    const modules = tools.python ? [[...tools.python, '-m', 'pip', '--version']] : [];
    tools.pip = await firstThatRuns([...modules, ['pip3', '--version'], ['pip', '--version']]);
  }
  if (wanted.includes('compiler')) tools.compiler = compiler();
  return tools;
}

/** The C++ compiler: CXX, else the system's usual one. */
function compiler() {
  const names = process.platform === 'win32' ? ['cl.exe'] : ['g++', 'c++', 'clang++'];
  const [asked, ...options] = (process.env['CXX'] ?? '').split(' ').filter(Boolean);
  const found = (asked ? [asked, ...names] : names).find((name) => onPath(name) !== undefined);
  return found === undefined ? undefined : found === asked ? [asked, ...options] : [found];
}

/**
 * @param {string[][]} commands
 * @param {number} [keep] how many of the command's words to return, as the end of `slice`
 */
async function firstThatRuns(commands, keep = -1) {
  for (const command of commands) {
    const [program = '', ...args] = command;
    const { code } = await run(program, args, { shell: process.platform === 'win32' && program === 'npm' });
    if (code === 0) return command.slice(0, keep);
  }
  return undefined;
}

/** @param {string} program */
function onPath(program) {
  if (/[\\/]/.test(program)) return existsSync(program) ? program : undefined;
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const names = process.platform === 'win32' ? [program, `${program}.exe`] : [program];
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
}

/** Each tool's name, and the Debian package that provides it. */
const remedies = {
  npm: { what: 'npm', debian: 'npm' },
  python: { what: 'Python 3', debian: 'python3' },
  pip: { what: 'pip, the Python package installer', debian: 'python3-pip' },
  compiler: { what: 'a C++ compiler', debian: 'g++' },
};

/**
 * Names all missing tools in one sentence, before anything long starts.
 * @param {(keyof Tools)[]} wanted
 * @param {Tools} tools
 * @returns {string | undefined}
 */
export function missingTools(wanted, tools, platform = process.platform) {
  const missing = wanted.filter((name) => !tools[name]);
  if (missing.length === 0) return undefined;
  const what = missing.map((name) => remedies[name].what).join(' and ');
  const debian = missing.map((name) => remedies[name].debian).join(' ');
  if (platform === 'darwin' || platform === 'win32')
    return `Falx needs ${what}, not found here. Install it${missing.includes('compiler') ? ` (${compilers[platform]})` : ''} and start again.`;
  return `Falx needs ${what}, not found here. Install with "sudo apt-get install ${debian}" (Debian, Ubuntu) and start again.`;
}

const compilers = {
  darwin: 'compiler: xcode-select --install',
  win32: 'compiler: Visual Studio Build Tools, started from its "x64 Native Tools Command Prompt"',
};

import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { reasonIn, run, SetUpError, step } from './command.mjs';
import { readIfWhole, writeWhole } from './whole.mjs';

/** @import { Locked } from './packages.mjs' */
/** @import { Tools } from './machine.mjs' */

/** Raised when the way the binding is compiled changes. */
const recipe = 2;

/**
 * Where the binding for these libraries and these sources is. The packages' checksums stand for their sources, so the
 * place is known before they are installed.
 * @param {string} cache
 * @param {string} folder TensorFlow's
 * @param {Record<string, Locked>} locked
 */
export function bindingFile(cache, folder, locked) {
  const sources = ['@tensorflow/tfjs-node-gpu', 'node-api-headers'].map(
    (name) => locked[`node_modules/${name}`]?.integrity,
  );
  const key = createHash('sha256')
    .update(JSON.stringify([recipe, sources]))
    .digest('hex')
    .slice(0, 12);
  return join(cache, 'bindings', `${basename(folder)}-${key}`, 'tfjs_binding.node');
}

/** @param {string} file */
export const hasBinding = (file) =>
  statSync(file, { throwIfNoEntry: false })?.size === (readIfWhole(receiptOf(file))?.bytes ?? -1);

/** @param {string} file */
const receiptOf = (file) => join(dirname(file), 'receipt.json');

/**
 * Compiles tfjs-node's binding against TensorFlow's own libraries.
 * @param {{ file: string, repository: string, folder: string, libraries: string[], tools: Tools }} options `folder` is what
 *   `libraries` are relative to
 * @throws {SetUpError} with the compiler's words
 */
export async function compileBinding({ file, repository, folder, libraries, tools }) {
  const target = dirname(file);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const part = join(target, 'part.node');
  const plan = { part, target, folder, libraries, modules: join(repository, 'node_modules') };
  await step('compiling the binding to TensorFlow', async () => {
    const [compiler = '', ...first] = tools.compiler ?? [];
    for (const [program, args] of process.platform === 'win32' ? withCl(plan) : withGcc(plan)) {
      const command = program === 'compiler' ? compiler : program;
      const { code, output } = await run(command, [...(program === 'compiler' ? first : []), ...args], {
        cwd: target,
      });
      if (code !== 0)
        throw new SetUpError(
          `the binding to TensorFlow could not be compiled with ${command}. A compiler for C++17 is needed (g++ 9 or later); with Debian's g++ it works. It said:\n  ${reasonIn(output)}`,
        );
    }
    if (process.platform === 'win32') await placeLibraries(plan, tools);
  });
  renameSync(part, file);
  writeWhole(receiptOf(file), { bytes: statSync(file).size });
}

/**
 * @typedef {{ part: string, target: string, folder: string, libraries: string[], modules: string }} Plan
 * @typedef {[program: string, args: string[]][]} Commands "compiler" stands for the one that was found
 */

/** @param {Plan} plan */
function sources({ modules }) {
  const folder = join(modules, '@tensorflow', 'tfjs-node-gpu', 'binding');
  const names = readdirSync(folder).filter((name) => name.endsWith('.cc'));
  return names.sort().map((name) => join(folder, name));
}

/** @param {Plan} plan */
const includes = ({ modules, folder }) => [
  join(modules, 'node-api-headers', 'include'),
  join(folder, 'tensorflow', 'include'),
];

/**
 * Linux and macOS. The run paths are relative: the file is the same on every machine, works from the cache, wherever that
 * is, and, copied as it is, from `binding/` in a folder that has `tensorflow/`. No path of this machine is left in it.
 * @param {Plan} plan
 * @returns {Commands}
 */
function withGcc(plan) {
  const mac = process.platform === 'darwin';
  const place = relative(plan.target, join(plan.folder, 'tensorflow'));
  const shared = mac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-s'];
  const here = mac ? '@loader_path' : '$ORIGIN';
  const runPaths = ['../tensorflow', place].flatMap((path) => [
    '-Xlinker',
    '-rpath',
    '-Xlinker',
    `${here}/${path}`,
  ]);
  return [
    [
      'compiler',
      [
        ...['-std=c++17', '-O2', '-fPIC', '-DNAPI_VERSION=8', ...shared],
        `-ffile-prefix-map=${plan.modules}=node_modules`,
        `-ffile-prefix-map=${plan.folder}=.`,
        ...includes(plan).map((include) => `-I${include}`),
        ...sources(plan),
        ...['-o', plan.part],
        ...plan.libraries.map((library) => join(plan.folder, library)),
        ...runPaths,
      ],
    ],
  ];
}

/**
 * Windows: the wheel keeps TensorFlow's C functions in one DLL and its import library beside it. Not run yet.
 * @param {Plan} plan
 * @returns {Commands}
 */
function withCl(plan) {
  const nodeApi = join(plan.target, 'node_api.lib');
  const definitions = join(plan.modules, 'node-api-headers', 'def', 'node_api.def');
  const libraries = plan.libraries.map((library) => `${join(plan.folder, library)}.if.lib`);
  return [
    ['lib.exe', ['/nologo', '/machine:x64', `/def:${definitions}`, `/out:${nodeApi}`]],
    [
      'compiler',
      [
        ...['/nologo', '/std:c++17', '/O2', '/EHsc', '/LD', '/DNAPI_VERSION=8'],
        ...includes(plan).map((include) => `/I${include}`),
        ...sources(plan),
        ...['/link', `/out:${plan.part}`, nodeApi, ...libraries],
      ],
    ],
  ];
}

/**
 * Windows looks for a DLL beside the file that wants it. TensorFlow's own DLL in turn wants Python's, of the version the
 * wheel is for. Not run yet.
 * @param {Plan} plan
 * @param {Tools} tools
 */
async function placeLibraries({ target, folder, libraries }, tools) {
  const [python = '', ...first] = tools.python ?? [];
  const { output } = await run(python, [...first, '-c', 'import sys; print(sys.base_prefix)']);
  const pythonLibrary = join(output.trim(), 'python312.dll');
  if (!existsSync(pythonLibrary))
    throw new SetUpError(
      'on Windows TensorFlow needs the library of Python 3.12, and the Python found is another. Install Python 3.12 and start again.',
    );
  for (const library of [...libraries.map((name) => join(folder, name)), pythonLibrary])
    linkSync(library, join(target, basename(library)));
}

/**
 * Loads the binding in the Node.js that will use it, as a worker would; where that ends the process, without a GPU, so that
 * a driver that is broken leaves Falx on the processor (`falx doctor` says why).
 * @param {{ node: string, file: string, folder: string }} options `folder` holds `nvidia/`, where there is one
 * @returns {Promise<{ version: string, gpuFailed: boolean }>} the version TensorFlow gives
 * @throws {SetUpError} with the loader's words
 */
export async function tryBinding({ node, file, folder }) {
  const script = 'process.stdout.write(`<${require(process.argv[1]).TF_Version}>`)';
  const env = { ...process.env, ...libraryEnvironment(folder), TF_CPP_MIN_LOG_LEVEL: '3' };
  const load = async (/** @type {NodeJS.ProcessEnv} */ more) => {
    const { code, output } = await run(node, ['-e', script, file], { env: { ...env, ...more } });
    return { code, output, version: code === 0 ? /<(.+)>/.exec(output)?.[1] : undefined };
  };
  const first = await load({ TF_FORCE_GPU_ALLOW_GROWTH: 'true' });
  if (first.version !== undefined) return { version: first.version, gpuFailed: false };
  const second = existsSync(join(folder, 'nvidia')) ? await load({ CUDA_VISIBLE_DEVICES: '-1' }) : first;
  if (second.version !== undefined) return { version: second.version, gpuFailed: true };
  throw new SetUpError(
    `TensorFlow is installed but can't be loaded on this machine${second.code === null ? ' (it ended the process: TensorFlow needs a processor with AVX)' : ''}. It said:\n  ${reasonIn(second.output)}`,
  );
}

/**
 * NVIDIA's libraries, each in a folder of its own, in front of whatever the user has: what `libraryEnvironment` in
 * src-main/tensorflow/environment.ts gives the workers, and a test compares the two.
 * @param {string} folder that holds `nvidia/` beside `tensorflow/`
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Record<string, string>}
 */
export function libraryEnvironment(folder, env = process.env) {
  const nvidia = join(folder, 'nvidia');
  const own = (process.platform === 'linux' && existsSync(nvidia) ? readdirSync(nvidia).sort() : [])
    .map((name) => join(nvidia, name, 'lib'))
    .filter((lib) => existsSync(lib));
  if (own.length === 0) return {};
  const theirs = (env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean);
  // Windows' own driver, in its Subsystem for Linux.
  const wsl = ['/usr/lib/wsl/lib'].filter((lib) => existsSync(lib));
  return { LD_LIBRARY_PATH: [...new Set([...own, ...theirs, ...wsl])].join(':') };
}

import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bindingFile, compileBinding, hasBinding, tryBinding } from './binding.mjs';
import { say, SetUpError } from './command.mjs';
import {
  cacheFolder,
  chooseBuild,
  findTools,
  hasNvidiaDriver,
  missingTools,
  readRuntimeLock,
} from './machine.mjs';
import { findNode, installedPackages, installPackages, lockedPackages } from './packages.mjs';
import { absentWheels, provideTensorflow, tensorflowFolder, unpackedFiles } from './tensorflow.mjs';
import { withLock, readIfWhole, writeWhole } from './whole.mjs';

/**
 * @typedef {object} Runtime what Falx runs on; stored in `.falx/runtime.json`, read by src-main/tensorflow/runtime.ts
 * @property {string} node
 * @property {{ folder: string, version: string, build: 'cpu' | 'gpu' }} tensorflow `folder` holds its shared libraries
 * @property {string} binding
 */

/** The checkout, absolute. */
export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
const folder = join(repository, '.falx');

/**
 * Provides everything Falx runs on, unless it exists: the npm packages, Node 24, TensorFlow, the binding between them.
 * Safe to repeat, to interrupt and to run twice at once; prints nothing when there is nothing to do.
 * @returns {Promise<Runtime>}
 * @throws {SetUpError} a sentence for people, with the remedy
 */
export async function setUp() {
  if (Number(process.versions.node.split('.')[0]) < 20)
    throw new SetUpError(
      `set-up needs Node 20 or later and was started with ${process.version}. Install a newer one and start again.`,
    );
  return ready() ?? (await withLock(join(folder, 'set-up.lock'), async () => ready() ?? (await make())));
}

/** @returns {Promise<Runtime>} */
async function make() {
  const build = await chooseBuild(readRuntimeLock());
  const { node, tensorflow, wheels, libraries, binding, version } = await provideRuntime(build);
  linkCommand();

  const place = dirname(join(tensorflow, libraries[0] ?? ''));
  /** @type {Runtime} */
  const runtime = { node, tensorflow: { folder: place, version, build }, binding };
  writeWhole(join(folder, 'runtime.json'), runtime);
  writeWhole(join(folder, 'stamp.json'), {
    wanted: inputsHash(),
    there: there(runtime, unpackedFiles(tensorflow, wheels)),
  });
  return runtime;
}

/**
 * Provides what a build of TensorFlow runs on, unless it exists, whichever build this checkout itself uses.
 * @param {'cpu' | 'gpu'} build
 * @returns {Promise<Provided>}
 * @throws {SetUpError}
 *
 * @typedef {object} Provided
 * @property {string} node
 * @property {string} tensorflow the folder with its unpacked wheels
 * @property {import('./machine.mjs').Wheel[]} wheels
 * @property {string[]} libraries relative to `tensorflow`
 * @property {string} binding
 * @property {string} version as reported by TensorFlow
 */
export async function provideRuntime(build) {
  const lock = readRuntimeLock();
  const name = `${process.platform}-${process.arch}-${build}`;
  const { wheels = [], libraries = [], run = false } = lock.builds[name] ?? {};
  const cache = cacheFolder();
  const tensorflow = tensorflowFolder(cache, name, lock);
  const binding = bindingFile(cache, tensorflow, lockedPackages(repository));

  const tools = await toolsFor({
    packages: !installedPackages(repository),
    wheels: absentWheels(tensorflow, wheels).length > 0,
    binding: !hasBinding(binding),
  });
  if (!run)
    say(
      `TensorFlow ${lock.tensorflow} for ${name} has not been run by Falx's developers yet. Please tell them how it goes.`,
    );

  if (!installedPackages(repository)) await installPackages(repository, tools.npm?.[0] ?? 'npm');
  const node = findNode(repository);
  await withLock(join(cache, 'set-up.lock'), async () => {
    const absent = absentWheels(tensorflow, wheels).length > 0;
    if (absent) await provideTensorflow({ cache, folder: tensorflow, wheels, python: lock.python, tools });
    if (!hasBinding(binding))
      await compileBinding({ file: binding, repository, folder: tensorflow, libraries, tools });
  });
  const { version, gpuFailed } = await tryBinding({ node, file: binding, folder: tensorflow });
  if (gpuFailed)
    say('TensorFlow ends when it asks for the GPU, and loads without it. "npx falx doctor" says why.');
  return { node, tensorflow, wheels, libraries, binding, version };
}

/**
 * Finds the programs that the pending steps need, before the first of them starts.
 * @param {{ packages: boolean, wheels: boolean, binding: boolean }} ahead
 */
async function toolsFor({ packages, wheels, binding }) {
  /** @type {(keyof import('./machine.mjs').Tools)[]} */
  const needed = [];
  if (packages) needed.push('npm');
  if (wheels) needed.push('python', 'pip');
  if (binding) needed.push('compiler');
  const tools = await findTools(needed);
  const missing = missingTools(needed, tools);
  if (missing) throw new SetUpError(missing);
  return tools;
}

/**
 * The runtime, if the last set-up had the same inputs and every file of it still has its size.
 * @returns {Runtime | undefined}
 */
function ready() {
  const stamp = readIfWhole(join(folder, 'stamp.json'));
  if (!stamp || stamp.wanted !== inputsHash()) return undefined;
  /** @type {[string, number][]} */
  const there = stamp.there;
  const whole = there.every(([file, bytes]) => statSync(file, { throwIfNoEntry: false })?.size === bytes);
  return whole ? readIfWhole(join(folder, 'runtime.json')) : undefined;
}

/** A hash of everything that determines the set-up's result. */
function inputsHash() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'build/runtime-lock.json', 'build/setup/binding.mjs'])
    hash.update(readFileSync(join(repository, file)));
  const { FALX_TENSORFLOW, CXX } = process.env;
  hash.update(JSON.stringify([repository, cacheFolder(), FALX_TENSORFLOW, CXX, hasNvidiaDriver()]));
  return hash.digest('hex');
}

/**
 * @param {Runtime} runtime
 * @param {[string, number][]} unpacked
 * @returns {[file: string, bytes: number][]}
 */
function there({ node, binding }, unpacked) {
  const files = [...(installedPackages(repository) ?? []), node, binding, join(folder, 'runtime.json')];
  return [...files.map((file) => /** @type {[string, number]} */ ([file, statSync(file).size])), ...unpacked];
}

/** `npx falx` in the checkout looks in node_modules/.bin, where npm does not link a project's own command. */
function linkCommand() {
  const commands = join(repository, 'node_modules', '.bin');
  const target = join(repository, 'build', 'falx.mjs');
  if (process.platform === 'win32') writeFileSync(join(commands, 'falx.cmd'), `@node "${target}" %*\r\n`);
  else {
    const link = join(commands, 'falx');
    rmSync(link, { force: true });
    symlinkSync(relative(commands, target), link);
  }
}

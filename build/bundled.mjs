import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { repository } from './setup/set-up.mjs';

/** @typedef {{ name: string, version: string, folder: string }} BundledPackage `folder` is relative to the repository */

/** The list of a built part's packages, beside it. */
export const bundledFile = 'packages.json';

/**
 * Lists the packages bundled into what is built: from the bundler's module graph, and from the files that style sheets
 * refer to, such as fonts. Their licences are shipped with it.
 * @returns {import('vite').Plugin}
 */
export function bundledPackages() {
  let root = repository;
  return {
    name: 'falx:bundled-packages',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_, bundle) {
      const taken = Object.values(bundle).flatMap((one) =>
        one.type === 'asset' ? one.originalFileNames.map((name) => resolve(root, name)) : [],
      );
      // A module that only re-exports another may be missing from the output: it is listed all the same.
      const files = [...this.getModuleIds(), ...taken];
      /** @type {Map<string, BundledPackage>} */
      const found = new Map();
      for (const file of files) {
        const one = packageOf(file.replace(/^\0/, '').replace(/\?.*$/, ''));
        if (one) found.set(one.folder, one);
      }
      const packages = [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
      this.emitFile({
        type: 'asset',
        fileName: bundledFile,
        source: `${JSON.stringify(packages, null, 2)}\n`,
      });
    },
  };
}

/**
 * @param {string} file
 * @returns {BundledPackage | null} the package that a file belongs to; null for one of Falx's own
 */
function packageOf(file) {
  const at = file.lastIndexOf('/node_modules/');
  if (at === -1) return null;
  // A folder within a package may have a package.json without a name, which only sets its modules' type.
  for (let folder = dirname(file); folder.length > at; folder = dirname(folder)) {
    const description = join(folder, 'package.json');
    if (!existsSync(description)) continue;
    const { name, version } = JSON.parse(readFileSync(description, 'utf8'));
    if (name && version) return { name, version, folder: relative(repository, folder) };
  }
  return null;
}

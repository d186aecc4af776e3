import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { repository } from './setup/set-up.mjs';

/** @typedef {{ name: string, version: string, folder: string }} BundledPackage `folder` is relative to the repository */

/** What a built part says it is made of, beside it. */
export const bundledFile = 'packages.json';

/**
 * Writes down the packages that what is built has in it: from the bundler's own graph of modules, and from where it took the
 * files that style sheets name, such as fonts. Their licences go with it.
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
      // A module that another is imported through may be gone from what comes out: it is named all the same.
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
 * @returns {BundledPackage | null} that a file belongs to; null for one of Falx's own
 */
function packageOf(file) {
  const at = file.lastIndexOf('/node_modules/');
  if (at === -1) return null;
  // A folder within a package may have a package file without a name, which says only what kind its modules are of.
  for (let folder = dirname(file); folder.length > at; folder = dirname(folder)) {
    const description = join(folder, 'package.json');
    if (!existsSync(description)) continue;
    const { name, version } = JSON.parse(readFileSync(description, 'utf8'));
    if (name && version) return { name, version, folder: relative(repository, folder) };
  }
  return null;
}

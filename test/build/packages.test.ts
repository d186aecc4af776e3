import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installedPackages } from '../../build/setup/packages.mjs';

let repository: string;
beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'falx-packages-'));
});
afterEach(() => rmSync(repository, { recursive: true, force: true }));

const write = (file: string, content: unknown) => {
  mkdirSync(dirname(join(repository, file)), { recursive: true });
  writeFileSync(join(repository, file), JSON.stringify(content));
};
const zod = { version: '4.0.0', integrity: 'sha512-zod' };
const here = {
  version: '1.0.0',
  integrity: 'sha512-here',
  optional: true,
  os: [process.platform],
  cpu: process.arch,
};
const elsewhere = { version: '1.0.0', integrity: 'sha512-there', optional: true, os: 'aix', cpu: 'ppc64' };

/** A repository whose lock file lists `locked` and whose node_modules contains `installed`. */
function lay(locked: Record<string, object>, installed: Record<string, object>) {
  write('package-lock.json', { packages: { '': { name: 'falx' }, ...locked } });
  write('node_modules/.package-lock.json', { packages: installed });
  for (const folder of Object.keys(installed)) write(`${folder}/package.json`, {});
}

it('takes packages as installed when they are those of the lock, other systems’ left out', () => {
  lay({ 'node_modules/zod': zod, 'node_modules/elsewhere': elsewhere }, { 'node_modules/zod': zod });
  expect(installedPackages(repository)).toEqual([join(repository, 'node_modules/zod/package.json')]);
});

it.each<[string, () => void]>([
  ['no node_modules', () => rmSync(join(repository, 'node_modules'), { recursive: true })],
  ['a package’s folder gone', () => rmSync(join(repository, 'node_modules/zod'), { recursive: true })],
  [
    'another version in the lock',
    () => lay({ 'node_modules/zod': { ...zod, version: '4.0.1' } }, { 'node_modules/zod': zod }),
  ],
  [
    'another content in the lock',
    () => lay({ 'node_modules/zod': { ...zod, integrity: 'sha512-x' } }, { 'node_modules/zod': zod }),
  ],
  [
    'one more in the lock',
    () => lay({ 'node_modules/zod': zod, 'node_modules/new': zod }, { 'node_modules/zod': zod }),
  ],
  [
    'this system’s optional one missing',
    () => lay({ 'node_modules/zod': zod, 'node_modules/here': here }, { 'node_modules/zod': zod }),
  ],
])('does not with %s', (_what, change) => {
  lay({ 'node_modules/zod': zod }, { 'node_modules/zod': zod });
  change();
  expect(installedPackages(repository)).toBeUndefined();
});

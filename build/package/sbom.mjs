import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { componentsOf } from '../../src-main/core/software-components.ts';
import { repository } from '../setup/set-up.mjs';
import { hashOf } from './archives.mjs';

/** @typedef {{ alg: string, content: string }} Hash in CycloneDX's form: "SHA-512", in hexadecimal */

/**
 * A package's bill of materials in the format CycloneDX 1.6 (ECMA-424): npm packages with the checksums of the lock file,
 * TensorFlow's wheel with its own, Node.js and Electron with those of the shipped files.
 * @param {object} shipped
 * @param {string} shipped.name of the package
 * @param {string} shipped.version
 * @param {string} shipped.commit
 * @param {number} shipped.time of the commit, seconds since 1970
 * @param {string} shipped.program the staged folder
 * @param {readonly string[]} shipped.folders of npm packages, shipped as they are or bundled
 * @param {{ name: string, version: string, sha256: string | null }[]} shipped.wheels
 * @param {{ version: string } | null} shipped.electron
 */
export async function billOfMaterials({ name, version, commit, time, program, folders, wheels, electron }) {
  const lock = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8'));
  const ofNpm = await Promise.all(
    [...new Set(folders)].sort().map(async (folder) => {
      const key = relative(repository, folder).replaceAll('\\', '/');
      const parts = await componentsOf(folder, repository);
      const [own, ...inside] = parts.map(({ name, version, licence }) => ({
        type: 'library',
        'bom-ref': `${key}#${name}`,
        name,
        version,
        licenses: licensed(licence),
      }));
      if (!own) throw new Error(`${folder} holds no package`);
      const { integrity } = lock.packages[key] ?? {};
      return {
        ...own,
        purl: `pkg:npm/${own.name.replace('@', '%40')}@${own.version}`,
        ...(integrity ? { hashes: [hashOfIntegrity(integrity)] } : {}),
        ...(inside.length > 0 ? { components: inside } : {}),
      };
    }),
  );
  const ofWheels = wheels.map((wheel) => ({
    type: 'library',
    'bom-ref': `wheel:${wheel.name}`,
    name: wheel.name,
    version: wheel.version,
    purl: `pkg:pypi/${wheel.name}@${wheel.version}`,
    licenses: licensed('Apache-2.0'),
    ...(wheel.sha256 === null ? {} : { hashes: [{ alg: 'SHA-256', content: wheel.sha256 }] }),
  }));
  const programs = [
    { name: 'node', version: process.versions.node, file: 'node/bin/node' },
    ...(electron ? [{ name: 'electron', version: electron.version, file: 'electron/falx' }] : []),
  ];
  const ofPrograms = await Promise.all(
    programs.map(async ({ name, version, file }) => ({
      type: 'platform',
      'bom-ref': `program:${name}`,
      name,
      version,
      purl: `pkg:generic/${name}@${version}`,
      licenses: licensed('MIT'),
      hashes: [{ alg: 'SHA-256', content: await hashOf('sha256', join(program, file)) }],
    })),
  );
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(`${name} ${version} ${commit} ${time}`)}`,
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        type: 'application',
        'bom-ref': 'falx',
        name,
        version,
        purl: `pkg:deb/${name}@${version}?arch=amd64`,
        licenses: licensed('Apache-2.0'),
        ...(commit === '' ? {} : { properties: [{ name: 'falx:commit', value: commit }] }),
      },
    },
    components: [...ofNpm, ...ofWheels, ...ofPrograms],
    dependencies: [
      {
        ref: 'falx',
        dependsOn: [...ofNpm, ...ofWheels, ...ofPrograms].map((one) => one['bom-ref']),
      },
    ],
  };
}

/**
 * An SPDX id or expression in CycloneDX's form; anything else becomes a name.
 * @param {string} licence
 */
const licensed = (licence) =>
  / (AND|OR) /.test(licence)
    ? [{ expression: licence }]
    : /^[A-Za-z0-9.+-]+$/.test(licence) && licence !== 'UNLICENSED'
      ? [{ license: { id: licence } }]
      : [{ license: { name: licence } }];

/**
 * @param {string} integrity as in a lock file: "sha512-…" in base64
 * @returns {Hash}
 */
function hashOfIntegrity(integrity) {
  const [algorithm = '', digest = ''] = integrity.split(' ')[0]?.split(/-(.*)/) ?? [];
  return {
    alg: algorithm.toUpperCase().replace(/^SHA/, 'SHA-'),
    content: Buffer.from(digest, 'base64').toString('hex'),
  };
}

/** Derived from the content, so that two builds are identical. @param {string} of */
function uuidOf(of) {
  const hex = createHash('sha256').update(of).digest('hex');
  const variant = ((parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

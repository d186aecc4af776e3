import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { billOfMaterials } from '../../build/package/sbom.mjs';
import { bundledInto } from '../../src-main/core/software-components.ts';
import { programFolder } from '../../src-main/system/installation.ts';
import { builtWindow } from '../built.ts';
import { python } from '../python.ts';
import { judges } from './judges.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'falx-sbom-'));
beforeAll(builtWindow, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('the bill of materials is what CycloneDX 1.6 asks for, and holds to the lock file', async () => {
  mkdirSync(path.join(folder, 'node', 'bin'), { recursive: true });
  writeFileSync(path.join(folder, 'node', 'bin', 'node'), 'abc');
  const modules = path.join(programFolder, 'node_modules');
  const about = {
    ...{
      name: 'falx-server',
      version: '0.1.0',
      commit: 'a'.repeat(40),
      time: 1_790_000_000,
      program: folder,
    },
    folders: [
      ...['sharp', '@img/sharp-libvips-linux-x64', 'better-sqlite3', 'dcmjs-codecs'].map((name) =>
        path.join(modules, name),
      ),
      ...bundledInto(programFolder),
    ],
    wheels: [{ name: 'tensorflow-cpu', version: '2.21.0', sha256: '0'.repeat(64) }],
    electron: null,
  };
  const bill = await billOfMaterials(about);
  expect(await billOfMaterials(about)).toEqual(bill);

  const named = new Map(bill.components.map((one) => [one.name, one]));
  for (const name of ['svelte', 'plotly.js-dist', 'sharp', 'tensorflow-cpu', 'node'])
    expect(named.has(name), name).toBe(true);
  // SHA-256 of "abc", from FIPS 180-2's own example.
  expect(named.get('node')!.hashes).toEqual([
    { alg: 'SHA-256', content: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
  ]);
  const lock = JSON.parse(readFileSync(path.join(programFolder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity: string }>;
  };
  const [, digest] = lock.packages['node_modules/svelte']!.integrity.split('-');
  expect(named.get('svelte')!.hashes).toEqual([
    { alg: 'SHA-512', content: Buffer.from(digest!, 'base64').toString('hex') },
  ]);

  // CycloneDX's own validator, with its own schema.
  const file = path.join(folder, 'falx.cdx.json');
  writeFileSync(file, JSON.stringify(bill));
  const validator = await judges();
  const said = await python(validator, [
    '-c',
    `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()))
print(JsonStrictValidator(SchemaVersion.V1_6).validate_str('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}') is None)
`,
    file,
  ]);
  // No entry: valid. False: the validator rejects an invalid one.
  expect(said.trim().split('\n')).toEqual(['None', 'False']);
}, 300_000);

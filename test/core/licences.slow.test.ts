import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, createLogger, type Rolldown } from 'vite';
import { bundledInto, componentsOf, readInside } from '../../src-main/core/software-components.ts';
import { licences, licenceText } from '../../src-main/core/licences.ts';
import { programFolder } from '../../src-main/system/installation.ts';
import { builtWindow } from '../built.ts';

beforeAll(builtWindow, 300_000);

const require = createRequire(import.meta.url);

describe('the licences of all that Falx is made of', () => {
  test('are those of every package that is needed or built in, as the packages themselves say', async () => {
    const all = await licences();
    const byName = new Map(all.map((one) => [one.name, one]));
    const own = require(path.join(programFolder, 'package.json')) as { dependencies: Record<string, string> };
    for (const [name, version] of Object.entries(own.dependencies))
      expect(byName.get(name), name).toMatchObject({ version });
    expect(byName.get('sharp')).toMatchObject({ licence: 'Apache-2.0' });
    // A transitive dependency.
    expect(byName.get('@orpc/shared')).toMatchObject({ licence: 'MIT' });
    // Used by the window only; an installed Falx has none of its packages.
    expect(byName.get('svelte')).toMatchObject({ licence: 'MIT' });
    expect(byName.get('plotly.js-dist')).toMatchObject({ licence: 'MIT' });
    for (const font of ['inter', 'noto-sans-kr'])
      expect(byName.get(`@fontsource-variable/${font}`)).toMatchObject({ licence: 'OFL-1.1' });
    // What it runs on, and what native code contains.
    for (const name of ['Node.js', 'TensorFlow', 'SQLite', 'OpenJPEG', 'CharLS'])
      expect(byName.has(name), name).toBe(true);
    expect(all.map(({ name }) => name)).toEqual(all.map(({ name }) => name).sort());
    expect(all.filter(({ licence }) => licence === 'see the package')).toEqual([]);
  });

  test('can all be read', async () => {
    for (const { name, version } of await licences()) {
      const text = await licenceText(name, version);
      expect(text.length, name).toBeGreaterThan(200);
    }
    expect(
      await licenceText('@fontsource-variable/inter', versionOf('@fontsource-variable/inter')),
    ).toContain('SIL OPEN FONT LICENSE');
    expect(await licenceText('libvips and the libraries in it', sharp.versions.vips)).toContain(
      'GNU LESSER GENERAL PUBLIC LICENSE',
    );
    await expect(licenceText('nothing', '1.0.0')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('leave out no package that the window’s sources name', () => {
    const sources = globSync('src-renderer/**/*.{ts,svelte,css,html}', { cwd: programFolder });
    expect(sources.length).toBeGreaterThan(20);
    const imported = sources.flatMap((file) =>
      [
        ...readFileSync(path.join(programFolder, file), 'utf8').matchAll(
          /(?:\bfrom |\bimport\(|\bimport )['"]([@a-z][\w./@-]*)['"]/g,
        ),
      ].map(([, source]) => packageOf(source!)),
    );
    const bundled = bundledInto(programFolder).map((folder) =>
      path.relative(path.join(programFolder, 'node_modules'), folder),
    );
    // Some provide types only.
    const typesOnly = new Set(['@orpc/server', 'electron', 'node:url']);
    expect([...new Set(imported)].filter((name) => !typesOnly.has(name) && !bundled.includes(name))).toEqual(
      [],
    );
  });
});

describe('what a built part says it is made of', () => {
  test('has every package that the bundler put modules or files of into it', async () => {
    // The same build, asked for its chunks: independent of the plugin that writes the list.
    const { config } = await (
      await import('electron-vite')
    ).resolveConfig(
      {
        root: programFolder,
        configFile: path.join(programFolder, 'electron.vite.config.ts'),
        ignoreConfigWarning: true,
        logLevel: 'silent',
      },
      'build',
      'production',
    );
    const result = (await build({
      ...config!.renderer,
      configFile: false,
      customLogger: createLogger('silent'),
      build: { ...config!.renderer!.build, write: false, minify: false },
    })) as Rolldown.RolldownOutput;
    const inside = result.output.flatMap((one) =>
      one.type === 'chunk'
        ? Object.entries(one.modules)
            .filter(([, { renderedLength }]) => renderedLength > 0)
            .map(([id]) => id)
        : one.originalFileNames,
    );
    const packages = inside
      .filter((file) => file.includes('node_modules/'))
      .map((file) => packageOf(file.slice(file.lastIndexOf('node_modules/') + 'node_modules/'.length)));
    const list = result.output.find(({ fileName }) => fileName === 'packages.json') as Rolldown.OutputAsset;
    const named = (JSON.parse(String(list.source)) as { name: string }[]).map(({ name }) => name);
    expect(new Set(packages).size).toBeGreaterThan(10);
    expect([...new Set(packages)].filter((name) => !named.includes(name))).toEqual([]);
    // And each of them has a text.
    for (const folder of bundledInto(programFolder))
      for (const { name, text } of await componentsOf(folder, programFolder))
        expect(text.length, name).toBeGreaterThan(200);
  }, 300_000);
});

describe('the list of what machine code is made of', () => {
  const inside = readInside(programFolder);
  const listed = (of: string, name: string) => inside[of]!.find((one) => one.name === name)!.version;

  test('has the SQLite that runs', () => {
    const sqlite = new BetterSqlite3(':memory:');
    expect(listed('better-sqlite3', 'SQLite')).toBe(sqlite.prepare('select sqlite_version()').pluck().get());
    sqlite.close();
  });

  test('has the libvips that runs', () => {
    expect(listed('@img/sharp-libvips-linux-x64', 'libvips and the libraries in it')).toBe(
      sharp.versions.vips,
    );
  });

  test('has each library whose paths are in the WebAssembly of the codecs, in that version', () => {
    const wasm = path.join(programFolder, 'node_modules/dcmjs-codecs/build/dcmjs-native-codecs.wasm');
    const paths = new Set(
      [...readFileSync(wasm, 'latin1').matchAll(/wasm\/lib\/([a-z]+)-([\w.]+)\//g)].map(
        ([, name, version]) => `${name} ${version!.replaceAll('_', '-')}`,
      ),
    );
    expect(paths.size).toBeGreaterThan(3);
    const known = inside['dcmjs-codecs']!.map(({ name, version }) => `${name.toLowerCase()} ${version}`);
    expect([...paths].filter((one) => !known.includes(one))).toEqual([]);
  });
});

const packageOf = (source: string) =>
  source
    .split('/')
    .slice(0, source.startsWith('@') ? 2 : 1)
    .join('/');
const versionOf = (name: string) =>
  (
    JSON.parse(readFileSync(path.join(programFolder, 'node_modules', name, 'package.json'), 'utf8')) as {
      version: string;
    }
  ).version;

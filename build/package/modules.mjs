import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { SetUpError } from '../setup/command.mjs';
import { packagesOutside } from '../outside.mjs';
import { copy, listFiles } from './files.mjs';

/**
 * What the built program takes from node_modules: each file that is reached from what it imports, and what those files load
 * by other means. All else stays out: sources, types, maps, tests, programs for other systems.
 */

/** Where the built program enters each package. */
const entries = [
  'better-sqlite3',
  'dcmjs-codecs',
  'fontkit',
  'h5wasm/node',
  'onnxruntime-web',
  'pdfmake',
  'sharp',
  '@tensorflow/tfjs/dist/tf.es2017.min.js',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-converter',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js',
];

/** What is loaded by a path that is put together, or by machine code. */
const alsoLoaded = new Map(
  Object.entries({
    'better-sqlite3': ['prebuilds/linux-x64.node'],
    'dcmjs-codecs': ['build/*.wasm'],
    '@tensorflow/tfjs': ['dist/tf.es2017.min.js'],
    '@tensorflow/tfjs-backend-wasm': ['dist/tf-backend-wasm.es2017.min.js', 'dist/*.wasm'],
    '@fontsource/pretendard': ['files/pretendard-latin-{400,700}-normal.woff'],
    pdfkit: ['js/data/*'],
    'onnxruntime-web': ['dist/ort-wasm-simd-threaded.{mjs,wasm}'],
    '@img/sharp-linux-x64': ['lib/*.node'],
    '@img/sharp-libvips-linux-x64': ['lib/*.so*', 'versions.json', 'package.json'],
  }),
);

/** Asked for where they are there: for other systems, and for speed. */
const mayBeAbsent =
  /^(encoding$|string_decoder\/$|alea$|xor(128|wow|shift7|4096)$|tychei$|@img\/sharp-|\.\.\/src\/build\/|bufferutil$|utf-8-validate$)/;

const legal = /^(licen[cs]e|copying|notice|third.?party|authors|patents)[^/]*$/i;

/**
 * Copies what is needed of node_modules.
 * @param {string} modules the checkout's node_modules
 * @param {string} to the package's
 * @returns {{ name: string, version: string, folder: string }[]} the packages that are shipped in part; `folder` is the
 *   checkout's
 * @throws {SetUpError} where a file asks for one that is not there
 */
export function stageModules(modules, to) {
  const missing = packagesOutside.find(
    (name) => !entries.some((entry) => entry === name || entry.startsWith(`${name}/`)),
  );
  if (missing)
    throw new SetUpError(`build/package/modules.mjs does not say where the program enters ${missing}.`);
  const root = realpathSync(modules);
  const files = reached(root);
  /** @type {Map<string, { name: string, version: string, folder: string }>} */
  const packages = new Map();
  for (const file of [...files]) {
    const folder = packageFolder(file, root);
    if (packages.has(folder)) continue;
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    packages.set(folder, { name, version, folder });
  }
  for (const [name, patterns] of alsoLoaded) {
    const folder = join(root, name);
    if (!existsSync(folder))
      throw new SetUpError(`${name} is not installed: run "npm run setup" and try again.`);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    packages.set(folder, { name, version, folder });
    for (const pattern of patterns) {
      const found = globSync(pattern, { cwd: folder });
      if (found.length === 0)
        throw new SetUpError(`${name} has no ${pattern}: build/package/modules.mjs is out of date.`);
      for (const file of found) files.add(join(folder, file));
    }
  }
  for (const { folder } of packages.values()) {
    files.add(join(folder, 'package.json'));
    for (const { path } of listFiles(folder)) if (legal.test(path)) files.add(join(folder, path));
  }
  for (const file of [...files].sort()) copy(file, join(to, relative(root, file)), 0o644);
  return [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * @param {string} root
 * @returns {Set<string>}
 */
function reached(root) {
  /** @type {Set<string>} */
  const files = new Set();
  /** @param {string} name @param {string} from @param {boolean} esm */
  const follow = (name, from, esm) => {
    const target = resolved(name, from, esm);
    if (target !== undefined) waiting.push(target);
    else if (!mayBeAbsent.test(name))
      throw new SetUpError(`${relative(root, from)} asks for ${name}, which is not there.`);
  };
  /** @type {string[]} */
  const waiting = [];
  for (const entry of entries) follow(entry, join(dirname(root), 'package.json'), true);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    if (!/\.[cm]?js$/.test(file)) continue;
    for (const { name, esm } of asked(readFileSync(file, 'utf8')))
      if (!isBuiltin(name)) follow(name, file, esm);
  }
  return files;
}

/**
 * What a module asks for by name. Words in comments and texts may be taken for it: they lead nowhere, or to a file too many.
 * @param {string} code
 */
function asked(code) {
  const required = [...code.matchAll(/\brequire(?:\.resolve)?\(\s*(['"])([^'"\n]+)\1\s*\)/g)];
  const imported = [
    ...code.matchAll(/(?:^|[;}\n])\s*(?:import|export)\b[^'"()\n;]*?\bfrom\s*(['"])([^'"\n]+)\1/g),
    ...code.matchAll(/(?:^|[;}\n])\s*import\s*(['"])([^'"\n]+)\1/g),
    ...code.matchAll(/\bimport\(\s*(['"])([^'"\n]+)\1\s*\)/g),
  ];
  return [
    ...required.map(([, , name = '']) => ({ name, esm: false })),
    ...imported.map(([, , name = '']) => ({ name, esm: true })),
  ];
}

/**
 * @param {string} name
 * @param {string} from the file that asks
 * @param {boolean} esm whether by `import`
 * @returns {string | undefined}
 */
function resolved(name, from, esm) {
  try {
    if (name.startsWith('.') && esm) return realpathSync(resolve(dirname(from), name));
    return realpathSync((esm && exported(name, from)) || createRequire(from).resolve(name));
  } catch {
    return undefined; // whoever asks decides whether that matters
  }
}

/**
 * What `import` finds by a package's "exports", which `require` may find another by.
 * @param {string} name
 * @param {string} from
 */
function exported(name, from) {
  const [, packageName = '', below = ''] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(name) ?? [];
  for (let folder = dirname(from); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'node_modules', packageName, 'package.json');
    if (!existsSync(file)) continue;
    const { exports } = JSON.parse(readFileSync(file, 'utf8'));
    const target = chosen(exports?.[`.${below}`] ?? (below === '' ? exports : undefined));
    return target && join(dirname(file), target);
  }
  return undefined;
}

/**
 * @param {any} target of a package's "exports"
 * @returns {string | undefined}
 */
function chosen(target) {
  if (typeof target === 'string') return target;
  for (const [condition, inner] of Object.entries(target ?? {}))
    if (['node', 'import', 'module-sync', 'default'].includes(condition)) return chosen(inner);
  return undefined;
}

/**
 * @param {string} file
 * @param {string} root
 */
function packageFolder(file, root) {
  const parts = relative(root, file).split(/[\\/]/);
  const last = parts.lastIndexOf('node_modules');
  const length = parts[last + 1]?.startsWith('@') ? 2 : 1;
  return join(root, ...parts.slice(0, last + 1 + length));
}

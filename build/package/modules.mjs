import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { SetUpError } from '../setup/command.mjs';
import { externalPackages } from '../external.mjs';
import { copy, listFiles } from './files.mjs';

/**
 * What the built program needs of node_modules: each file reachable from its imports, and what those files load by
 * other means. Everything else is left out: sources, types, maps, tests, programs for other systems.
 */

/** The built program's entry points into each package. */
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

/** Files loaded by a computed path, or by native code. */
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

/** Optional: for other systems, or for speed. */
const optionalModules =
  /^(encoding$|string_decoder\/$|alea$|xor(128|wow|shift7|4096)$|tychei$|@img\/sharp-|\.\.\/src\/build\/|bufferutil$|utf-8-validate$)/;

const licenceFile = /^(licen[cs]e|copying|notice|third.?party|authors|patents)[^/]*$/i;

/**
 * Copies the required part of node_modules.
 * @param {string} modules the checkout's node_modules
 * @param {string} to the package's
 * @returns {{ name: string, version: string, folder: string }[]} the packages shipped at least in part; `folder` is the
 *   checkout's
 * @throws {SetUpError} where a required file is missing
 */
export function stageModules(modules, to) {
  const missing = externalPackages.find(
    (name) => !entries.some((entry) => entry === name || entry.startsWith(`${name}/`)),
  );
  if (missing)
    throw new SetUpError(`build/package/modules.mjs does not say where the program enters ${missing}.`);
  const root = realpathSync(modules);
  const files = reachableFiles(root);
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
    for (const { path } of listFiles(folder)) if (licenceFile.test(path)) files.add(join(folder, path));
  }
  for (const file of [...files].sort()) copy(file, join(to, relative(root, file)), 0o644);
  return [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * @param {string} root
 * @returns {Set<string>}
 */
function reachableFiles(root) {
  /** @type {Set<string>} */
  const files = new Set();
  /** @param {string} name @param {string} from @param {boolean} esm */
  const follow = (name, from, esm) => {
    const target = resolved(name, from, esm);
    if (target !== undefined) pending.push(target);
    else if (!optionalModules.test(name))
      throw new SetUpError(`${relative(root, from)} asks for ${name}, which is not there.`);
  };
  /** @type {string[]} */
  const pending = [];
  for (const entry of entries) follow(entry, join(dirname(root), 'package.json'), true);
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    if (!/\.[cm]?js$/.test(file)) continue;
    for (const { name, esm } of specifiersIn(readFileSync(file, 'utf8')))
      if (!isBuiltin(name)) follow(name, file, esm);
  }
  return files;
}

/**
 * The module specifiers in a module's code. Comments and strings may look like imports: they lead nowhere, or to one file too many.
 * @param {string} code
 */
function specifiersIn(code) {
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
 * @param {string} from the importing file
 * @param {boolean} esm whether by `import`
 * @returns {string | undefined}
 */
function resolved(name, from, esm) {
  try {
    if (name.startsWith('.') && esm) return realpathSync(resolve(dirname(from), name));
    return realpathSync((esm && resolveExport(name, from)) || createRequire(from).resolve(name));
  } catch {
    return undefined; // The caller decides whether that matters.
  }
}

/**
 * What `import` resolves by a package's "exports", which may differ for `require`.
 * @param {string} name
 * @param {string} from
 */
function resolveExport(name, from) {
  const [, packageName = '', below = ''] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(name) ?? [];
  for (let folder = dirname(from); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'node_modules', packageName, 'package.json');
    if (!existsSync(file)) continue;
    const { exports } = JSON.parse(readFileSync(file, 'utf8'));
    const target = chooseTarget(exports?.[`.${below}`] ?? (below === '' ? exports : undefined));
    return target && join(dirname(file), target);
  }
  return undefined;
}

/**
 * @param {any} target of a package's "exports"
 * @returns {string | undefined}
 */
function chooseTarget(target) {
  if (typeof target === 'string') return target;
  for (const [condition, inner] of Object.entries(target ?? {}))
    if (['node', 'import', 'module-sync', 'default'].includes(condition)) return chooseTarget(inner);
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

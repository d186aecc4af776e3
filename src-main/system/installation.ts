import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { platformHome } from './platform-folders.ts';
import { type Damage, damageIn, readRuntimeFiles, runtimeFilesOf } from './runtime-files.ts';

/**
 * Where all of Falx's own files are, and what it runs on: determined only here. The program's folder is only read; Falx writes to
 * the home folder, the user's runtimes or a temporary folder.
 */
export type Installation = {
  /** A source checkout that was set up, or a package made by `npm run package`. */
  readonly kind: 'checkout' | 'package';
  /** Falx's own folder, which contains its package.json. */
  readonly folder: string;
  /** Whether it includes Electron; null in a checkout, where it may be added or removed. */
  readonly window: boolean | null;
  /** Of a package: the commit it was made from, if known, and that commit's time (ISO 8601). */
  readonly build: { readonly commit: string | null; readonly built: string | null } | null;
  /** The page of every window. */
  readonly page: string;
  /** The built preload script, one CommonJS file. */
  readonly preload: string;
  /** Icons, and the files listed below. */
  readonly resources: string;
  /** The parts of GPU support and their checksums, collected when the package was made; may be missing. */
  readonly gpuPack: string;
  /** Licence texts of all components shipped; absent in a checkout. */
  readonly licences: string;
  /** The command as typed here. */
  readonly command: 'falx' | 'npx falx';
};

/** Content of a runtime folder's `runtime.json`. */
export type RuntimeFile = { format: 1; tensorflow: string; build: 'cpu' | 'gpu'; platform: string };

/** The TensorFlow that Falx computes with. */
export interface Runtime {
  from: 'user' | 'package' | 'checkout';
  /** The Node.js that workers run in. */
  node: string;
  /** Contains `tensorflow/` and, in a GPU build, `nvidia/` beside it, in the wheels' own layout. */
  folder: string;
  tensorflow: { folder: string; version: string; build: 'cpu' | 'gpu' };
  binding: string;
}

/**
 * The user's own active runtime, if it can't be used, and why: a file was changed (`damage`), it is for another TensorFlow
 * (`outdated`), or `reason`.
 */
export type PassedOver = {
  folder: string;
  reason: string;
  damage: Damage | null;
  outdated: { its: string; ours: string } | null;
};

/** `installation.json`, written by packaging. */
type Mark = { window: boolean; commit?: string; built?: string };

/** @param folder that contains Falx's package.json. */
export function installationAt(folder: string): Installation {
  const mark = path.join(folder, 'installation.json');
  const packaged = existsSync(mark) ? (JSON.parse(readFileSync(mark, 'utf8')) as Mark) : null;
  const resources = path.join(folder, 'resources');
  return {
    kind: packaged ? 'package' : 'checkout',
    folder,
    window: packaged?.window ?? null,
    build: packaged && { commit: packaged.commit || null, built: packaged.built ?? null },
    page: path.join(folder, 'out', 'renderer'),
    preload: path.join(folder, 'out', 'preload', 'preload.cjs'),
    resources,
    gpuPack: path.join(folder, 'gpu-pack.json'),
    licences: path.join(folder, 'licences'),
    command: packaged ? 'falx' : 'npx falx',
  };
}

/** Falx's own folder: the same for the sources and for their build in out/. */
export const programFolder = folderOf('package.json', import.meta.dirname);

export const installation: Installation = installationAt(programFolder);

function folderOf(file: string, folder: string): string {
  if (existsSync(path.join(folder, file))) return folder;
  const above = path.dirname(folder);
  if (above === folder) throw new Error(`no folder above ${import.meta.dirname} has a ${file}`);
  return folderOf(file, above);
}

/** Contains the user's own runtimes, one folder each, and `active.json`, which names the one in use. */
export const runtimesFolder = (): string =>
  path.resolve(process.env['FALX_RUNTIMES'] || path.join(platformHome(), 'runtimes'));

/** Name of a runtime folder. */
export const runtimeName = (version: string, build: 'cpu' | 'gpu'): string =>
  `${version}-${process.platform}-${process.arch}-${build}`;

/** Environment variable of a worker that tries out a runtime before it is used: its folder. */
export const TRIAL = 'FALX_TRY_RUNTIME';

/**
 * What Falx computes with: the user's own runtime, otherwise the package's, otherwise the checkout's. A user's runtime that can't
 * be used is skipped, and reported.
 * @throws FalxError `tensorflow-missing` if there is none.
 */
export function findRuntime(place: Installation = installation): {
  runtime: Runtime;
  passedOver: PassedOver | null;
} {
  const trial = process.env[TRIAL];
  if (trial) return { runtime: runtimeIn(trial, 'user', nodeOf(place)), passedOver: null };
  const own = ownRuntime(place);
  if (own === null) return { runtime: shippedRuntime(place), passedOver: null };
  let shipped: Runtime;
  try {
    shipped = shippedRuntime(place);
  } catch (error) {
    if ('binding' in own) return { runtime: own, passedOver: null };
    throw error;
  }
  if (!('binding' in own)) return { runtime: shipped, passedOver: own };
  const [its, ours] = [own.tensorflow.version, shipped.tensorflow.version];
  if (its === ours) return { runtime: own, passedOver: null };
  const reason = `it holds TensorFlow ${its}, and this Falx works with ${ours}`;
  return {
    runtime: shipped,
    passedOver: { folder: own.folder, reason, damage: null, outdated: { its, ours } },
  };
}

/** The user's active runtime: the name of its folder; null: none. @throws Error if it can't be determined. */
export function activeRuntime(runtimes = runtimesFolder()): string | null {
  const file = path.join(runtimes, 'active.json');
  if (!existsSync(file)) return null;
  const { folder } = JSON.parse(readFileSync(file, 'utf8')) as { folder?: unknown };
  // A name, never a path out of the folder.
  if (
    typeof folder !== 'string' ||
    folder === '' ||
    folder !== path.basename(folder) ||
    folder.startsWith('.')
  )
    throw new Error(`${file} names no runtime`);
  return folder;
}

function ownRuntime(place: Installation): Runtime | PassedOver | null {
  let folder = runtimesFolder();
  try {
    const active = activeRuntime();
    if (active === null) return null;
    folder = path.join(folder, active);
    const own = runtimeIn(folder, 'user', nodeOf(place));
    const damage = existsSync(runtimeFilesOf(folder)) ? damageIn(folder, readRuntimeFiles(folder)) : null;
    return damage === null ? own : { folder, reason: inWords(damage), damage, outdated: null };
  } catch (error) {
    return { folder, reason: (error as Error).message, damage: null, outdated: null };
  }
}

const inWords = ({ file, what }: Damage): string =>
  ({ gone: `${file} is gone`, size: `${file} was cut off or overwritten`, changed: `${file} was changed` })[
    what
  ];

export function shippedRuntime(place: Installation): Runtime {
  const packaged = place.kind === 'package';
  const file = path.join(place.folder, packaged ? 'runtime' : '.falx', 'runtime.json');
  try {
    if (packaged) return runtimeIn(path.dirname(file), 'package', nodeOf(place));
    const { node, tensorflow, binding } = JSON.parse(readFileSync(file, 'utf8')) as Runtime;
    return { from: 'checkout', node, folder: path.dirname(tensorflow.folder), tensorflow, binding };
  } catch (cause) {
    throw new FalxError(
      'tensorflowNotSetUp',
      {
        installation: place.kind,
        file,
        detail: { from: 'system', text: (cause as Error).message },
      },
      { cause },
    );
  }
}

/** A completely unpacked runtime folder. @throws Error with what is missing. */
export function runtimeIn(folder: string, from: 'user' | 'package', node: string): Runtime {
  const {
    tensorflow: version,
    build,
    platform,
  } = JSON.parse(readFileSync(path.join(folder, 'runtime.json'), 'utf8')) as RuntimeFile;
  if (platform !== `${process.platform}-${process.arch}`)
    throw new Error(`${folder} is for ${platform}, and this is ${process.platform}-${process.arch}`);
  const binding = path.join(folder, 'binding', 'tfjs_binding.node');
  if (!existsSync(binding)) throw new Error(`${binding} is missing`);
  return {
    from,
    node,
    folder,
    tensorflow: { folder: path.join(folder, 'tensorflow'), version, build },
    binding,
  };
}

/** The Node.js that workers run in. */
export const workerNode = (): string => nodeOf(installation);

/** Electron is only for windows: TensorFlow's binding was tested in Node. */
function nodeOf(place: Installation): string {
  if (place.kind === 'package')
    return process.platform === 'win32'
      ? path.join(place.folder, 'node', 'node.exe')
      : path.join(place.folder, 'node', 'bin', 'node');
  if (process.versions['electron'] === undefined) return process.execPath;
  return shippedRuntime(place).node;
}

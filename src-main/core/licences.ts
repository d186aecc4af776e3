import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { AppInfo } from '../contract/views.ts';
import { installation, type Installation } from '../system/installation.ts';
import { runtime } from '../tensorflow/runtime.ts';
import {
  bundledInto,
  componentsOf,
  inOrder,
  readPackage,
  runtimeComponents,
  type Component,
  type Package,
} from './software-components.ts';

type Licence = AppInfo['licences'][number];

/** A line of a package's list: the text is in a file beside the list. */
export type ShippedLicence = Licence & { text: string };

let found: Promise<readonly Component[]> | undefined;

/** All components of Falx, by name: name, version and licence. */
export const licences = async (): Promise<Licence[]> =>
  (await all()).map(({ name, version, licence }) => ({ name, version, licence }));

/** The licence text of one of them, with the names of the copyright holders. @throws FalxError `not-found` for any other */
export async function licenceText(name: string, version: string): Promise<string> {
  const one = (await all()).find((one) => one.name === name && one.version === version);
  if (!one) throw new FalxError('componentGone', { name, version });
  if (installation.kind === 'checkout') return one.text;
  return readFile(path.join(installation.licences, one.text), 'utf8');
}

const all = () =>
  (found ??= installation.kind === 'package' ? shipped(installation) : collected(installation));

/** Collected when the package was made: for each the name of the file with its text. */
const shipped = async ({ licences: folder }: Installation): Promise<Component[]> =>
  JSON.parse(await readFile(path.join(folder, 'licences.json'), 'utf8')) as ShippedLicence[];

/** From the checkout's node_modules, and what its built parts were bundled from. */
async function collected({ folder }: Installation): Promise<Component[]> {
  const folders = new Set([...(await needed(folder)), ...bundledInto(folder)]);
  const packages = await Promise.all([...folders].map((one) => componentsOf(one, folder)));
  const electron = path.join(folder, 'node_modules', 'electron', 'dist');
  return inOrder([...packages.flat(), ...runtimeComponents({ falx: folder, ...here(electron) })]);
}

function here(electron: string) {
  const beside = path.join(path.dirname(process.execPath), '..', 'LICENSE');
  const known = tensorflow();
  return {
    node: {
      version: process.versions.node,
      licence: existsSync(beside) ? beside : path.join(installation.resources, 'licences', 'MIT.txt'),
    },
    tensorflow: known && { version: known.version, folder: known.folder },
    electron: existsSync(electron) ? { version: process.versions['electron'] ?? '', folder: electron } : null,
  };
}

/** The packages that Falx depends on, directly or indirectly, as Node finds them: folders. */
async function needed(falx: string): Promise<string[]> {
  const own = await readPackage(falx);
  if (!own) throw new Error(`${falx} has no package file`);
  const seen = new Set<string>();
  const first = [...Object.keys(own.dependencies), ...Object.keys(own.optionalDependencies)];
  const waiting = first.map((name) => ({ name, from: falx }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const installed = await find(next.name, next.from, falx);
    if (!installed || seen.has(installed.folder)) continue; // not installed: an optional one, for another system
    const { folder, content } = installed;
    seen.add(folder);
    for (const name of Object.keys({ ...content.dependencies, ...content.optionalDependencies }))
      waiting.push({ name, from: folder });
  }
  return [...seen];
}

/** A package as Node finds it from another's folder. */
async function find(
  name: string,
  from: string,
  falx: string,
): Promise<{ folder: string; content: Package } | null> {
  const folder = path.join(from, 'node_modules', name);
  const content = await readPackage(folder);
  if (content) return { folder, content };
  return from === falx || from === path.dirname(from) ? null : find(name, path.dirname(from), falx);
}

/** The TensorFlow that was set up; null before. */
function tensorflow() {
  try {
    return runtime().tensorflow;
  } catch (error) {
    if (error instanceof FalxError && error.code === 'tensorflow-missing') return null;
    throw error;
  }
}

/** Version of the TensorFlow that was set up; null before. */
export const tensorflowVersion = (): string | null => tensorflow()?.version ?? null;

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import type { AppInfo } from '../contract/views.ts';
import { runtime } from '../tensorflow/runtime.ts';
import { programFolder } from '../system/installation.ts';

type Licence = AppInfo['licences'][number];

/** Packages that are built into the window, and so are there as development packages only. */
export const inWindow = [
  '@fontsource-variable/inter',
  '@fontsource-variable/noto-sans-kr',
  '@internationalized/date',
  '@lucide/svelte',
  'bits-ui',
  'intl-messageformat',
  'plotly.js-dist',
  'svelte',
];

const Package = z.object({
  name: z.string(),
  version: z.string(),
  license: z.union([z.string(), z.object({ type: z.string() })]).optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
type Package = z.infer<typeof Package>;

let found: Promise<Licence[]> | undefined;

/** All that Falx is made of and runs on, by name: name, version and licence, as the packages themselves say. */
export const licences = (): Promise<Licence[]> => (found ??= collect());

async function collect(): Promise<Licence[]> {
  const falx = await read(programFolder);
  if (!falx) throw new Error(`${programFolder} has no package file`);
  const seen = new Map<string, Package>();
  const first = [...Object.keys(falx.dependencies), ...Object.keys(falx.optionalDependencies), ...inWindow];
  const waiting = first.map((name) => ({ name, from: programFolder }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const installed = await find(next.name, next.from);
    if (!installed || seen.has(installed.folder)) continue; // not installed: an optional one, for another system
    const { folder, content } = installed;
    seen.set(folder, content);
    for (const name of Object.keys({ ...content.dependencies, ...content.optionalDependencies }))
      waiting.push({ name, from: folder });
  }
  const all = await Promise.all([...seen].map(([folder, content]) => licenceOf(folder, content)));
  const tensorflow = tensorflowVersion();
  if (tensorflow !== null) all.push({ name: 'TensorFlow', version: tensorflow, licence: 'Apache-2.0' });
  const once = new Map(all.map((one) => [`${one.name} ${one.version}`, one]));
  return [...once.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** A package as Node finds it from another's folder. */
async function find(name: string, from: string): Promise<{ folder: string; content: Package } | null> {
  const folder = path.join(from, 'node_modules', name);
  const content = await read(folder);
  if (content) return { folder, content };
  return from === programFolder || from === path.dirname(from) ? null : find(name, path.dirname(from));
}

async function read(folder: string): Promise<Package | null> {
  const text = await readFile(path.join(folder, 'package.json'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw error;
    },
  );
  return text === null ? null : Package.parse(JSON.parse(text));
}

async function licenceOf(folder: string, { name, version, license, licenses }: Package): Promise<Licence> {
  const said = typeof license === 'string' ? license : license?.type;
  const several = licenses?.map(({ type }) => type).join(' OR ');
  return { name, version, licence: said ?? several ?? (await titleOf(path.join(folder, 'LICENSE'))) };
}

/** What a licence calls itself in its first line. */
async function titleOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => ''); // few packages have neither a field nor this file
  const title = text.trim().split('\n')[0]!.trim();
  return title === 'MIT License' ? 'MIT' : title || 'see the package';
}

/** Of the TensorFlow that was set up; null before. */
export function tensorflowVersion(): string | null {
  try {
    return runtime().tensorflow.version;
  } catch (error) {
    if (error instanceof FalxError && error.code === 'tensorflow-missing') return null;
    throw error;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { AppInfo } from '../contract/views.ts';

/** A component of Falx, with its licence text and notices. */
export type Component = AppInfo['licences'][number] & { text: string };

const Package = z.object({
  name: z.string(),
  version: z.string(),
  license: z.union([z.string(), z.object({ type: z.string() })]).optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
  author: z.union([z.string(), z.object({ name: z.string() })]).optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
export type Package = z.infer<typeof Package>;

/** What machine code and WebAssembly in packages consist of, which the packages themselves don't state in machine-readable form. */
const Inside = z.record(
  z.string(),
  z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      licence: z.string(),
      /** Copyright holders, one per line. */
      copyright: z.array(z.string()).default([]),
      /** The text itself, if it is short. */
      text: z.string().optional(),
      /** Files of the package with further text. */
      files: z.array(z.string()).default([]),
      /** Standard texts besides the licence's own. */
      texts: z.array(z.string()).default([]),
    }),
  ),
);
export type Inside = z.infer<typeof Inside>;

/** @param folder of Falx */
export const readInside = (folder: string): Inside =>
  Inside.parse(JSON.parse(readFileSync(path.join(texts(folder), 'inside.json'), 'utf8')));

const texts = (folder: string) => path.join(folder, 'resources', 'licences');

/** A package's package.json; null if the folder has none. */
export async function readPackage(folder: string): Promise<Package | null> {
  const text = await readFile(path.join(folder, 'package.json'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw error;
    },
  );
  return text === null ? null : Package.parse(JSON.parse(text));
}

const legal = /^(un)?licen[cs]es?([.-].*)?$|^(copying|notice|copyright|third.?party|ofl)/i;

/**
 * An npm package and the components inside it.
 * @param folder of the package
 * @param falx Falx's own folder, which has the standard texts
 * @throws Error for a package whose licence text is missing
 */
export async function componentsOf(folder: string, falx: string): Promise<Component[]> {
  const content = await readPackage(folder);
  if (!content) throw new Error(`${folder} has no package file`);
  const { name, version } = content;
  const own = filesIn(folder).filter((file) => legal.test(file));
  const written = own.map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
  const licence = licenceOf(content, written);
  const component = {
    name,
    version,
    licence,
    text: written.length > 0 ? written.join(between) : standardText(licence, [authorOf(content)], falx),
  };
  const inside = readInside(falx)[name] ?? [];
  return [
    component,
    ...inside.map(({ name, version, licence, copyright, text, files, texts: more }) => ({
      name,
      version,
      licence,
      text: [
        ...(text === undefined && more.length === 0
          ? [standardText(licence, copyright, falx)]
          : [text ?? copyright.join('\n')]),
        ...files.map((file) => readFileSync(path.join(folder, file), 'utf8').trim()),
        ...more.map((one) => standardText(one, [], falx)),
      ].join(between),
    })),
  ];
}

const between = `\n\n${'-'.repeat(72)}\n\n`;

function licenceOf({ license, licenses }: Package, written: readonly string[]): string {
  const said = typeof license === 'string' ? license : license?.type;
  const several = licenses?.map(({ type }) => type).join(' OR ');
  return said ?? several ?? titleOf(written[0] ?? '');
}

/** A licence's title in its first line. */
function titleOf(text: string): string {
  const title = text.trim().split('\n')[0]!.trim();
  return title === 'MIT License' ? 'MIT' : title || 'see the package';
}

function authorOf({ name, author }: Package): string {
  const who = typeof author === 'string' ? author : author?.name;
  return `Copyright (c) ${who ?? `the authors of ${name}`}`;
}

/** @param expression SPDX: "MIT", "Apache-2.0 AND MIT" */
function standardText(expression: string, copyright: readonly string[], falx: string): string {
  const names = expression.replace(/[()]/g, '').split(/ (?:AND|OR|WITH) /);
  const bodies = names.map((name) => {
    const known = name.replace(/-or-later$|-only$/, '');
    const file = known === 'Apache-2.0' ? path.join(falx, 'LICENSE') : path.join(texts(falx), `${known}.txt`);
    return readFileSync(file, 'utf8').trim();
  });
  return [copyright.join('\n'), ...bodies].filter((part) => part !== '').join('\n\n');
}

const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

/** Packages bundled into a part of Falx, as its build recorded: folders. */
export function bundledInto(falx: string): string[] {
  const parts = ['main', 'preload', 'renderer'];
  const lists = parts.map((part) => path.join(falx, 'out', part, 'packages.json'));
  return [
    ...new Set(
      lists.flatMap((list) => {
        try {
          return (JSON.parse(readFileSync(list, 'utf8')) as { folder: string }[]).map(({ folder }) =>
            path.join(falx, folder),
          );
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // a part that is not built here
          throw error;
        }
      }),
    ),
  ];
}

/**
 * Falx's runtimes: Node.js and TensorFlow, and Electron if present, whose licences are beside them.
 * @param places folders of the three
 */
export function runtimeComponents(places: {
  falx: string;
  node: { version: string; licence: string };
  tensorflow: { version: string; folder: string } | null;
  electron: { version: string; folder: string } | null;
}): Component[] {
  const { falx, node, tensorflow, electron } = places;
  const read = (...parts: string[]) => readFileSync(path.join(...parts), 'utf8').trim();
  return [
    {
      name: 'Node.js',
      version: node.version,
      licence: 'MIT and those of what is in it',
      text: read(node.licence),
    },
    ...(tensorflow
      ? [
          {
            name: 'TensorFlow',
            version: tensorflow.version,
            licence: 'Apache-2.0 and those of what is in it',
            text: [read(falx, 'LICENSE'), read(tensorflow.folder, 'THIRD_PARTY_NOTICES.txt')].join(between),
          },
        ]
      : []),
    ...(electron
      ? [
          {
            name: 'Electron',
            version: electron.version,
            licence: 'MIT',
            text: read(electron.folder, 'LICENSE'),
          },
          {
            name: 'Chromium, in Electron',
            version: electron.version,
            licence: 'BSD-3-Clause and those of what is in it',
            text: plainText(read(electron.folder, 'LICENSES.chromium.html')),
          },
        ]
      : []),
  ];
}

/** The text of an HTML page that lists licences, without scripts and tags. */
const plainText = (html: string) =>
  html
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\n{3,}/g, '\n\n')
    .trim();

/** Without duplicates, sorted by name. */
export function inOrder(components: readonly Component[]): Component[] {
  const once = new Map(components.map((one) => [`${one.name} ${one.version}`, one]));
  return [...once.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

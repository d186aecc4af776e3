import { readFileSync } from 'node:fs';
import path from 'node:path';
import { programFolder } from './system/installation.ts';

/** Falx's own version, from its package file. */
export const falxVersion = (): string => versionIn(programFolder);

/** Versions of what decides a run's outcome and is known before it is trained: name → version. */
export function versions(): Record<string, string> {
  // Not by `require.resolve`: what it would find of sharp is not packaged.
  const sharp = versionIn(path.join(programFolder, 'node_modules', 'sharp'));
  return { falx: falxVersion(), node: process.versions.node, sharp };
}

const versionIn = (folder: string): string =>
  (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }).version;

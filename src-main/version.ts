import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { programFolder } from './system/installation.ts';

/** Falx's own version, from its package file. */
export function falxVersion(): string {
  const file = path.join(programFolder, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Versions of what decides a run's outcome and is known before it is trained: name → version. */
export function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const sharp = JSON.parse(
    readFileSync(path.join(path.dirname(require.resolve('sharp')), '..', 'package.json'), 'utf8'),
  ) as {
    version: string;
  };
  return { falx: falxVersion(), node: process.versions.node, sharp: sharp.version };
}

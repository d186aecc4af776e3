import { existsSync } from 'node:fs';
import type { InterruptedImport } from '../contract/views.ts';
import type { Registry } from '../registry/registry.ts';
import { isAbandoned } from './unfinished.ts';

/**
 * Imports that were interrupted, by a crash or because Falx was closed, and can be continued: the next import of the same folder
 * reads only what they have not. Newest first, one per folder; those whose folder no longer exists are left out.
 */
export function interruptedImports(registry: Registry): InterruptedImport[] {
  const left = registry.imports
    .unfinished()
    .filter((one) => one.resume !== '' && isAbandoned(one) && existsSync(one.folder))
    .map(({ id, folder, created }) => ({ folder, created, files: registry.imports.fileCount(id) }))
    .reverse();
  return left.filter(({ folder }, at) => left.findIndex((one) => one.folder === folder) === at);
}

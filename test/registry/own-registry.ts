import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';

/** A temporary folder for all tests of a file, with a home folder and its registry. */
export function ownRegistry(name: string) {
  const root = mkdtempSync(path.join(tmpdir(), `falx-${name}-`));
  const home = path.join(root, 'home');
  let registry = Registry.open(home);
  afterAll(() => {
    registry.close();
    rmSync(root, { recursive: true });
  });
  return {
    root,
    home,
    registry,
    /** Closes and reopens it. */
    reopened: (): Registry => {
      registry.close();
      return (registry = Registry.open(home));
    },
  };
}

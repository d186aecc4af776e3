import { statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readKept, writeKept } from './saved-state.ts';

const Folders = z.record(z.string(), z.string());

/** Kinds of dialogs whose folder is kept. */
const KEPT = 100;

/**
 * The folder where each kind of dialog was left: Electron opens all of them in Downloads. Kept in the home, in
 * `dialogs.json`.
 */
export class DialogFolders {
  readonly #file: string;
  readonly #log: (error: unknown) => void;

  constructor(home: string, log: (error: unknown) => void) {
    this.#file = path.join(home, 'dialogs.json');
    this.#log = log;
  }

  /** Where a dialog of this kind was left, or the nearest folder above it that is still there; else nothing. */
  of(kind: string): { defaultPath?: string } {
    let folder = this.#read()[kind];
    while (folder !== undefined && !isFolder(folder)) {
      const above = path.dirname(folder);
      folder = above === folder ? undefined : above;
    }
    return folder === undefined ? {} : { defaultPath: folder };
  }

  /** @param chosen a folder, or a file, whose folder is kept. */
  keep(kind: string, chosen: string): void {
    const { [kind]: _before, ...others } = this.#read();
    const folder = isFolder(chosen) ? chosen : path.dirname(chosen);
    // The newest last: what has not been used for longest makes way.
    try {
      writeKept(this.#file, Object.fromEntries([...Object.entries(others), [kind, folder]].slice(-KEPT)));
    } catch (error) {
      // What was chosen counts all the same, on a full disk too.
      this.#log(error);
    }
  }

  #read(): Record<string, string> {
    return readKept(this.#file, Folders) ?? {};
  }
}

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;

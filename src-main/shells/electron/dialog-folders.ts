import { statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readState, writeState } from './saved-state.ts';

const Folders = z.record(z.string(), z.string());

/** Number of kinds of dialogs that are remembered. */
const KEPT = 100;

/** The last folder of each kind of dialog: Electron opens all of them in Downloads. Stored in the home, in `dialogs.json`. */
export class DialogFolders {
  readonly #file: string;
  readonly #log: (error: unknown) => void;

  constructor(home: string, log: (error: unknown) => void) {
    this.#file = path.join(home, 'dialogs.json');
    this.#log = log;
  }

  /** The last folder of this kind of dialog, or its nearest existing parent; otherwise nothing. */
  of(kind: string): { defaultPath?: string } {
    let folder = this.#read()[kind];
    while (folder !== undefined && !isFolder(folder)) {
      const above = path.dirname(folder);
      folder = above === folder ? undefined : above;
    }
    return folder === undefined ? {} : { defaultPath: folder };
  }

  /** @param chosen a folder, or a file, whose folder is stored. */
  keep(kind: string, chosen: string): void {
    const { [kind]: _before, ...others } = this.#read();
    const folder = isFolder(chosen) ? chosen : path.dirname(chosen);
    // The newest last: the least recently used is dropped.
    try {
      writeState(this.#file, Object.fromEntries([...Object.entries(others), [kind, folder]].slice(-KEPT)));
    } catch (error) {
      // The choice is valid all the same, on a full disk too.
      this.#log(error);
    }
  }

  #read(): Record<string, string> {
    return readState(this.#file, Folders) ?? {};
  }
}

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;

import type { ContractRouterClient } from '@orpc/contract';
import type { api, UploadPurpose } from '../../src-main/contract/api.ts';

export { droppedFiles } from './dropped-files.ts';

/** All calls of the core, typed by the contract. */
export type Client = ContractRouterClient<typeof api>;

/** A file that was dropped or pasted; `relativePath` begins with the dropped folder's name, with `/`. */
export type DroppedFile = { file: File; relativePath: string };

/** What the shell around a window can do. Each shell has one; nothing else knows which shell it is. */
export type Host = {
  readonly shell: 'desktop' | 'browser';
  /** Asks for a folder of the machine Falx runs on: its absolute path, or null when none is chosen. */
  pickFolder(): Promise<string | null>;
  /** Asks for files of the machine Falx runs on. `extensions` without the dot. */
  pickFiles(question: {
    title: string;
    extensions: readonly string[];
    multiple: boolean;
  }): Promise<string[] | null>;
  /**
   * Makes dropped files known to the core: finds their paths (desktop) or sends them (browser).
   * @param signal gives up the sending, which then rejects.
   * @param purpose what becomes of a file that was sent; it is kept where nothing else is said.
   * @returns absolute paths; `folder` holds them all, or is null when single files were dropped.
   */
  take(
    files: DroppedFile[],
    onProgress?: (sentBytes: number, totalBytes: number) => void,
    signal?: AbortSignal,
    purpose?: UploadPurpose,
  ): Promise<{ folder: string | null; files: string[] }>;
  /** Shows a folder in the system's file manager; null where there is none. */
  openFolder: ((path: string) => Promise<void>) | null;
  notify(title: string, body: string): void;
  /** The address of one of the contract's `pictures` in this shell. */
  pictureUrl(path: string): string;
};

/** `elsewhere`: another window has taken over (close code 4001); it is not tried again until `reconnect`. */
export type LinkState = 'connecting' | 'open' | 'lost' | 'elsewhere';

/**
 * A window's line to the core. `client` stays the same when the line breaks and comes back; calls made or under way
 * while it is broken are rejected with an error whose code is `connection-lost`.
 */
export type Link = {
  host: Host;
  client: Client;
  state(): LinkState;
  onState(listener: (state: LinkState) => void): () => void;
  /** Tries at once, also after `elsewhere`. */
  reconnect(): void;
};

/** What the browser shell asks with, for it has no dialog for the files of another machine. */
export type Picker = {
  folder(): Promise<string | null>;
  files(question: {
    title: string;
    extensions: readonly string[];
    multiple: boolean;
  }): Promise<string[] | null>;
};

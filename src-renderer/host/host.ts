import type { ContractRouterClient } from '@orpc/contract';
import type { api, UploadPurpose } from '../../src-main/contract/api.ts';

export { droppedFiles } from './dropped-files.ts';

/** All calls of the core, typed by the contract. */
export type Client = ContractRouterClient<typeof api>;

/** A file that was dropped or pasted; `relativePath` begins with the dropped folder's name, separated by `/`. */
export type DroppedFile = { file: File; relativePath: string };

/** What the shell around a window can do. Each shell implements it; nothing else knows which shell it is. */
export type Host = {
  readonly shell: 'desktop' | 'browser';
  /** Asks for a folder on the machine Falx runs on: its absolute path, or null when cancelled. */
  pickFolder(): Promise<string | null>;
  /** Asks for files on the machine Falx runs on. @param question.extensions without the dot. */
  pickFiles(question: {
    title: string;
    extensions: readonly string[];
    multiple: boolean;
  }): Promise<string[] | null>;
  /**
   * Makes dropped files available to the core: finds their paths (desktop) or uploads them (browser).
   * @param signal aborts the upload, which then rejects.
   * @param purpose what an uploaded file is for; by default it is kept.
   * @returns absolute paths; `folder` contains them all, or is null when single files were dropped.
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

/** `elsewhere`: another window has taken over (close code 4001); no attempt is made until `reconnect`. */
export type LinkState = 'connecting' | 'open' | 'lost' | 'elsewhere';

/**
 * A window's connection to the core. `client` stays the same when the connection is lost and restored; calls made or
 * under way while it is lost reject with an error whose code is `connection-lost`.
 */
export type Link = {
  host: Host;
  client: Client;
  state(): LinkState;
  onState(listener: (state: LinkState) => void): () => void;
  /** Tries at once, even after `elsewhere`. */
  reconnect(): void;
};

/** Asks for folders and files in the browser shell, which has no dialog for another machine's. */
export type Picker = {
  folder(): Promise<string | null>;
  files(question: {
    title: string;
    extensions: readonly string[];
    multiple: boolean;
  }): Promise<string[] | null>;
};

import type * as electron from 'electron';

/** The part of Electron that the main process uses. Handed in, so that it can be another's. */
export type Electron = Pick<
  typeof electron,
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'net'
  | 'Notification'
  | 'powerSaveBlocker'
  | 'protocol'
  | 'screen'
  | 'session'
  | 'shell'
>;

export type Window = InstanceType<Electron['BrowserWindow']>;

/** Where the page is served. */
export const scheme = 'falx';
export const origin = `${scheme}://app`;
export const index = `${origin}/`;

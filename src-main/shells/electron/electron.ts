import type * as electron from 'electron';

/** The part of Electron that the main process uses. Injected, so that it can be replaced. */
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

/** Scheme of the page's URL. */
export const scheme = 'falx';
export const origin = `${scheme}://app`;
export const index = `${origin}/`;

import type * as electron from 'electron';
import { connectMessage, type DesktopBridge } from '../../contract/desktop.ts';
import { channels } from './channels.ts';

/** The part of Electron that the preload script uses. */
export type PreloadElectron = Pick<typeof electron, 'contextBridge' | 'ipcRenderer' | 'webUtils'>;

/** A message port of the page, as Electron's preload receives it. */
type Port = NonNullable<Parameters<PreloadElectron['ipcRenderer']['postMessage']>[2]>[number];

/** The part of the page's `window` that the preload script uses. */
export type Page = {
  addEventListener(
    type: 'message',
    listener: (event: { source: unknown; data: unknown; ports: readonly Port[] }) => void,
  ): void;
};

/** Puts `window.falx` into the page, and passes the page's message port to the main process. */
export function expose({ contextBridge, ipcRenderer, webUtils }: PreloadElectron, page: Page): void {
  const bridge: DesktopBridge = {
    pathForFile: (file) => webUtils.getPathForFile(file),
    pickFolder: () => ipcRenderer.invoke(channels.pickFolder) as Promise<string | null>,
    pickFiles: (question) => ipcRenderer.invoke(channels.pickFiles, question) as Promise<string[] | null>,
    openFolder: (path) => ipcRenderer.invoke(channels.openFolder, path) as Promise<void>,
    notify: (title, body) => ipcRenderer.send(channels.notify, { title, body }),
  };
  // A port can't be passed through the bridge; a message that the page posts to itself can carry one.
  page.addEventListener('message', ({ source, data, ports: [port] }) => {
    if (source === page && data === connectMessage && port)
      ipcRenderer.postMessage(channels.connect, null, [port]);
  });
  contextBridge.exposeInMainWorld('falx', Object.freeze(bridge));
}

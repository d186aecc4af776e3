import type { IpcMainEvent, IpcMainInvokeEvent, Session, WebContents } from 'electron';
import { type Electron, index, origin } from './electron.ts';

/** Whatever shows pages in this process shows Falx's page, opens no other, and goes nowhere else. */
export function guardContents({ app }: Pick<Electron, 'app'>): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.on('will-navigate', (event) => {
      if (!isIndex(event.url)) event.preventDefault();
    });
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame || !isIndex(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => event.preventDefault());
  });
}

/** The page asks for no permission, and gets none. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
}

/** Whether a message comes from Falx's page itself: not from a frame in it, nor from anything else that was loaded. */
export function isFromPage({ senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && senderFrame.origin === origin;
}

/** The page, wherever in it: reloading it is no way out. */
const isIndex = (url: string) => url.split(/[?#]/, 1)[0] === index;

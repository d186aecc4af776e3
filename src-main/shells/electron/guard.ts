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

/** The page may write text to the clipboard, which its "Copy" buttons do. It needs nothing else, and gets nothing else. */
export function denyPermissions(session: Session): void {
  const allowed = (permission: string, { isMainFrame }: { isMainFrame: boolean }, from: string | undefined) =>
    permission === 'clipboard-sanitized-write' && isMainFrame && isPage(from);
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(allowed(permission, details, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin, details) =>
    allowed(permission, details, requestingOrigin),
  );
  session.setDevicePermissionHandler(() => false);
}

/** An address or an origin: of Falx's page, whether its own scheme counts as an origin there or not. */
const isPage = (from: string | undefined): boolean =>
  from === origin || from?.startsWith(`${origin}/`) === true;

/** Whether a message comes from Falx's page itself: not from a frame in it, nor from anything else that was loaded. */
export function isFromPage({ senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && senderFrame.origin === origin;
}

/** The page, wherever in it: reloading it is no way out. */
const isIndex = (url: string) => url.split(/[?#]/, 1)[0] === index;

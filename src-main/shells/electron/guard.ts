import type { IpcMainEvent, IpcMainInvokeEvent, Session, WebContents } from 'electron';
import { type Electron, index, origin } from './electron.ts';

/** Every web page in this process shows only Falx's page, opens no other, and navigates nowhere else. */
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

/** The page may write text to the clipboard, for its "Copy" buttons. All other permissions are denied. */
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

/** Whether a URL or an origin is Falx's page, whether or not its scheme counts as an origin there. */
const isPage = (from: string | undefined): boolean =>
  from === origin || from?.startsWith(`${origin}/`) === true;

/** Whether a message comes from Falx's page itself: not from a frame in it, nor from anything else that was loaded. */
export function isFromPage({ senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && senderFrame.origin === origin;
}

/** The page, with any query or fragment: reloading it does not leave it. */
const isIndex = (url: string) => url.split(/[?#]/, 1)[0] === index;

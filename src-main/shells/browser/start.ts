import { openCore, type Core } from '../../core/core.ts';
import { routerOf } from '../../core/router.ts';
import { webHandler } from '../../core/web.ts';
import type { HomeFrom } from '../../registry/find-home.ts';
import { pageFiles } from '../page/page-files.ts';
import { installation } from '../../system/installation.ts';
import { keepPort, keptPort } from './kept-port.ts';
import { openServer } from './server.ts';
import { openInBrowser } from './system-browser.ts';
import { auditReport } from '../audit-report.ts';

export type BrowserShellOptions = {
  home: string;
  homeFrom?: HomeFrom | undefined;
  /** 0, the default: any free port; `kept`: the home's last one, if it is free. */
  port?: number | 'kept' | undefined;
  /** Whether to open the system's browser. */
  open?: boolean;
  /** Folder of the built page; the program's own when left out. */
  page?: string;
};

export type BrowserShell = {
  readonly core: Core;
  readonly port: number;
  /** The address to open, valid once. */
  readonly address: string;
  /** Whether the system's browser was opened with it. */
  readonly opened: boolean;
  /** Another address, which replaces the previous one. */
  newAddress(): string;
  /** Closes the windows' connections and the core; a run in training is interrupted so that it can be resumed. */
  close(): Promise<void>;
};

/**
 * Starts the core and serves its window to a browser of this machine.
 * @throws FalxError if the page is not built, the port is taken, or the home can't be used.
 */
export async function startBrowserShell({
  home,
  homeFrom,
  port = 0,
  open = false,
  page = installation.page,
}: BrowserShellOptions): Promise<BrowserShell> {
  const files = pageFiles(page);
  const core = await openCore({ home, homeFrom, shell: 'browser', auditReport });
  try {
    const openAt = (port: number) =>
      openServer({
        router: routerOf(core),
        web: webHandler(core),
        page: files,
        port,
        log: (error, what) => core.log.error({ err: error }, what),
      });
    const kept = port === 'kept' ? keptPort(home) : null;
    const server = await (kept === null
      ? openAt(port === 'kept' ? 0 : port)
      : openAt(kept).catch(() => openAt(0))); // taken by another program meanwhile
    if (port === 'kept' && !core.registry.readOnly) await keepPort(home, server.port);
    const address = server.link();
    return {
      core,
      port: server.port,
      address,
      opened: open && (await openInBrowser(address)),
      newAddress: () => server.link(),
      close: async () => {
        await server.close();
        await core.close();
      },
    };
  } catch (error) {
    await core.close();
    throw error;
  }
}

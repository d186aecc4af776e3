import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ContractRouterClient } from '@orpc/contract';
import { createRouterClient } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import type { api } from '../../contract/api.ts';
import { defaultPreferences } from '../../contract/views.ts';
import { type Core, openCore } from '../../core/core.ts';
import { routerOf } from '../../core/router.ts';
import { webHandler } from '../../core/web.ts';
import { makeFolders } from '../../system/folders.ts';
import { keepPrivate } from '../../system/rights.ts';
import type { HomePlace } from '../../registry/find-home.ts';
import { isReadOnly } from '../../registry/read-only.ts';
import { installation } from '../../system/installation.ts';
import { pageFiles } from '../page/page-files.ts';
import { startFailure } from '../start-failure.ts';
import { Activity } from './activity.ts';
import { openBridge } from './bridge.ts';
import { DialogFolders } from './dialog-folders.ts';
import { type Electron, index, type Window } from './electron.ts';
import { denyPermissions, guardContents } from './guard.ts';
import { appUserModelId, desktopName } from './desktop-identity.ts';
import { listen } from './listen.ts';
import { setMenu } from './menu.ts';
import { bringForward, Notices } from './notices.ts';
import { registerScheme, servePage } from './page-protocol.ts';
import { askBeforeQuitting, stopAndWait } from './quit.ts';
import { electronRequest } from './request.ts';
import { revive } from './revive.ts';
import { allTexts, languageIn, type Texts, textsIn } from './texts.ts';
import { keepPlace, placing, wasMaximised } from './window-state.ts';
import { auditReport } from '../audit-report.ts';

export type DesktopOptions = {
  /** @throws FalxError if the data folder can't be determined, which the user is told. */
  findHome: () => HomePlace;
  /** Folder of the built page. */
  page: string;
  /** The built preload script, one CommonJS file. */
  preload: string;
};

export type Desktop = {
  readonly window: Window;
  readonly core: Core;
  /** Ends everything without asking, as when the system shuts down: a training is interrupted so that it can be resumed. */
  end(): Promise<void>;
};

/** Of the window and the taskbar; on macOS the program's own is shown. */
const icon = path.join(
  installation.resources,
  'icons',
  process.platform === 'win32' ? 'icon.ico' : 'icon-512.png',
);

type Client = ContractRouterClient<typeof api>;

/**
 * The desktop app: one window on one core.
 * @returns null if Falx is open already, whose window then comes to the front, or if it can't start, which is reported.
 */
export async function run(electron: Electron, options: DesktopOptions): Promise<Desktop | null> {
  const { app } = electron;
  try {
    return await openOnce(electron, options);
  } catch (error) {
    await app.whenReady();
    const language = languageIn('system', app.getPreferredSystemLanguages());
    const texts = allTexts[language];
    electron.dialog.showErrorBox(texts.cannotStart, startFailure(error, language));
    app.exit(1);
    return null;
  }
}

async function openOnce(electron: Electron, options: DesktopOptions): Promise<Desktop | null> {
  const { app } = electron;
  // All of this must be done before Electron is ready.
  const place = options.findHome();
  keepPrivate();
  const keptIn = isReadOnly(path.join(place.home, 'registry.sqlite'))
    ? mkdtempSync(path.join(tmpdir(), 'falx-desktop-'))
    : place.home;
  const profile = path.join(keptIn, 'desktop');
  makeFolders(profile);
  // One window per home: the lock is in the profile.
  app.setPath('userData', profile);
  app.enableSandbox();
  if (process.platform === 'win32') app.setAppUserModelId(appUserModelId);
  if (process.platform === 'linux') app.setDesktopName(desktopName);
  registerScheme(electron);
  guardContents(electron);
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return null;
  }
  return await open(electron, place, keptIn, options);
}

async function open(
  electron: Electron,
  { home, from }: HomePlace,
  /** Where the window's state is stored: the home, unless it is read-only. */
  keptIn: string,
  { page, preload }: DesktopOptions,
): Promise<Desktop> {
  const { app } = electron;
  const files = pageFiles(page);
  // While Electron gets ready, which takes longer.
  const [core] = await Promise.all([
    openCore({ home, homeFrom: from, shell: 'desktop', request: electronRequest(electron), auditReport }),
    app.whenReady(),
  ]);
  const log = (error: unknown) => core.log.error({ err: error }, 'desktop');
  const router = routerOf(core);
  const client: Client = createRouterClient(router, { context: {} });
  let preferences = defaultPreferences;
  const texts = (): Texts => textsIn(preferences.language, app.getPreferredSystemLanguages());

  denyPermissions(electron.session.defaultSession);
  servePage(electron, files, webHandler(core));
  const window = openWindow(electron, keptIn, preload);
  app.on('second-instance', () => bringForward(window));

  const notices = new Notices(electron, window);

  const handler = new RPCHandler(router);
  const closeBridge = openBridge(electron, {
    window,
    notices,
    dialogFolders: new DialogFolders(keptIn, log),
    log,
    texts,
    folders: async () => [home, ...(await client.datasets.list()).map(({ dataset }) => dataset.folder)],
    connect: (port) => {
      handler.upgrade(port);
      port.start();
    },
  });

  const activity = new Activity(electron, {
    window,
    notices,
    texts,
    run: async (runId) => (await client.runs.get({ runId })).run,
  });
  const usePreferences = async () => {
    preferences = await client.app.preferences();
    setMenu(electron, texts());
  };
  await usePreferences();
  const listening = new AbortController();
  const listened = listen(
    (signal) => client.events(undefined, { signal }),
    async (event) => {
      if (event.kind === 'training') await activity.training(event.training);
      if (event.kind === 'changed' && event.table === 'preferences') await usePreferences();
    },
    { signal: listening.signal, log },
  );

  let ended = false;
  let ending: Promise<void> | null = null;
  const end = () =>
    (ending ??= (async () => {
      try {
        if (!window.isDestroyed()) window.hide();
        listening.abort();
        await listened;
        activity.close();
        closeBridge();
        await core.close();
      } catch (error) {
        log(error);
      } finally {
        // Whatever failed: a program without a window could not be closed by the user.
        ended = true;
        app.quit();
      }
    })());

  let asking = false;
  const quit = async () => {
    if (asking || ending) return;
    asking = true;
    try {
      // A run in evaluation is trained already, and can be evaluated at any time.
      const active = activity.active.filter(({ phase }) => phase !== 'evaluating');
      if (active.length > 0) {
        const wish = await askBeforeQuitting(electron, window, texts(), active);
        if (wish === 'stay') return;
        // A run that ended meanwhile can't be stopped; one that can't be stopped is interrupted.
        const runIds = active.map(({ runId }) => runId);
        if (wish === 'stop') await stopAndWait(client, runIds).catch(log);
      }
      await end();
    } finally {
      asking = false;
    }
  };
  const ask = (event: { preventDefault(): void }) => {
    if (ended) return;
    event.preventDefault();
    quit().catch(log);
  };
  window.on('close', ask);
  app.on('before-quit', ask);
  app.on('window-all-closed', () => app.quit());

  const pageGone = revive(electron, {
    window,
    texts,
    log: (what, message) => core.log.warn(what, message),
    quit: () => void quit().catch(log),
  });
  // A page that crashed during its first load is loaded again.
  await window.loadURL(index).catch((error: unknown) => {
    if (!pageGone()) throw error;
    log(error);
  });
  return { window, core, end };
}

function openWindow(electron: Electron, home: string, preload: string): Window {
  const window = new electron.BrowserWindow({
    ...placing(home, electron.screen),
    title: 'Falx',
    icon,
    // Not before it has something to show.
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  if (wasMaximised(home)) window.maximize();
  window.once('ready-to-show', () => window.show());
  const keep = () => keepPlace(home, window);
  // On Linux there are many of these while a window is moved; only the final position matters.
  let timer: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!window.isDestroyed()) keep();
    }, 500);
  };
  window.on('resize', soon).on('move', soon).on('maximize', soon).on('unmaximize', soon);
  window.on('close', () => {
    clearTimeout(timer);
    keep();
  });
  return window;
}

import { existsSync } from 'node:fs';
import type { MessagePort as NodePort } from 'node:worker_threads';
import type {
  BaseWindow,
  Details,
  Display,
  Event as ElectronEvent,
  IpcMainEvent,
  IpcMainInvokeEvent,
  Menu,
  MenuItem,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  MessageEvent as PortMessage,
  MessagePortMain,
  NotificationCloseEventParams,
  NotificationConstructorOptions,
  OpenDialogOptions,
  RenderProcessGoneDetails,
  WebContentsWillFrameNavigateEventParams,
  WebContentsWillNavigateEventParams,
  WebContentsWillRedirectEventParams,
  WebFrameMain,
  WebPreferences,
} from 'electron';
import type { Electron } from '../../../src-main/shells/electron/electron.ts';
import type { Page, PreloadElectron } from '../../../src-main/shells/electron/expose.ts';
import { emulate, emulateClass, type EventsOf, preventable, TypedEmitter } from './emulate.ts';
import './wire-format.ts';

/**
 * Electron as Falx uses it, for machines without its program: the part of its API in use, its rules about order, and an
 * error for everything else. The compiler checks it against Electron's own types, member by member (`emulate.ts`): what
 * methods take and return, and which events exist.
 *
 * Behaviour from Electron's documentation or source that its types don't show, implemented here:
 * - what must happen before the app is ready throws after it, and vice versa
 * - `child.send` writes version 16 of V8's wire format, which Node 24 can't read (`wire-format.ts`)
 * - a notification is held weakly: after its collection a click on it does nothing; the system may never report its end
 * - a file dialog without `defaultPath` opens in Downloads, every time (Electron 43 and later)
 * - the frame that sent a message is null once it is gone
 * - a body that is a file or blob is read completely into memory before a protocol's handler gets it; a stream arrives in
 *   chunks
 * - the page's permissions are decided by the permission handlers, including writing to the clipboard
 * - on Linux a progress bar has no indeterminate mode, and values above 1 mean full
 * - the page's process may crash; calls on a destroyed window throw
 * - a message box withdrawn by its signal is answered as cancelled
 *
 * It can't show whether Electron's program starts here at all (libraries, sandbox, GPU, display server, Wayland), and loads
 * better-sqlite3, sharp and the rest; that it waits for the main module before it is ready; drawing, focus, the native
 * dialogs and menus themselves; whether the desktop finds Falx's desktop file and icon; Chromium's own rules for a scheme
 * (CSP, CORS, the order of `will-…` events); structured clone between Electron's processes, which is Node's here; V8's
 * sandbox, which forbids external array buffers; the sandboxed preload's `require`; and speed.
 */

type App = Electron['app'];
type BrowserWindow = InstanceType<Electron['BrowserWindow']>;
type WebContents = BrowserWindow['webContents'];
type Session = Electron['session']['defaultSession'];
type Notification = InstanceType<Electron['Notification']>;
type Constructed = ConstructorParameters<Electron['BrowserWindow']>[0];

const downloads = '/home/person/Downloads';

export class StandIn {
  readonly app = new AppStandIn(this);
  readonly ipcMain = new IpcMainStandIn();
  readonly dialog = new DialogStandIn();
  readonly protocol = new ProtocolStandIn(this);
  readonly session = new SessionStandIn();
  readonly power = new PowerStandIn(this);
  readonly opened: string[] = [];
  /** The notifications on screen, whether the program still refers to them or not. */
  readonly notifications: ShownNotification[] = [];
  readonly windows: WindowStandIn[] = [];
  menu: (MenuItemConstructorOptions | MenuItem)[] = [];
  /** Why a page can't be loaded, if it can't. */
  loadFails: ((window: WindowStandIn) => Error) | null = null;
  displays = [displayAt({ x: 0, y: 0, width: 1920, height: 1080 })];

  /** The result of `import * as electron from 'electron'`. */
  readonly electron: Electron;

  constructor({ locked = false, languages = ['en-GB'] }: { locked?: boolean; languages?: string[] } = {}) {
    this.app.locked = locked;
    this.app.languages = languages;
    const ready = (what: string) => this.needReady(what);
    const templates = new WeakMap<Menu, StandIn['menu']>();
    const { session } = this;
    const parts: Electron = {
      app: emulate<App>('app', this.app),
      BrowserWindow: emulateClass<Electron['BrowserWindow']>('BrowserWindow', (options) => {
        ready('new BrowserWindow');
        const window = new WindowStandIn(this, options);
        this.windows.push(window);
        this.app.tell('web-contents-created', preventable({}), window.webContents);
        return emulate<BrowserWindow>('BrowserWindow', window);
      }),
      dialog: emulate<Electron['dialog']>('dialog', this.dialog),
      ipcMain: emulate<Electron['ipcMain']>('ipcMain', this.ipcMain),
      Menu: emulateClass<Electron['Menu']>('Menu', () => emulate<Menu>('Menu', {}), {
        buildFromTemplate: (template) => {
          const menu = emulate<Menu>('Menu', {});
          templates.set(menu, template);
          return menu;
        },
        setApplicationMenu: (menu) => {
          this.menu = (menu && templates.get(menu)) ?? [];
        },
      }),
      // The tests that use this download nothing; request.test.ts contains an emulation.
      net: emulate<Electron['net']>('net', {}),
      Notification: emulateClass<Electron['Notification']>(
        'Notification',
        (options) => {
          ready('new Notification');
          const notification = new NotificationStandIn(options);
          this.notifications.push(notification.shown);
          return emulate<Notification>('Notification', notification);
        },
        { isSupported: () => true },
      ),
      powerSaveBlocker: emulate<Electron['powerSaveBlocker']>('powerSaveBlocker', this.power),
      protocol: emulate<Electron['protocol']>('protocol', this.protocol),
      screen: emulate<Electron['screen']>('screen', {
        getAllDisplays: () => {
          ready('screen');
          return this.displays;
        },
      }),
      session: emulate<Electron['session']>('session', {
        get defaultSession() {
          ready('session.defaultSession');
          return emulate<Session>('session', session);
        },
      }),
      shell: emulate<Electron['shell']>('shell', {
        openPath: (path) => {
          this.opened.push(path);
          return Promise.resolve('');
        },
      }),
    };
    this.electron = emulate<Electron>('electron', parts, false);
  }

  needReady(what: string): void {
    if (!this.app.ready) throw new Error(`${what} before the app is ready`);
  }

  needNotReady(what: string): void {
    if (this.app.ready) throw new Error(`${what} after the app is ready`);
  }

  /**
   * A page in the window, as the sandboxed preload finds it.
   * @param frame the sender of its messages; null: it is gone
   * @param sender the web contents that show it
   */
  openPage(
    frame: Partial<WebFrameMain> | null = { origin: 'falx://app', parent: null },
    sender: WebContents = this.window.webContents,
  ): PageStandIn {
    return new PageStandIn(this, frame && emulate<WebFrameMain>('WebFrameMain', frame), sender);
  }

  /** Web contents that show a page outside Falx's windows. */
  otherContents(): WebContents {
    return emulate<WebContents>('webContents', new ContentsStandIn());
  }

  get window(): WindowStandIn {
    const [window] = this.windows;
    if (!window) throw new Error('no window was opened');
    return window;
  }
}

/** A screen whose whole area is available to windows. */
export function displayAt(area: { x: number; y: number; width: number; height: number }): Display {
  const { x, y, width, height } = area;
  return {
    accelerometerSupport: 'unknown',
    bounds: area,
    colorDepth: 24,
    colorSpace: '{primaries:BT709, transfer:SRGB, matrix:RGB, range:FULL}',
    depthPerComponent: 8,
    detected: true,
    displayFrequency: 60,
    id: 1,
    internal: false,
    label: 'screen',
    maximumCursorSize: { width: 64, height: 64 },
    monochrome: false,
    nativeOrigin: { x, y },
    rotation: 0,
    scaleFactor: 1,
    size: { width, height },
    touchSupport: 'unknown',
    workArea: area,
    workAreaSize: { width, height },
  };
}

class AppStandIn extends TypedEmitter<
  EventsOf<
    App,
    {
      'before-quit': [event: ElectronEvent];
      'child-process-gone': [event: ElectronEvent, details: Details];
      'second-instance': [event: ElectronEvent, argv: string[], folder: string, data: unknown];
      'web-contents-created': [event: ElectronEvent, contents: WebContents];
      'window-all-closed': [];
    }
  >
> {
  readonly #standIn: StandIn;
  ready = false;
  locked = false;
  languages: string[] = [];
  sandboxed = false;
  desktopName: string | null = null;
  readonly paths: Record<string, string> = {};
  /** How it ended: `quit`, or an exit code. */
  ended: 'quit' | number | null = null;
  #whenReady: (() => void)[] = [];

  constructor(standIn: StandIn) {
    super();
    this.#standIn = standIn;
    // As Electron does once the main file has run.
    setImmediate(() => {
      this.ready = true;
      for (const resolve of this.#whenReady.splice(0)) resolve();
    });
  }

  whenReady(): Promise<void> {
    return this.ready ? Promise.resolve() : new Promise((resolve) => this.#whenReady.push(resolve));
  }

  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`app.setPath: ${path} does not exist`);
    this.#standIn.needNotReady('app.setPath');
    this.paths[name] = path;
  }

  setDesktopName(name: string): void {
    this.#standIn.needNotReady('app.setDesktopName');
    this.desktopName = name;
  }

  enableSandbox(): void {
    this.#standIn.needNotReady('app.enableSandbox');
    this.sandboxed = true;
  }

  requestSingleInstanceLock(): boolean {
    return !this.locked;
  }

  getPreferredSystemLanguages(): string[] {
    return this.languages;
  }

  quit(): void {
    const event = preventable({});
    this.tell('before-quit', event);
    if (event.defaultPrevented) return;
    for (const window of this.#standIn.windows) window.close();
    if (this.#standIn.windows.every((window) => window.destroyed)) this.ended = 'quit';
  }

  exit(code = 0): void {
    this.ended = code;
  }
}

type IpcHandler = Parameters<Electron['ipcMain']['handle']>[1];

/** Its events are named by Falx. */
class IpcMainStandIn extends TypedEmitter<Record<string, unknown[]>> {
  readonly handlers = new Map<string, IpcHandler>();

  handle(channel: string, handler: IpcHandler): void {
    if (this.handlers.has(channel)) throw new Error(`a second handler for ${channel}`);
    this.handlers.set(channel, handler);
  }

  removeHandler(channel: string): void {
    this.handlers.delete(channel);
  }
}

class DialogStandIn {
  /** Each dialog, with the folder in which a file dialog opens. */
  readonly asked: { options: OpenDialogOptions & Partial<MessageBoxOptions>; opensIn: string }[] = [];
  readonly errors: { title: string; content: string }[] = [];
  /** The user's next choices: null, or `later` by `answer`. */
  readonly answers: ({ filePaths: string[] } | { response: number } | 'later' | null)[] = [];
  readonly #open: ((response: number) => void)[] = [];

  showOpenDialog(first: BaseWindow | OpenDialogOptions, second?: OpenDialogOptions) {
    const answer = this.#next(second ?? first);
    const { filePaths } =
      answer !== null && typeof answer === 'object' && 'filePaths' in answer ? answer : { filePaths: [] };
    return Promise.resolve({ canceled: filePaths.length === 0, filePaths });
  }

  showMessageBox(first: BaseWindow | MessageBoxOptions, second?: MessageBoxOptions) {
    const options = second ?? (first as MessageBoxOptions);
    const answer = this.#next(options);
    const cancelled = options.cancelId ?? 0;
    const given = (response: number) => ({ response, checkboxChecked: false });
    if (answer !== 'later')
      return Promise.resolve(given(answer !== null && 'response' in answer ? answer.response : cancelled));
    return new Promise<ReturnType<typeof given>>((resolve) => {
      this.#open.push((response) => resolve(given(response)));
      options.signal?.addEventListener('abort', () => resolve(given(cancelled)));
    });
  }

  /** Answers the message box that was opened first. */
  answer(response: number): void {
    this.#open.shift()!(response);
  }

  showErrorBox(title: string, content: string): void {
    this.errors.push({ title, content });
  }

  #next(options: OpenDialogOptions & Partial<MessageBoxOptions>) {
    this.asked.push({ options, opensIn: options.defaultPath ?? downloads });
    if (this.answers.length === 0) throw new Error(`nobody is there to answer ${JSON.stringify(options)}`);
    return this.answers.shift()!;
  }
}

type ProtocolHandler = Parameters<Electron['protocol']['handle']>[1];

class ProtocolStandIn {
  readonly #standIn: StandIn;
  schemes: Parameters<Electron['protocol']['registerSchemesAsPrivileged']>[0] = [];
  readonly handlers = new Map<string, ProtocolHandler>();
  /** Size of the largest body held completely, bytes. */
  largestHeld = 0;

  constructor(standIn: StandIn) {
    this.#standIn = standIn;
  }

  registerSchemesAsPrivileged(schemes: ProtocolStandIn['schemes']): void {
    this.#standIn.needNotReady('protocol.registerSchemesAsPrivileged');
    if (this.schemes.length > 0) throw new Error('schemes are registered twice');
    this.schemes = schemes;
  }

  handle(scheme: string, handler: ProtocolHandler): void {
    this.#standIn.needReady('protocol.handle');
    this.handlers.set(scheme, handler);
  }

  /** The answer to a page's request for this address. */
  async fetch(address: string, init: RequestInit = {}): Promise<Response> {
    const handler = this.handlers.get(new URL(address).protocol.slice(0, -1));
    if (!handler) throw new Error(`ERR_UNKNOWN_URL_SCHEME ${address}`);
    return await handler(new Request(address, await this.#asElectron(init)));
  }

  async #asElectron(init: RequestInit): Promise<RequestInit> {
    if (!(init.body instanceof Blob)) return init;
    const body = await init.body.bytes();
    this.largestHeld = Math.max(this.largestHeld, body.length);
    return { ...init, body };
  }
}

type RequestHandler = Parameters<Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Session['setPermissionCheckHandler']>[0];
type Permission = Parameters<NonNullable<RequestHandler>>[1] & Parameters<NonNullable<CheckHandler>>[1];

class SessionStandIn {
  request: RequestHandler = null;
  check: CheckHandler = null;
  device: Parameters<Session['setDevicePermissionHandler']>[0] = null;

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.request = handler;
  }
  setPermissionCheckHandler(handler: CheckHandler): void {
    this.check = handler;
  }
  setDevicePermissionHandler(handler: SessionStandIn['device']): void {
    this.device = handler;
  }

  /** Whether a page's frame has a permission, by both handlers; without handlers everything is allowed. */
  grants(permission: Permission, requestingUrl = 'falx://app/', isMainFrame = true): boolean {
    const contents = emulate<WebContents>('webContents', {});
    const { origin } = new URL(requestingUrl);
    let answer: boolean | null = this.request === null ? true : null;
    this.request?.(contents, permission, (granted) => (answer = granted), { isMainFrame, requestingUrl });
    if (answer === null) throw new Error('a request for a permission was not answered');
    // Origins end with a slash here, unless their scheme has none of its own.
    const from = origin === 'null' ? requestingUrl : `${origin}/`;
    const details = { isMainFrame, requestingUrl };
    return answer && (this.check?.(contents, permission, from, details) ?? true);
  }
}

class PowerStandIn {
  readonly #standIn: StandIn;
  readonly blocking = new Map<number, string>();
  #next = 1;

  constructor(standIn: StandIn) {
    this.#standIn = standIn;
  }

  start(type: 'prevent-app-suspension' | 'prevent-display-sleep'): number {
    this.#standIn.needReady('powerSaveBlocker.start');
    this.blocking.set(this.#next, type);
    return this.#next++;
  }

  stop(id: number): boolean {
    if (!this.blocking.delete(id)) throw new Error(`power save blocker ${id} was never started`);
    return true;
  }
}

/** A notification on screen; it holds the program's object as weakly as Electron does. */
export class ShownNotification {
  readonly title: string;
  readonly body: string;
  shown = false;
  readonly #object: WeakRef<NotificationStandIn>;

  constructor({ title = '', body = '' }: NotificationConstructorOptions, object: NotificationStandIn) {
    this.title = title;
    this.body = body;
    this.#object = new WeakRef(object);
  }

  /** Whether the program still refers to it. */
  get held(): boolean {
    return this.#object.deref() !== undefined;
  }

  click(): void {
    this.#object.deref()?.tell('click', preventable({}));
  }

  close(): void {
    this.#object.deref()?.tell('close', preventable({ reason: 'userCanceled' as const }));
  }
}

class NotificationStandIn extends TypedEmitter<
  EventsOf<
    Notification,
    { click: [event: ElectronEvent]; close: [details: ElectronEvent<NotificationCloseEventParams>] }
  >
> {
  readonly shown: ShownNotification;

  constructor(options: NotificationConstructorOptions = {}) {
    super();
    this.shown = new ShownNotification(options, this);
  }

  show(): void {
    this.shown.shown = true;
  }
}

class ContentsStandIn extends TypedEmitter<
  EventsOf<
    WebContents,
    {
      'render-process-gone': [event: ElectronEvent, details: RenderProcessGoneDetails];
      'will-attach-webview': [
        event: ElectronEvent,
        preferences: WebPreferences,
        params: Record<string, string>,
      ];
      'will-navigate': [details: ElectronEvent<WebContentsWillNavigateEventParams>];
      'will-frame-navigate': [details: ElectronEvent<WebContentsWillFrameNavigateEventParams>];
      'will-redirect': [details: ElectronEvent<WebContentsWillRedirectEventParams>];
    }
  >
> {
  openHandler: Parameters<WebContents['setWindowOpenHandler']>[0] | null = null;
  reloads = 0;

  setWindowOpenHandler(handler: Parameters<WebContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler;
  }

  reload(): void {
    this.reloads++;
  }

  forcefullyCrashRenderer(): void {
    this.goes('killed');
  }

  /** Ends the page's renderer process. */
  goes(reason: RenderProcessGoneDetails['reason'], exitCode = 1): void {
    this.tell('render-process-gone', preventable({}), { reason, exitCode });
  }

  /** @returns whether the page may navigate there */
  navigates(
    event: 'will-navigate' | 'will-frame-navigate' | 'will-redirect',
    url: string,
    isMainFrame = true,
  ): boolean {
    const details = preventable({ url, isMainFrame, isSameDocument: false, frame: null, initiator: null });
    this.tell(event, details);
    return !details.defaultPrevented;
  }

  /** @returns whether a webview may be attached to the page */
  attachesWebview(): boolean {
    const event = preventable({});
    this.tell('will-attach-webview', event, {}, {});
    return !event.defaultPrevented;
  }
}

class WindowStandIn extends TypedEmitter<
  EventsOf<
    BrowserWindow,
    {
      close: [event: ElectronEvent];
      closed: [];
      'ready-to-show': [];
      responsive: [];
      unresponsive: [];
    }
  >
> {
  readonly #standIn: StandIn;
  readonly options: NonNullable<Constructed>;
  readonly contents = new ContentsStandIn();
  readonly webContents = emulate<WebContents>('webContents', this.contents);
  destroyed = false;
  shown = false;
  focused = false;
  minimised = false;
  maximised = false;
  progress: { value: number; mode: string } = { value: -1, mode: 'none' };
  loaded: string | null = null;

  constructor(standIn: StandIn, options: Constructed) {
    super();
    this.#standIn = standIn;
    this.options = options ?? {};
    this.shown = this.options.show ?? true;
  }

  isDestroyed() {
    return this.destroyed;
  }
  isFocused() {
    return this.#alive().focused;
  }
  isMinimized() {
    return this.#alive().minimised;
  }
  isMaximized() {
    return this.#alive().maximised;
  }
  maximize() {
    this.#alive().maximised = true;
  }
  restore() {
    this.#alive().minimised = false;
  }
  show() {
    this.#alive().shown = true;
  }
  hide() {
    this.#alive().shown = false;
  }
  focus() {
    this.#alive().focused = true;
  }
  getNormalBounds() {
    const { x = 10, y = 10, width = 0, height = 0 } = this.#alive().options;
    return { x, y, width, height };
  }

  setProgressBar(value: number, options?: Parameters<BrowserWindow['setProgressBar']>[1]): void {
    const mode = options?.mode;
    if (typeof value !== 'number' || Number.isNaN(value))
      throw new TypeError('setProgressBar takes a number');
    const usual = value < 0 ? 'none' : 'normal';
    this.#alive().progress =
      process.platform === 'linux'
        ? { value: Math.min(value, 1), mode: mode === 'indeterminate' ? 'normal' : (mode ?? usual) }
        : { value, mode: mode ?? usual };
  }

  async loadURL(url: string): Promise<void> {
    const { loadFails } = this.#standIn;
    if (loadFails) throw loadFails(this);
    const { ok, status } = await this.#standIn.protocol.fetch(url);
    if (!ok) throw new Error(`ERR_FAILED (${status}) loading ${url}`);
    this.#alive().loaded = url;
    this.tell('ready-to-show');
  }

  /** Clicks its button. */
  close(): void {
    if (this.destroyed) return;
    const event = preventable({});
    this.tell('close', event);
    if (event.defaultPrevented) return;
    this.destroyed = true;
    this.tell('closed');
    if (this.#standIn.windows.every((window) => window.destroyed))
      this.#standIn.app.tell('window-all-closed');
  }

  #alive(): this {
    if (this.destroyed) throw new Error('Object has been destroyed');
    return this;
  }
}

/** A page in a frame: what its preload receives, and what its scripts see. */
export class PageStandIn extends EventTarget {
  readonly preload: PreloadElectron;
  readonly exposed: Record<string, unknown> = {};
  /** Paths of dropped files, by file. */
  readonly paths = new Map<object, string>();

  constructor(standIn: StandIn, senderFrame: WebFrameMain | null, sender: WebContents) {
    super();
    const { ipcMain } = standIn;
    const sent = (ports: MessagePortMain[] = []) =>
      emulate<IpcMainEvent>('event', { ...preventable({}), sender, senderFrame, ports });
    this.preload = emulate<PreloadElectron>('electron', {
      contextBridge: emulate<PreloadElectron['contextBridge']>('contextBridge', {
        exposeInMainWorld: (key, api: object) => {
          if (key in this.exposed) throw new Error(`${key} is exposed twice`);
          for (const value of Object.values(api))
            if (typeof value !== 'function') throw new Error(`${key} holds more than functions`);
          this.exposed[key] = api;
        },
      }),
      ipcRenderer: emulate<PreloadElectron['ipcRenderer']>('ipcRenderer', {
        invoke: async (channel, ...args: unknown[]) => {
          const handler = ipcMain.handlers.get(channel);
          if (!handler) throw new Error(`No handler registered for '${channel}'`);
          const event = emulate<IpcMainInvokeEvent>('event', { ...preventable({}), sender, senderFrame });
          try {
            return structuredClone(
              await handler(event, ...args.map((arg) => structuredClone(arg))),
            ) as unknown;
          } catch (error) {
            throw new Error(`Error invoking remote method '${channel}': ${String(error)}`, { cause: error });
          }
        },
        send: (channel, ...args: unknown[]) => {
          ipcMain.tell(channel, sent(), ...args.map((arg) => structuredClone(arg)));
        },
        postMessage: (channel, message: unknown, transfer = []) => {
          // The page's ports are Node's here.
          const ports = (transfer as unknown as NodePort[]).map(portMain);
          ipcMain.tell(channel, sent(ports), structuredClone(message));
        },
      }),
      webUtils: emulate<PreloadElectron['webUtils']>('webUtils', {
        getPathForFile: (file) => this.paths.get(file) ?? '',
      }),
    });
  }

  /** The page as its preload sees it. */
  get window(): Page {
    return this as unknown as Page; // event targets accept any event, the page only messages
  }

  postMessage(data: unknown, target: string, transfer: unknown[] = []): void {
    if (target !== '/') throw new Error(`a message for ${target}, which is another page`);
    this.dispatch({ source: this, data, ports: transfer });
  }

  dispatch(message: { source: unknown; data: unknown; ports: unknown[] }): void {
    this.dispatchEvent(Object.assign(new Event('message'), message));
  }
}

/** The main process's end of a page's port. */
function portMain(port: NodePort): MessagePortMain {
  class PortMain extends TypedEmitter<
    EventsOf<MessagePortMain, { message: [event: PortMessage]; close: [] }>
  > {
    start(): void {
      port.on('message', (data: unknown) => this.tell('message', { data, ports: [] }));
      port.on('close', () => this.tell('close'));
    }
    postMessage(data: unknown): void {
      port.postMessage(data);
    }
    close(): void {
      port.close();
    }
  }
  return emulate<MessagePortMain>('MessagePortMain', new PortMain());
}

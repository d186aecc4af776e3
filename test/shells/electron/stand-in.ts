import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { MessagePort as NodePort } from 'node:worker_threads';
import type { IpcMainEvent, IpcMainInvokeEvent, MenuItemConstructorOptions } from 'electron';
import type { Electron } from '../../../src-main/shells/electron/electron.ts';
import type { Page, PreloadElectron } from '../../../src-main/shells/electron/expose.ts';

/**
 * Electron as Falx uses it, for machines without its program: the used part of its API under Electron's own types, its
 * rules about what comes when, and a complaint about everything else.
 */

/** Fails on whatever the part does not have; the real thing would have it, and do what nobody here has thought of. */
function strict<T extends object>(name: string, part: T, methods = true): T {
  return new Proxy(part, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target) && key !== 'then' && key !== 'toJSON')
        throw new Error(`the stand-in for Electron has no ${name}.${key}`);
      const value: unknown = Reflect.get(target, key);
      return methods && typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set(_target, key) {
      throw new Error(`${name}.${String(key)} is set, which Electron's types don't foresee`);
    },
  });
}

type App = Electron['app'];
type BrowserWindow = InstanceType<Electron['BrowserWindow']>;
type WebContents = BrowserWindow['webContents'];
type Session = Electron['session']['defaultSession'];
type Frame = NonNullable<IpcMainEvent['senderFrame']>;
type Constructed = ConstructorParameters<Electron['BrowserWindow']>[0];

/** An event that can be prevented. */
const preventable = <T extends object>(more: T) => {
  const event = {
    defaultPrevented: false,
    preventDefault: () => void (event.defaultPrevented = true),
    ...more,
  };
  return event;
};

export class StandIn {
  readonly app = new AppStandIn(this);
  readonly ipcMain = new IpcMainStandIn();
  readonly dialog = new DialogStandIn();
  readonly protocol = new ProtocolStandIn(this);
  readonly session = new SessionStandIn();
  readonly power = new PowerStandIn(this);
  readonly opened: string[] = [];
  readonly notifications: NotificationStandIn[] = [];
  readonly windows: WindowStandIn[] = [];
  menu: MenuItemConstructorOptions[] = [];
  displays = [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }];

  /** What `import * as electron from 'electron'` would give. */
  readonly electron: Electron;

  constructor({ locked = false, languages = ['en-GB'] }: { locked?: boolean; languages?: string[] } = {}) {
    this.app.locked = locked;
    this.app.languages = languages;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- for the classes below, which have a `this` of their own
    const standIn = this;
    class BrowserWindow {
      constructor(options: Constructed) {
        standIn.needReady('new BrowserWindow');
        const window = new WindowStandIn(standIn, options);
        standIn.windows.push(window);
        standIn.app.emit('web-contents-created', {}, strict('webContents', window.webContents));
        return strict('BrowserWindow', window);
      }
    }
    class Notification {
      static isSupported() {
        return true;
      }
      constructor(options: { title: string; body: string }) {
        standIn.needReady('new Notification');
        const notification = new NotificationStandIn(options);
        standIn.notifications.push(notification);
        return strict('Notification', notification);
      }
    }
    const parts = {
      app: strict('app', this.app) as unknown as App,
      BrowserWindow: strict('BrowserWindow', BrowserWindow) as unknown as Electron['BrowserWindow'],
      dialog: strict('dialog', this.dialog) as unknown as Electron['dialog'],
      ipcMain: strict('ipcMain', this.ipcMain) as unknown as Electron['ipcMain'],
      Menu: strict('Menu', {
        buildFromTemplate: (template: MenuItemConstructorOptions[]) => ({ template }),
        setApplicationMenu: (menu: { template: MenuItemConstructorOptions[] }) => {
          this.menu = menu.template;
        },
      }) as unknown as Electron['Menu'],
      // Nothing is downloaded in the tests that use this; request.test.ts has what it emulates.
      net: strict('net', {}) as unknown as Electron['net'],
      Notification: strict('Notification', Notification) as unknown as Electron['Notification'],
      powerSaveBlocker: strict('powerSaveBlocker', this.power) as unknown as Electron['powerSaveBlocker'],
      protocol: strict('protocol', this.protocol) as unknown as Electron['protocol'],
      screen: strict('screen', {
        getAllDisplays: () => {
          this.needReady('screen');
          return this.displays;
        },
      }) as unknown as Electron['screen'],
      session: strict('session', {
        get defaultSession() {
          standIn.needReady('session.defaultSession');
          return strict('session', standIn.session) as unknown as Session;
        },
      }) as unknown as Electron['session'],
      shell: strict('shell', {
        openPath: (path: string) => {
          this.opened.push(path);
          return Promise.resolve('');
        },
      } satisfies Partial<Electron['shell']>) as Electron['shell'],
    } satisfies Electron;
    this.electron = strict('electron', parts, false);
  }

  needReady(what: string): void {
    if (!this.app.ready) throw new Error(`${what} before the app is ready`);
  }

  needNotReady(what: string): void {
    if (this.app.ready) throw new Error(`${what} after the app is ready`);
  }

  /** A page in the window, as the sandboxed preload finds it. */
  openPage(frame: Partial<Frame> = { origin: 'falx://app', parent: null }): PageStandIn {
    return new PageStandIn(this, frame as Frame);
  }

  get window(): WindowStandIn {
    const [window] = this.windows;
    if (!window) throw new Error('no window was opened');
    return window;
  }
}

class AppStandIn extends EventEmitter {
  readonly #standIn: StandIn;
  ready = false;
  locked = false;
  languages: string[] = [];
  sandboxed = false;
  readonly paths: Record<string, string> = {};
  /** How it ended: `quit`, or a code. */
  ended: 'quit' | number | null = null;
  #whenReady: (() => void)[] = [];

  constructor(standIn: StandIn) {
    super();
    this.#standIn = standIn;
    // As the real one does once the main file has been run.
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
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    for (const window of this.#standIn.windows) window.close();
    if (this.#standIn.windows.every((window) => window.destroyed)) this.ended = 'quit';
  }

  exit(code: number): void {
    this.ended = code;
  }
}

class IpcMainStandIn extends EventEmitter {
  readonly handlers = new Map<string, (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown>();

  handle(channel: string, handler: (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown): void {
    if (this.handlers.has(channel)) throw new Error(`a second handler for ${channel}`);
    this.handlers.set(channel, handler);
  }

  removeHandler(channel: string): void {
    this.handlers.delete(channel);
  }
}

type Asked = { options: Record<string, unknown> };

class DialogStandIn {
  readonly asked: Asked[] = [];
  readonly errors: { title: string; content: string }[] = [];
  /** What the person will choose, in turn. */
  readonly answers: ({ filePaths: string[] } | { response: number } | null)[] = [];

  showOpenDialog(_window: BrowserWindow, options: Record<string, unknown>) {
    const answer = this.#next(options);
    return Promise.resolve(
      answer && 'filePaths' in answer ? { canceled: false, ...answer } : { canceled: true, filePaths: [] },
    );
  }

  showMessageBox(_window: BrowserWindow, options: Record<string, unknown>) {
    const answer = this.#next(options);
    const response = answer && 'response' in answer ? answer.response : (options['cancelId'] as number);
    return Promise.resolve({ response, checkboxChecked: false });
  }

  showErrorBox(title: string, content: string): void {
    this.errors.push({ title, content });
  }

  #next(options: Record<string, unknown>) {
    this.asked.push({ options });
    if (this.answers.length === 0) throw new Error(`nobody is there to answer ${JSON.stringify(options)}`);
    return this.answers.shift()!;
  }
}

class ProtocolStandIn {
  readonly #standIn: StandIn;
  schemes: Parameters<Electron['protocol']['registerSchemesAsPrivileged']>[0] = [];
  readonly handlers = new Map<string, (request: Request) => Promise<Response>>();

  constructor(standIn: StandIn) {
    this.#standIn = standIn;
  }

  registerSchemesAsPrivileged(schemes: ProtocolStandIn['schemes']): void {
    this.#standIn.needNotReady('protocol.registerSchemesAsPrivileged');
    if (this.schemes.length > 0) throw new Error('schemes are registered twice');
    this.schemes = schemes;
  }

  handle(scheme: string, handler: (request: Request) => Promise<Response>): void {
    this.#standIn.needReady('protocol.handle');
    this.handlers.set(scheme, handler);
  }

  /** What a page that asks for this address gets. */
  async fetch(address: string, init?: RequestInit): Promise<Response> {
    const handler = this.handlers.get(new URL(address).protocol.slice(0, -1));
    if (!handler) throw new Error(`ERR_UNKNOWN_URL_SCHEME ${address}`);
    return await handler(new Request(address, init));
  }
}

class SessionStandIn {
  request: Parameters<Session['setPermissionRequestHandler']>[0] = null;
  check: Parameters<Session['setPermissionCheckHandler']>[0] = null;
  device: Parameters<Session['setDevicePermissionHandler']>[0] = null;

  setPermissionRequestHandler(handler: SessionStandIn['request']): void {
    this.request = handler;
  }
  setPermissionCheckHandler(handler: SessionStandIn['check']): void {
    this.check = handler;
  }
  setDevicePermissionHandler(handler: SessionStandIn['device']): void {
    this.device = handler;
  }
}

class PowerStandIn {
  readonly #standIn: StandIn;
  readonly blocking = new Map<number, string>();
  #next = 1;

  constructor(standIn: StandIn) {
    this.#standIn = standIn;
  }

  start(type: string): number {
    this.#standIn.needReady('powerSaveBlocker.start');
    this.blocking.set(this.#next, type);
    return this.#next++;
  }

  stop(id: number): boolean {
    if (!this.blocking.delete(id)) throw new Error(`power save blocker ${id} was never started`);
    return true;
  }
}

class NotificationStandIn extends EventEmitter {
  readonly title: string;
  readonly body: string;
  shown = false;

  constructor({ title, body }: { title: string; body: string }) {
    super();
    this.title = title;
    this.body = body;
  }

  show(): void {
    this.shown = true;
  }
}

class ContentsStandIn extends EventEmitter {
  openHandler: Parameters<WebContents['setWindowOpenHandler']>[0] | null = null;

  setWindowOpenHandler(handler: Parameters<WebContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler;
  }

  /** @returns whether the page may go there */
  navigates(
    event: 'will-navigate' | 'will-frame-navigate' | 'will-redirect',
    url: string,
    isMainFrame = true,
  ): boolean {
    const details = preventable({ url, isMainFrame });
    this.emit(event, details);
    return !details.defaultPrevented;
  }

  /** @returns whether a webview may be put into the page */
  attachesWebview(): boolean {
    const event = preventable({});
    this.emit('will-attach-webview', event, {}, {});
    return !event.defaultPrevented;
  }
}

class WindowStandIn extends EventEmitter {
  readonly #standIn: StandIn;
  readonly options: NonNullable<Constructed>;
  readonly webContents = new ContentsStandIn();
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

  setProgressBar(value: number, options: { mode?: string } = {}): void {
    if (typeof value !== 'number' || Number.isNaN(value))
      throw new TypeError('setProgressBar takes a number');
    this.#alive().progress = { value, mode: options.mode ?? (value < 0 ? 'none' : 'normal') };
  }

  async loadURL(url: string): Promise<void> {
    const { ok, status } = await this.#standIn.protocol.fetch(url);
    if (!ok) throw new Error(`ERR_FAILED (${status}) loading ${url}`);
    this.#alive().loaded = url;
    this.emit('ready-to-show');
  }

  /** As its button does. */
  close(): void {
    if (this.destroyed) return;
    const event = preventable({});
    this.emit('close', event);
    if (event.defaultPrevented) return;
    this.destroyed = true;
    this.emit('closed');
    if (this.#standIn.windows.every((window) => window.destroyed))
      this.#standIn.app.emit('window-all-closed');
  }

  #alive(): this {
    if (this.destroyed) throw new Error('Object has been destroyed');
    return this;
  }
}

/** A page in a frame: what its preload is given, and what its scripts see. */
export class PageStandIn extends EventTarget {
  readonly preload: PreloadElectron;
  readonly exposed: Record<string, unknown> = {};
  /** Paths of dropped files, by file. */
  readonly paths = new Map<object, string>();

  constructor(standIn: StandIn, senderFrame: Frame) {
    super();
    const event = { senderFrame } as IpcMainEvent & IpcMainInvokeEvent;
    this.preload = strict('electron', {
      contextBridge: strict('contextBridge', {
        exposeInMainWorld: (key: string, api: object) => {
          if (key in this.exposed) throw new Error(`${key} is exposed twice`);
          for (const value of Object.values(api))
            if (typeof value !== 'function') throw new Error(`${key} holds more than functions`);
          this.exposed[key] = api;
        },
      } satisfies Partial<PreloadElectron['contextBridge']>) as PreloadElectron['contextBridge'],
      ipcRenderer: strict('ipcRenderer', {
        invoke: async (channel: string, ...args: unknown[]) => {
          const handler = standIn.ipcMain.handlers.get(channel);
          if (!handler) throw new Error(`No handler registered for '${channel}'`);
          try {
            return structuredClone(await handler(event, ...args.map((arg) => structuredClone(arg))));
          } catch (error) {
            throw new Error(`Error invoking remote method '${channel}': ${String(error)}`, { cause: error });
          }
        },
        send: (channel: string, ...args: unknown[]) => {
          standIn.ipcMain.emit(channel, event, ...args.map((arg) => structuredClone(arg)));
        },
        postMessage: (channel: string, message: unknown, transfer: unknown[] = []) => {
          const ports = (transfer as NodePort[]).map(portMain);
          standIn.ipcMain.emit(channel, { ...event, ports }, structuredClone(message));
        },
      } satisfies Partial<PreloadElectron['ipcRenderer']>) as unknown as PreloadElectron['ipcRenderer'],
      webUtils: strict('webUtils', {
        getPathForFile: (file: object) => this.paths.get(file) ?? '',
      } satisfies Partial<PreloadElectron['webUtils']>),
    });
  }

  /** The page as the preload has it. */
  get window(): Page {
    return this as unknown as Page;
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
function portMain(port: NodePort) {
  class PortMain extends EventEmitter {
    start(): void {
      port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
      port.on('close', () => this.emit('close'));
    }
    postMessage(data: unknown): void {
      port.postMessage(data);
    }
    close(): void {
      port.close();
    }
  }
  return strict('MessagePortMain', new PortMain());
}

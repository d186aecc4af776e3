import { RPCLink } from '@orpc/client/websocket';
import { takenOver } from '../../src-main/contract/desktop.ts';
import type { Host, Link, Picker } from './host.ts';
import { CoreConnection, type Wire } from './core-connection.ts';
import { upload } from './upload.ts';

/** Milliseconds before a reconnection attempt: the first delay, and the longest. */
const backOff = { first: 300, last: 5000 };

export type BrowserLink = Link & {
  /** Sets what asks for folders and files of the machine Falx runs on: a browser's own dialog shows another machine's. */
  setPicker(picker: Picker): void;
};

/** A browser window's connection: a WebSocket at the page's own address. Reconnects for as long as the page is open. */
export function browserLink(): BrowserLink {
  const connection = new CoreConnection();
  const id = windowId();
  let picker: Picker | null = null;
  let socket: WebSocket | null = null;
  let delay = backOff.first;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function connect(take: boolean): void {
    clearTimeout(timer);
    const address = new URL('/rpc', location.href.replace(/^http/, 'ws'));
    address.searchParams.set('window', id);
    if (take) address.searchParams.set('take', '1');
    const opened = new WebSocket(address);
    socket = opened;
    opened.binaryType = 'arraybuffer';
    // Must run before the link's own listener, which rejects the calls under way: they must see that the wire is closed.
    opened.addEventListener('close', () => {
      wire.closed = true;
    });
    const wire: Wire = { link: new RPCLink({ websocket: opened }), closed: false };
    opened.addEventListener('open', () => {
      delay = backOff.first;
      connection.opened(wire);
    });
    opened.addEventListener('close', ({ code }) => {
      if (opened !== socket) return;
      if (code === takenOver) return connection.closed('elsewhere');
      connection.closed('lost');
      void scheduleReconnect();
    });
  }

  async function scheduleReconnect(): Promise<void> {
    timer = setTimeout(() => connect(false), delay * (0.75 + Math.random() / 2));
    delay = Math.min(delay * 2, backOff.last);
    // A refused handshake looks like a broken connection. A restarted server no longer knows this browser: its page says
    // how to sign in.
    if ((await pageStatus()) === 401) location.reload();
  }

  function reconnect(): void {
    if (connection.state === 'open') return;
    const take = connection.state === 'elsewhere';
    delay = backOff.first;
    const before = socket;
    socket = null;
    before?.close();
    connect(take);
  }

  // Reconnect at once when the machine wakes up or its tunnel is back.
  const reconnectIfLost = () => {
    if (connection.state === 'lost' && document.visibilityState === 'visible') reconnect();
  };
  addEventListener('online', reconnectIfLost);
  document.addEventListener('visibilitychange', reconnectIfLost);
  connect(false);

  const currentPicker = (): Picker => {
    if (!picker) throw new Error('the app has registered no picker');
    return picker;
  };
  const host: Host = {
    shell: 'browser',
    pickFolder: () => currentPicker().folder(),
    pickFiles: (question) => currentPicker().files(question),
    take: (files, onProgress, signal, purpose) =>
      upload(connection.client, files, onProgress, signal, purpose),
    openFolder: null,
    notify: (title, body) => void notify(title, body),
    pictureUrl: (path) => path,
  };
  return {
    host,
    client: connection.client,
    state: () => connection.state,
    onState: (listener) => connection.onState(listener),
    reconnect,
    setPicker: (chosen) => {
      picker = chosen;
    },
  };
}

/** Identifies this tab to the core. Survives a reload: a reloaded tab must not take itself for another one. */
function windowId(): string {
  const key = 'falx.window';
  const id = sessionStorage.getItem(key) ?? crypto.randomUUID();
  sessionStorage.setItem(key, id);
  return id;
}

async function pageStatus(): Promise<number | null> {
  try {
    return (await fetch('/', { method: 'HEAD', cache: 'no-store' })).status;
  } catch {
    return null; // Nobody there: the reconnection attempts go on.
  }
}

async function notify(title: string, body: string): Promise<void> {
  if (!('Notification' in window) || document.hasFocus()) return;
  const permission =
    Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission;
  if (permission === 'granted') new Notification(title, { body });
}

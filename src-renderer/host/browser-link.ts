import { RPCLink } from '@orpc/client/websocket';
import { takenOver } from '../../src-main/contract/desktop.ts';
import type { Host, Link, Picker } from './host.ts';
import { Line, type Wire } from './core-line.ts';
import { upload } from './upload.ts';

/** Milliseconds before the line is tried again: the first time, and at most. */
const backOff = { first: 300, last: 5000 };

export type BrowserLink = Link & {
  /** What asks for folders and files of the machine Falx runs on: a browser's own dialog shows another machine's. */
  setPicker(picker: Picker): void;
};

/** The line of a window in a browser, a WebSocket at the page's own address. Tries for as long as the page is open. */
export function browserLink(): BrowserLink {
  const line = new Line();
  const id = windowId();
  let picker: Picker | null = null;
  let socket: WebSocket | null = null;
  let wait = backOff.first;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function connect(take: boolean): void {
    clearTimeout(timer);
    const address = new URL('/rpc', location.href.replace(/^http/, 'ws'));
    address.searchParams.set('window', id);
    if (take) address.searchParams.set('take', '1');
    const mine = new WebSocket(address);
    socket = mine;
    mine.binaryType = 'arraybuffer';
    // Before the link's own listener, which ends the calls under way: they are to know that the wire is closed.
    mine.addEventListener('close', () => {
      wire.closed = true;
    });
    const wire: Wire = { link: new RPCLink({ websocket: mine }), closed: false };
    mine.addEventListener('open', () => {
      wait = backOff.first;
      line.connected(wire);
    });
    mine.addEventListener('close', ({ code }) => {
      if (mine !== socket) return;
      if (code === takenOver) return line.broken('elsewhere');
      line.broken('lost');
      void again();
    });
  }

  async function again(): Promise<void> {
    timer = setTimeout(() => connect(false), wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, backOff.last);
    // A handshake that was refused looks like a broken one. A server that was started anew knows this browser no more:
    // its page says how to get in.
    if ((await statusOfPage()) === 401) location.reload();
  }

  function reconnect(): void {
    if (line.state === 'open') return;
    const take = line.state === 'elsewhere';
    wait = backOff.first;
    const before = socket;
    socket = null;
    before?.close();
    connect(take);
  }

  // A machine that wakes up, or whose tunnel is back, is not kept waiting.
  const soon = () => {
    if (line.state === 'lost' && document.visibilityState === 'visible') reconnect();
  };
  addEventListener('online', soon);
  document.addEventListener('visibilitychange', soon);
  connect(false);

  const ask = (): Picker => {
    if (!picker) throw new Error('the app has registered no picker');
    return picker;
  };
  const host: Host = {
    shell: 'browser',
    pickFolder: () => ask().folder(),
    pickFiles: (question) => ask().files(question),
    take: (files, onProgress, signal, purpose) => upload(line.client, files, onProgress, signal, purpose),
    openFolder: null,
    notify: (title, body) => void notify(title, body),
    pictureUrl: (path) => path,
  };
  return {
    host,
    client: line.client,
    state: () => line.state,
    onState: (listener) => line.onState(listener),
    reconnect,
    setPicker: (chosen) => {
      picker = chosen;
    },
  };
}

/** Tells this tab from others, and outlives a reload: a reloaded tab must not find itself to be another one. */
function windowId(): string {
  const key = 'falx.window';
  const id = sessionStorage.getItem(key) ?? crypto.randomUUID();
  sessionStorage.setItem(key, id);
  return id;
}

async function statusOfPage(): Promise<number | null> {
  try {
    return (await fetch('/', { method: 'HEAD', cache: 'no-store' })).status;
  } catch {
    return null; // nobody there: it goes on being tried
  }
}

async function notify(title: string, body: string): Promise<void> {
  if (!('Notification' in window) || document.hasFocus()) return;
  const permission =
    Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission;
  if (permission === 'granted') new Notification(title, { body });
}

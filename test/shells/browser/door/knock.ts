import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import SQLite from 'better-sqlite3';
import { WebSocket } from 'ws';
import { Chance } from '../../../train/simulation/chance.ts';
import { builtWindow } from '../../../built.ts';
import { hostileHead, hostileMessage } from './hostile.ts';

export type Knocked = {
  messages: number;
  heads: number;
  /** What was accepted, or answered wrongly. */
  wrong: string[];
  /** Size of the longest answer, and of everything the server printed and logged, bytes. */
  longestAnswer: number;
  printed: number;
  longestLine: number;
  /** Memory of the server's process after each part, bytes: resident as it is, the rest after garbage collection. */
  memory: { rss: number; heapUsed: number; external: number; polluted: boolean }[];
};

type Memory = Knocked['memory'][number];

/** One stranger's request per this many messages of an admitted window. */
const HEADS_IN = 5;
const AT_ONCE = 100;
const launcher = path.join(import.meta.dirname, '../../../../build/falx.mjs');
const probe = path.join(import.meta.dirname, 'memory-probe.mjs');
/** Milliseconds after which a request counts as unanswered. */
const ANSWER_WITHIN = 30_000;

/** Sends to `npx falx serve`, including its launcher, what a hostile page or program would; in parts, with memory checked after each. */
export async function knock(seed: number, count: number, parts = 5): Promise<Knocked> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'falx-door-'));
  const home = path.join(scratch, 'home');
  await builtWindow();
  const child = spawn(process.execPath, [launcher, 'serve', '--json', '--no-open', '--port', '0'], {
    env: { ...process.env, FALX_HOME: home, NODE_OPTIONS: `--import=${probe}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told: Knocked = {
    messages: 0,
    heads: 0,
    wrong: [],
    longestAnswer: 0,
    printed: 0,
    longestLine: 0,
    memory: [],
  };
  let died: string | null = null;
  const gone = once(child, 'exit').then(([code, signal]) => (died = `the server ended (${code ?? signal})`));
  const heard = { out: '', error: '' };
  child.stdout.on('data', (chunk: Buffer) => (heard.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (heard.error += chunk.toString()));
  /** Waits until the server's output contains what is looked for. */
  const until = async <T>(stream: Readable, found: () => T | null): Promise<T> => {
    for (;;) {
      const what = found();
      if (what !== null) return what;
      await Promise.race([once(stream, 'data'), gone]);
      if (died !== null) throw new Error(`${died}: ${heard.error}`);
    }
  };
  const memoryNow = async (): Promise<Memory> => {
    const before = heard.error.length;
    child.kill('SIGURG');
    const [, told] = await until(child.stderr, () => /^probe (.*)\n/m.exec(heard.error.slice(before)));
    return JSON.parse(told!) as Memory;
  };
  try {
    const { address, port } = await until(child.stdout, () => served(heard.out));
    const cookie = await enter(address);
    const before = stateOf(home);
    for (let part = 0; part < parts; part++) {
      const share = Math.round(count / parts);
      await messages(
        new Chance(seed + part, 'door'),
        Math.round(share * (1 - 1 / HEADS_IN)),
        port,
        cookie,
        told,
      );
      await heads(new Chance(seed + part, 'heads'), Math.round(share / HEADS_IN), port, told);
      if (died !== null) throw new Error(died);
      const memory = await memoryNow();
      if (memory.polluted) told.wrong.push('all objects have got a field');
      told.memory.push(memory);
    }
    const after = stateOf(home);
    if (after !== before) told.wrong.push(`what is kept has changed: ${before} was ${after}`);
    const logs = path.join(home, 'logs');
    for (const name of readdirSync(logs)) {
      const text = readFileSync(path.join(logs, name), 'utf8');
      told.printed += text.length;
      for (const line of text.split('\n')) told.longestLine = Math.max(told.longestLine, line.length);
    }
    child.kill('SIGTERM');
    await gone;
    told.printed += heard.out.length + heard.error.replaceAll(/^probe .*\n/gm, '').length;
    return told;
  } finally {
    child.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function messages(
  chance: Chance,
  count: number,
  port: number,
  cookie: string,
  told: Knocked,
): Promise<void> {
  let socket = await line(port, cookie);
  for (let sent = 0; sent < count;) {
    const waiting = new Map<string, string>();
    const answered = new Promise<void>((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        told.longestAnswer = Math.max(told.longestAnswer, data.length);
        const { i, p } = JSON.parse(data.toString()) as { i: string; p?: { s?: number } };
        const asked = waiting.get(i);
        if ((p?.s ?? 200) < 400) told.wrong.push(`${(asked ?? i).slice(0, 200)} was taken`);
        waiting.delete(i);
        if (waiting.size === 0) resolve();
      });
      socket.once('close', reject);
    });
    // The last request is always refused, so that there is an answer to wait for.
    for (let i = 0; i < AT_ONCE && sent < count; i++, sent++) {
      const { data, expects } = hostileMessage(chance, told.messages++);
      if (expects === 'error') waiting.set((JSON.parse(data.toString()) as { i: string }).i, data.toString());
      socket.send(data);
    }
    waiting.set('last', 'last');
    socket.send(JSON.stringify({ i: 'last', p: { u: '/nothing' } }));
    const late = setTimeout(() => {
      for (const asked of waiting.values()) told.wrong.push(`${asked.slice(0, 300)} was not answered`);
      socket.terminate();
    }, ANSWER_WITHIN);
    await answered.catch(() => told.wrong.push('the line was closed'));
    clearTimeout(late);
    socket.removeAllListeners();
    if (socket.readyState !== WebSocket.OPEN) socket = await line(port, cookie);
  }
  // Frames larger than a window may send, and broken ones: the connection is closed, and nothing else happens.
  for (const bad of ['long', 'broken'] as const) {
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    if (bad === 'long') socket.send('x'.repeat(2 ** 20 + 1));
    else
      (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
        Buffer.alloc(64, 0xff),
      );
    await closed;
    socket = await line(port, cookie);
  }
  socket.close();
}

async function line(port: number, cookie: string): Promise<WebSocket> {
  const host = `127.0.0.1:${port}`;
  const socket = new WebSocket(`ws://${host}/rpc?window=w&take=1`, {
    headers: { cookie, origin: `http://${host}` },
  });
  await once(socket, 'open');
  return socket;
}

async function heads(chance: Chance, count: number, port: number, told: Knocked): Promise<void> {
  const all = Array.from({ length: count }, () => hostileHead(chance, port));
  const each = async (): Promise<void> => {
    for (let head = all.pop(); head !== undefined; head = all.pop()) {
      const answer = await write(port, head);
      told.heads++;
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
      // Closing silently is a refusal too; only admitted clients are told to continue with a body.
      if (status !== 0 && (status < 400 || status >= 500))
        told.wrong.push(`${JSON.stringify(head.slice(0, 300))} was answered ${status}`);
      told.longestAnswer = Math.max(told.longestAnswer, answer.length);
    }
  };
  await Promise.all(Array.from({ length: 20 }, each));
}

function write(port: number, head: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(head, 'latin1'));
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('error', () => undefined); // a reset is one form of refusal
    socket.once('close', () => resolve(answer));
  });
}

/** The whole content of the registry and the names of the files beside it, except logs and counters. */
function stateOf(home: string): string {
  const db = new SQLite(path.join(home, 'registry.sqlite'), { readonly: true });
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all() as {
    name: string;
  }[];
  const hash = createHash('sha256');
  for (const { name } of tables) hash.update(JSON.stringify(db.prepare(`SELECT * FROM "${name}"`).all()));
  db.close();
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' })
    // The day's backup is made in the background, whatever is requested meanwhile.
    .filter(
      (name) => !/^logs|^backups|registry\.sqlite-/.test(name) && statSync(path.join(home, name)).isFile(),
    )
    .sort();
  return `${hash.digest('hex').slice(0, 12)} ${files.join(' ')}`;
}

function enter(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(address, (answer) => {
      answer.resume();
      resolve(answer.headers['set-cookie']![0]!.split(';')[0]!);
    })
      .once('error', reject)
      .end();
  });
}

/** What `falx serve --json` prints once it is ready. */
function served(printed: string): { address: string; port: number } | null {
  try {
    return JSON.parse(printed) as { address: string; port: number };
  } catch {
    return null; // incomplete so far
  }
}

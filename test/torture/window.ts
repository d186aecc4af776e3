import { once } from 'node:events';
import { get } from 'node:http';
import { WebSocket } from 'ws';

/** A window's requests to a served Falx, without a browser: the messages on its connection, and pictures. */
export class Window {
  readonly #address: URL;
  readonly #cookie: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<
    string,
    { resolve: (answer: unknown) => void; reject: (error: Error) => void }
  >();
  #number = 0;
  /** How its connection was closed: code, reason and when; null while it is open. */
  closed: string | null = null;

  private constructor(address: URL, cookie: string, socket: WebSocket) {
    [this.#address, this.#cookie, this.#socket] = [address, cookie, socket];
    socket.on('message', (data: Buffer) => {
      const { i, p } = JSON.parse(data.toString()) as {
        i: string;
        p?: { s?: number; b?: { json?: unknown } };
      };
      const waiting = this.#waiting.get(i);
      this.#waiting.delete(i);
      if ((p?.s ?? 200) < 400) waiting?.resolve(p?.b?.json);
      else waiting?.reject(new Error(JSON.stringify(p?.b?.json).slice(0, 500)));
    });
    socket.on('error', () => undefined); // `close` reports its end
    socket.once('close', (code, reason) => {
      this.closed = `the line was closed at ${new Date().toISOString()}: ${code} ${reason.toString()}`;
      for (const { reject } of this.#waiting.values()) reject(new Error(this.closed));
      this.#waiting.clear();
    });
  }

  /** @param address as `falx serve` prints it. */
  static async open(address: string): Promise<Window> {
    const url = new URL(address);
    const cookie = await new Promise<string>((resolve, reject) => {
      get(url, (answer) => {
        answer.resume();
        const [given] = answer.headers['set-cookie'] ?? [];
        if (given) resolve(given.split(';')[0]!);
        else reject(new Error(`not let in: ${answer.statusCode}`));
      }).once('error', reject);
    });
    return new Window(url, cookie, await lineTo(url, cookie));
  }

  /** As when its page is reloaded: an address admits once. */
  async again(): Promise<Window> {
    this.close();
    return new Window(this.#address, this.#cookie, await lineTo(this.#address, this.#cookie));
  }

  /** @param path as `/datasets/list` @throws Error what was answered instead. */
  call<T>(path: string, input?: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN)
        return reject(new Error(this.closed ?? 'the line is not open'));
      const i = `t${++this.#number}`;
      this.#waiting.set(i, { resolve: resolve as (answer: unknown) => void, reject });
      this.#socket.send(JSON.stringify({ i, p: { u: path, b: { json: input } } }));
    });
  }

  /** @returns the size of the page or a picture in bytes; -1 if it is refused. */
  fetch(path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      get(new URL(path, this.#address.origin), { headers: { cookie: this.#cookie } }, (answer) => {
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
        answer.once('end', () => resolve(answer.statusCode === 200 ? bytes : -1));
        answer.once('error', reject);
      }).once('error', reject);
    });
  }

  /** Waits until a job has ended. @returns its outcome. */
  async job(id: string): Promise<{ state: string; resultId: string | null }> {
    for (;;) {
      const jobs = await this.call<{ id: string; state: string; resultId: string | null }[]>('/jobs/list');
      const job = jobs.find((one) => one.id === id);
      if (!job || job.state !== 'running') return job ?? { state: 'gone', resultId: null };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  close(): void {
    this.#socket.close();
  }
}

async function lineTo({ host }: URL, cookie: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${host}/rpc?window=w&take=1`, {
    headers: { cookie, origin: `http://${host}` },
  });
  await once(socket, 'open');
  return socket;
}

/** The address that a served Falx prints. */
export const addressIn = (printed: string): string | null =>
  /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(printed)?.[0] ?? null;

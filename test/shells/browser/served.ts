import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserShell, startBrowserShell } from '../../../src-main/shells/browser/start.ts';

export type Served = {
  shell: BrowserShell;
  home: string;
  /** Host and Origin of its own page. */
  host: string;
  origin: string;
  close(): Promise<void>;
};

/** A minimal page of two files. */
export function smallPage(folder: string): string {
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>Falx</title><p>the window');
  writeFileSync(path.join(folder, 'assets', 'index-0f3a9c.js'), 'export {};\n');
  return folder;
}

/** The real shell, on its own home folder. */
export async function serve(): Promise<Served> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'falx-browser-'));
  writeFileSync(path.join(scratch, 'secret.txt'), 'not for the window');
  const home = path.join(scratch, 'home');
  const shell = await startBrowserShell({ home, page: smallPage(path.join(scratch, 'page')) });
  const host = `127.0.0.1:${shell.port}`;
  return {
    shell,
    home,
    host,
    origin: `http://${host}`,
    close: async () => {
      await shell.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

/** Sends a request as written: neither path nor headers are normalised. */
export function ask(
  { shell, host }: Served,
  target: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: shell.port,
        path: target,
        method,
        headers: { host, ...headers },
        agent: false,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => (text += part));
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
        );
      },
    );
    asked.once('error', reject);
    asked.end(body);
  });
}

/** Signs in with a new address. @returns the cookie, as a browser sends it back */
export async function enter(served: Served): Promise<string> {
  const { pathname, search } = new URL(served.shell.newAddress());
  const { headers } = await ask(served, pathname + search);
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

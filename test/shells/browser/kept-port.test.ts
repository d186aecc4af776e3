import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startBrowserShell } from '../../../src-main/shells/browser/start.ts';
import { smallPage } from './served.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'falx-port-'));
const home = path.join(scratch, 'home');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Serves the home folder and stops again. @returns its port. */
async function served(port?: number | 'kept'): Promise<number> {
  const shell = await startBrowserShell({ home, page: smallPage(path.join(scratch, 'page')), port });
  await shell.close();
  return shell.port;
}

test('a home is served at the port it had, at another where that is taken, and then at that one', async () => {
  const first = await served('kept');
  expect(await served('kept')).toBe(first);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(first, '127.0.0.1', resolve));
  const second = await served('kept');
  expect(second).not.toBe(first);
  await new Promise((resolve) => other.close(resolve));
  expect(await served('kept')).toBe(second);
});

test('what was kept and is no port is passed over', async () => {
  writeFileSync(path.join(home, 'port'), 'a port\n');
  expect(await served('kept')).toBeGreaterThan(0);
});

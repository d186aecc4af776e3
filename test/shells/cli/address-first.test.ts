import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { main } from '../../../src-main/shells/cli/main.ts';

/* The address of a download is printed before the first request to it. */

const place = mkdtempSync(path.join(tmpdir(), 'falx-address-'));
let printed = '';
/** The requests, and what had been printed by then. */
const asked: { url: string; printed: string }[] = [];
const mirror = createServer((request, response) => {
  asked.push({ url: request.url!, printed });
  response.writeHead(404).end();
});
let address: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  mirror.close();
  rmSync(place, { recursive: true });
});

test.each([
  { words: ['weights', 'download', 'mobilenetv2'], mirrorOf: 'FALX_WEIGHTS_MIRROR' },
  { words: ['gpu', 'install'], mirrorOf: 'FALX_GPU_MIRROR' },
])('falx $words tells it first', async ({ words, mirrorOf }) => {
  vi.stubEnv(mirrorOf, `${address}/`);
  vi.stubEnv('FALX_RUNTIMES', path.join(place, 'runtimes'));
  printed = '';
  asked.length = 0;
  const hear = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((printed += text), true));
  const code = await main(['--home', path.join(place, 'home'), ...words]).finally(() => hear.mockRestore());
  expect(code).not.toBe(0);
  expect(asked).toHaveLength(1);
  expect(asked[0]!.printed).toContain(`${address}${asked[0]!.url}`);
});

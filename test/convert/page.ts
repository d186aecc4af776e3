import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { exportRun } from '../../src-main/predict/export-model.ts';
import { predictFiles } from '../../src-main/predict/predict-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { foreign } from '../../src-main/system/foreign.ts';
import { openChromium } from '../browser.ts';

/* The page of a TensorFlow.js export in Chromium, against Falx on the same files: decoding and scaling are the browser's there.

       npm run verify:page -- --home HOME --scans DIR [--count 10] RUN

   Prints each difference and the largest; fails when the page does not answer or contacts another server. */

const { values, positionals } = parseArgs({
  options: {
    home: { type: 'string' },
    scans: { type: 'string' },
    count: { type: 'string', default: '10' },
    shot: { type: 'string' },
  },
  allowPositionals: true,
});
const [id] = positionals;
if (!values.home || !values.scans || !id)
  throw new Error('npm run verify:page -- --home HOME --scans DIR RUN');

const folder = mkdtempSync(path.join(tmpdir(), 'falx-page-'));
const registry = Registry.open(values.home);
const target = path.join(folder, 'page');
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};
const server = createServer((request, response) => {
  const file = path.join(
    target,
    request.url === '/' ? 'index.html' : decodeURIComponent(request.url!.split('?')[0]!),
  );
  if (!existsSync(file)) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
});
const browser = await openChromium();
try {
  await exportRun(registry.runs.get(id), target, registry, { format: 'tfjs' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const all = readdirSync(values.scans, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(png|jpe?g)$/i.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
  const count = Number(values.count);
  const files = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
  const predictions = await predictFiles({ registry, home: registry.home, runs: [{ id }], files });
  const page = await browser.newPage();
  const strays: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(blob|data):/.test(request.url())) strays.push(request.url());
  });
  page.on('console', (said) => console.log(said.text()));
  page.on('pageerror', (error) => console.log(String(error)));
  await page.goto(origin);
  await page
    .locator('#file:enabled')
    .waitFor()
    .catch(async (cause: unknown) => {
      throw new Error(`the page says ${await page.locator('#answer').textContent()}`, { cause });
    });
  console.log(await page.locator('#about').textContent());
  let worst = 0;
  for (const [i, file] of files.entries()) {
    await page.evaluate(() => delete document.getElementById('answer')!.dataset['probability']);
    await page.locator('#file').setInputFiles(file);
    const answered = page.locator('#answer[data-probability]');
    await answered.waitFor();
    const difference = Math.abs(
      Number(await answered.getAttribute('data-probability')) - predictions[i]!.probability!,
    );
    worst = Math.max(worst, difference);
    console.log(`${difference.toExponential(1)}  ${path.basename(file)}`);
  }
  if (values.shot) await page.screenshot({ path: values.shot });
  console.log(`worst ${worst.toExponential(1)} on ${count} files`);
  if (strays.length > 0) throw new Error(`the page asked ${strays.join()}`);
} finally {
  await browser.close();
  server.close();
  registry.close();
  foreign.close();
  rmSync(folder, { recursive: true, force: true });
}

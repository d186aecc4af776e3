import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pictures } from '../../src-main/contract/api.ts';
import type { Prediction } from '../../src-main/contract/records.ts';
import { openCore, type Core } from '../../src-main/core/core.ts';
import { newUpload } from '../../src-main/core/uploads.ts';
import { webHandler, type WebHandler } from '../../src-main/core/web.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { layOut } from '../import/folders.ts';
import * as sample from '../registry/sample-records.ts';

let home: string;
let core: Core;
let handle: WebHandler;
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-web-'));
  core = await openCore({ home, shell: 'browser' });
  handle = webHandler(core);
});
afterAll(async () => {
  await core.close();
  rmSync(home, { recursive: true });
});

const ask = (address: string, init: RequestInit = {}): Promise<Response | null> =>
  handle(new Request(`http://127.0.0.1${address}`, init));
const errorOf = async (response: Response | null) =>
  (await response!.json()) as { code: string; message: string; facts: Record<string, unknown> };
let drawn = 0;
/** Different each time. */
const noise = (width: number, height: number) => {
  drawn += 1;
  const pixels = new Uint8Array(width * height).map((_, index) => (index * (7919 + drawn)) % 251);
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
};

async function imported(): Promise<{ id: number; file: string; sha256: string }> {
  const scans = mkdtempSync(path.join(home, 'scans-'));
  await layOut(scans, { 'Tumour/a.png': await noise(300, 200), 'Healthy/b.png': null });
  const { dataset } = await importFolder({ registry: core.registry, folder: scans });
  const image = core.registry.images.list(dataset.id).find(({ file }) => file === 'Tumour/a.png')!;
  return { id: image.id, file: path.join(scans, image.file), sha256: image.sha256 };
}

describe('a picture of a dataset', () => {
  test('is a small JPEG that the window may keep for good', async () => {
    const { id, sha256 } = await imported();
    const response = (await ask(pictures.image(id, 90)))!;
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'cache-control': 'private, max-age=31536000, immutable',
      etag: `"${sha256}-90"`,
      'x-content-type-options': 'nosniff',
    });
    const jpeg = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(String(jpeg.length));
    expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 90, height: 60 });

    const again = (await ask(pictures.image(id, 90), { headers: { 'if-none-match': `"${sha256}-90"` } }))!;
    expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0]);
    const head = (await ask(pictures.image(id, 90), { method: 'HEAD' }))!;
    expect([head.status, head.headers.get('content-length'), (await head.arrayBuffer()).byteLength]).toEqual([
      200,
      String(jpeg.length),
      0,
    ]);
  });

  test('is made once, and shown from then on even if its file is missing', async () => {
    const { id, file, sha256 } = await imported();
    const all = await Promise.all(Array.from({ length: 5 }, () => ask(pictures.image(id, 64))));
    expect(all.map((response) => response!.status)).toEqual([200, 200, 200, 200, 200]);
    const folder = path.join(home, 'cache', 'thumbnails', sha256.slice(0, 2));
    expect(readdirSync(folder)).toContain(`${sha256}-64.jpg`);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    unlinkSync(file);
    expect((await ask(pictures.image(id, 64)))!.status).toBe(200);
    const other = await ask(pictures.image(id, 65));
    expect(other!.status).toBe(404);
    expect(other!.headers.get('cache-control')).toBe('no-store');
    expect(await errorOf(other)).toMatchObject({ code: 'not-found', facts: { file } });
  });

  test('is not shown when its file has changed since the import', async () => {
    const { id, file } = await imported();
    writeFileSync(file, await noise(300, 201));
    const response = await ask(pictures.image(id, 64));
    expect(response!.status).toBe(404);
    expect((await errorOf(response)).message).toMatch(/has changed since Falx read it/);
  });

  test('that nobody waits for any more is not made', async () => {
    const { id, sha256 } = await imported();
    const gone = await ask(pictures.image(id, 64), { signal: AbortSignal.abort() });
    expect((await errorOf(gone)).code).toBe('cancelled');
    expect(existsSync(path.join(home, 'cache', 'thumbnails', sha256.slice(0, 2), `${sha256}-64.jpg`))).toBe(
      false,
    );
    const [, stayed] = await Promise.all([
      ask(pictures.image(id, 64), { signal: AbortSignal.abort() }),
      ask(pictures.image(id, 64)),
    ]);
    expect(stayed!.status).toBe(200);
  });

  test('that cannot be kept is shown all the same, and the log says why', async () => {
    const { id, sha256 } = await imported();
    const thumbnails = path.join(home, 'cache', 'thumbnails');
    mkdirSync(thumbnails, { recursive: true });
    rmSync(path.join(thumbnails, sha256.slice(0, 2)), { recursive: true, force: true });
    writeFileSync(path.join(thumbnails, sha256.slice(0, 2)), 'a file in the way');
    expect((await ask(pictures.image(id, 64)))!.status).toBe(200);
    expect(readFileSync(core.log.file, 'utf8')).toContain('a thumbnail was not kept');
  });
});

describe('a scan that was predicted', () => {
  const sha256Of = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

  async function predicted(name: string): Promise<{ file: string; sha256: string }> {
    const { registry } = core;
    if (!registry.datasets.list().some(({ id }) => id === 'ds-1')) {
      registry.datasets.add(sample.dataset('ds-1'), [], []);
      registry.splits.add(sample.split('sp-1', 'ds-1'), []);
      registry.runs.add(sample.run('run-1', 'sp-1'));
    }
    const file = path.join(home, name);
    if (!existsSync(file)) writeFileSync(file, await noise(80, 100));
    const prediction: Prediction = {
      runId: 'run-1',
      file,
      sha256: sha256Of(file),
      answer: 'positive',
      notices: [],
      calibrated: null,
      conformal: null,
      probability: 0.75,
      label: 'Brain Tumor',
      positive: true,
      threshold: 0.5,
      milliseconds: 4,
      error: null,
      created: '2026-01-02T03:04:05Z',
    };
    registry.predictions.add(prediction);
    return { file, sha256: sha256Of(file) };
  }

  test('is shown from its file', async () => {
    const { sha256 } = await predicted('first.png');
    const response = await ask(pictures.scan(sha256, 50));
    expect(response!.headers.get('etag')).toBe(`"${sha256}-50"`);
    expect(await sharp(Buffer.from(await response!.arrayBuffer())).metadata()).toMatchObject({
      width: 40,
      height: 50,
    });
  });

  test('is shown from another file that was predicted and has the same content', async () => {
    const { file, sha256 } = await predicted('before.png');
    renameSync(file, path.join(home, 'moved.png'));
    expect((await ask(pictures.scan(sha256, 50)))!.status).toBe(404);
    await predicted('moved.png');
    expect((await ask(pictures.scan(sha256, 50)))!.status).toBe(200);
  });

  test('is not shown once its file holds something else', async () => {
    const { file, sha256 } = await predicted('changing.png');
    writeFileSync(file, await noise(80, 101));
    expect((await ask(pictures.scan(sha256, 50)))!.status).toBe(404);
    expect((await ask(pictures.scan(sha256Of(file), 50)))!.status).toBe(404); // never predicted
  });

  test('is refused with the reason when it is no picture', async () => {
    writeFileSync(path.join(home, 'note.txt'), 'not a scan');
    const { sha256 } = await predicted('note.txt');
    const response = await ask(pictures.scan(sha256, 50));
    expect(response!.status).toBe(422);
    expect(await errorOf(response)).toMatchObject({ code: 'unsupported-format' });
  });
});

describe('what is no picture', () => {
  test.each([
    ['/picture/image/1', 400],
    ['/picture/image/1?side=15', 400],
    ['/picture/image/1?side=1025', 400],
    ['/picture/image/1?side=64.5', 400],
    ['/picture/image/1?side=', 400],
    ['/picture/image/1?side=NaN', 400],
    ['/picture/image/99?side=64', 404],
    ['/picture/image/0?side=64', 400],
    ['/picture/image/-1?side=64', 400],
    ['/picture/image/1e3?side=64', 400],
    ['/picture/image/99999999999999999999?side=64', 400],
    ['/picture/image/..%2f1?side=64', 400],
    ['/picture/image/1/../../../etc/passwd?side=64', null],
    ['/picture/image/1%00?side=64', 400],
    ['/picture/image/1/2?side=64', 400],
    ['/picture/image/?side=64', 400],
    ['/picture?side=64', 400],
    ['/picture/file/1?side=64', 400],
    [`/picture/scan/${'a'.repeat(64)}?side=64`, 404],
    [`/picture/scan/${'A'.repeat(64)}?side=64`, 400],
    [`/picture/scan/${'a'.repeat(63)}?side=64`, 400],
    [`/picture/scan/..%2f..%2f${'a'.repeat(58)}?side=64`, 400],
    ['/', null],
    ['/index.html', null],
    ['/pictures/image/1?side=64', null],
  ])('%s: %s', async (address, status) => {
    const response = await ask(address);
    expect(response?.status ?? null).toBe(status);
    if (response) expect(await errorOf(response)).toMatchObject({ message: expect.any(String) as string });
  });

  test.each([
    ['POST', '/picture/image/1?side=64', 'GET, HEAD'],
    ['DELETE', `/picture/scan/${'a'.repeat(64)}?side=64`, 'GET, HEAD'],
    ['GET', '/upload/up-1/a.png', 'PUT'],
    ['POST', '/upload/up-1/a.png', 'PUT'],
  ])('%s %s is not a way to ask', async (method, address, allowed) => {
    const response = await ask(address, { method });
    expect([response!.status, response!.headers.get('allow')]).toEqual([405, allowed]);
  });
});

describe('a file that is sent', () => {
  let uploadId: string;
  let folder: string;
  beforeEach(async () => {
    rmSync(path.join(home, 'uploads'), { recursive: true, force: true });
    ({ uploadId, folder } = await newUpload(home));
  });
  const put = (name: string, body: RequestInit['body'], headers: Record<string, string> = {}) =>
    ask(pictures.upload(uploadId, name), { method: 'PUT', body: body!, headers });
  const everything = () => readdirSync(path.join(home, 'uploads'), { recursive: true }).map(String).sort();

  test('lies in the folder of its upload under its relative path', async () => {
    const picture = await noise(30, 20);
    const response = await put('scans 2026/Tumour/스캔 #1.png', new Blob([picture]), {
      'content-length': String(picture.length),
    });
    expect(response!.status).toBe(201);
    const file = path.join(folder, 'scans 2026', 'Tumour', '스캔 #1.png');
    expect(await response!.json()).toEqual({ path: file });
    expect(readFileSync(file).equals(picture)).toBe(true);
  });

  test('takes the place of one that was sent before, and may be empty', async () => {
    await put('a.png', 'first');
    expect((await put('a.png', 'second'))!.status).toBe(201);
    expect(readFileSync(path.join(folder, 'a.png'), 'utf8')).toBe('second');
    expect((await put('b.png', ''))!.status).toBe(201);
    expect(everything()).toEqual([uploadId, `${uploadId}/a.png`, `${uploadId}/b.png`]);
  });

  test('that breaks off or is shorter or longer than announced leaves nothing', async () => {
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(70_000));
        controller.error(Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
      },
    });
    const init = { method: 'PUT', duplex: 'half' };
    const responses = [
      await ask(pictures.upload(uploadId, 'a.png'), { ...init, body: broken }),
      await put('b.png', '12345', { 'content-length': '6' }),
      await put('c.png', '12345', { 'content-length': '4' }),
    ];
    expect(await Promise.all(responses.map(async (response) => (await errorOf(response)).code))).toEqual([
      'cancelled',
      'bad-usage',
      'bad-usage',
    ]);
    expect(everything()).toEqual([uploadId]);
  });

  test('that breaks off before its file was made leaves nothing either', async () => {
    for (let round = 0; round < 20; round++) {
      const broken = new ReadableStream({
        start: (controller) => controller.error(Object.assign(new Error('gone'), { code: 'ECONNRESET' })),
      });
      const init = { method: 'PUT', duplex: 'half', body: broken };
      expect((await ask(pictures.upload(uploadId, 'a.png'), init))!.status).not.toBe(201);
      expect(everything()).toEqual([uploadId]);
    }
  });

  test('that the window gives up leaves nothing', async () => {
    const stop = new AbortController();
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) });
    const init = { method: 'PUT', duplex: 'half', body: endless, signal: stop.signal };
    const response = ask(pictures.upload(uploadId, 'a.png'), init);
    await expect.poll(everything).toHaveLength(2);
    stop.abort();
    expect((await errorOf(await response)).code).toBe('cancelled');
    expect(everything()).toEqual([uploadId]);
  });

  test('that has no end is read no faster than it is written, and leaves nothing when it breaks off', async () => {
    const stop = new AbortController();
    const part = () => readdirSync(folder).find((name) => name.endsWith('.part'));
    let [pulled, ahead, pulls] = [0, 0, 0];
    const endless = new ReadableStream({
      async pull(controller) {
        pulls++;
        const file = part();
        const written = file === undefined ? 0 : statSync(path.join(folder, file)).size;
        ahead = Math.max(ahead, pulled - written);
        if (pulled > 300 * 2 ** 20) stop.abort();
        pulled += 2 ** 20;
        controller.enqueue(new Uint8Array(2 ** 20));
        // Many at once, if the number were not limited.
        if (pulls % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const init = { method: 'PUT', duplex: 'half', body: endless, signal: stop.signal };
    const response = await ask(pictures.upload(uploadId, 'a.nii'), init);
    expect((await errorOf(response)).code).toBe('cancelled');
    expect(pulled).toBeGreaterThan(300 * 2 ** 20);
    // Of 300 MB, only what a few stages buffer.
    expect(ahead).toBeLessThan(16 * 2 ** 20);
    expect(everything()).toEqual([uploadId]);
  });

  test('in pieces is there, whole, with the last of them', async () => {
    const piece = (text: string, range: string) => put('a b/c.nii', text, { 'content-range': range });
    expect((await piece('first ', 'bytes 0-5/14'))!.status).toBe(202);
    expect(existsSync(path.join(folder, 'a b', 'c.nii'))).toBe(false);
    expect((await piece('and ', 'bytes 6-9/14'))!.status).toBe(202);
    const last = await piece('last', 'bytes 10-13/14');
    expect([last!.status, await last!.json()]).toEqual([201, { path: path.join(folder, 'a b', 'c.nii') }]);
    expect(readFileSync(path.join(folder, 'a b', 'c.nii'), 'utf8')).toBe('first and last');
    expect(readdirSync(folder)).toEqual(['a b']);
    // Sent again, it replaces the first.
    await piece('other ', 'bytes 0-5/8');
    expect((await piece('x.', 'bytes 6-7/8'))!.status).toBe(201);
    expect(readFileSync(path.join(folder, 'a b', 'c.nii'), 'utf8')).toBe('other x.');
  });

  test.each([
    ['out of turn', 'bytes 6-9/14', 'more'],
    ['shorter than it says', 'bytes 0-5/14', 'five!'],
    ['longer than it says', 'bytes 0-5/14', 'seven..'],
    ['beyond the end', 'bytes 12-15/14', 'more'],
    ['backwards', 'bytes 5-0/14', 'more'],
    ['of unknown length', 'bytes 0-5/*', 'first '],
    ['of another unit', 'lines 0-5/14', 'first '],
  ])('in a piece that is %s is refused and leaves nothing', async (_, range, text) => {
    const response = await put('a.nii', text, { 'content-range': range });
    expect([response!.status, (await errorOf(response)).code]).toEqual([400, 'bad-usage']);
    expect(everything()).toEqual([uploadId]);
  });

  test('in pieces for which the disk has no room is refused at the first', async () => {
    const response = await put('a.nii', 'first ', { 'content-range': `bytes 0-5/${10 ** 14}` });
    expect(await errorOf(response)).toMatchObject({ code: 'disk' });
    expect(everything()).toEqual([uploadId]);
  });

  test('for which the disk has no room is refused before it is written', async () => {
    const response = await put('huge.nii', 'x', { 'content-length': String(10 ** 14) });
    expect(response!.status).toBe(507);
    expect(await errorOf(response)).toMatchObject({ code: 'disk' });
    expect(everything()).toEqual([uploadId]);
  });

  test.each([
    ['..%2f..%2fregistry.sqlite', 400],
    ['%2e%2e%2fa', 400],
    ['a%2f..%2f..%2f..%2fb', 400],
    ['a/..%2fb', 400],
    ['%2fetc%2fpasswd', 400],
    ['a%5c..%5cb', 400],
    ['a%00.png', 400],
    ['a%0a.png', 400],
    ['a//b.png', 400],
    ['a/', 400],
    ['%E0%A4%A', 400],
    ['...', 400],
    [Array.from({ length: 33 }, () => 'a').join('/'), 400],
    ['a'.repeat(256), 400],
  ])('as %s is refused: %i', async (name, status) => {
    const response = await ask(`/upload/${uploadId}/${name}`, { method: 'PUT', body: 'x' });
    expect(response!.status).toBe(status);
    expect(everything()).toEqual([uploadId]);
  });

  // `fetch` and all browsers remove plain and encoded dots before the request: what remains is another address.
  test.each(['../', '../../', '%2e%2e/', 'a/../../', 'a/%2E%2E/../.%2e/'])(
    'to %s of its upload lands in no other place',
    async (up) => {
      const response = await ask(`/upload/${uploadId}/${up}registry.sqlite`, { method: 'PUT', body: 'x' });
      expect(response?.status ?? null).not.toBe(201);
      expect(everything()).toEqual([uploadId]);
    },
  );

  test.each(['up-none', '..', '%2e%2e', '..%2f', 'ds-1', '', 'UP-1', `up-1%2f..%2f..`])(
    'to an upload called %j is refused',
    async (id) => {
      const response = await ask(`/upload/${id}/a.png`, { method: 'PUT', body: 'x' });
      expect([400, 404, null]).toContain(response?.status ?? null);
      expect(everything()).toEqual([uploadId]);
    },
  );

  test('through a link is refused, and the link’s target is unchanged', async () => {
    const elsewhere = mkdtempSync(path.join(home, 'elsewhere-'));
    symlinkSync(elsewhere, path.join(folder, 'link'));
    const response = await put('link/deep/a.png', 'x');
    expect(response!.status).toBe(400);
    expect(readdirSync(elsewhere)).toEqual([]);
    symlinkSync(path.join(elsewhere, 'b.png'), path.join(folder, 'b.png'));
    expect((await put('b.png', 'x'))!.status).toBe(201);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('where a folder has the same name, or in a file, is refused', async () => {
    await put('a/b.png', 'x');
    expect((await put('a', 'x'))!.status).toBe(400);
    expect((await put('a/b.png/c.png', 'x'))!.status).toBe(400);
    expect(readFileSync(path.join(folder, 'a', 'b.png'), 'utf8')).toBe('x');
  });
});

test('an upload of yesterday that nothing stands on is removed when Falx starts; others stay', async () => {
  const [used, unused, young] = [await newUpload(home), await newUpload(home), await newUpload(home)];
  const folder = path.join(used.folder, 'scans');
  core.registry.datasets.add({ ...sample.dataset('ds-2'), folder }, [], []);
  for (const upload of [used, unused, young]) writeFileSync(path.join(upload.folder, 'a.png'), 'x');
  const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
  for (const upload of [used, unused]) utimesSync(upload.folder, yesterday, yesterday);
  const second = await openCore({ home, shell: 'browser' });
  await second.close();
  expect([used, unused, young].map((upload) => existsSync(upload.folder))).toEqual([true, false, true]);
});

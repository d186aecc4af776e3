import { execFile, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path, { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { usersOf } from '../../src-main/gpu-pack/pack-users.ts';
import { addGpuSupport, type AddOptions } from '../../src-main/gpu-pack/install.ts';
import { gpuPack, type GpuPack } from '../../src-main/gpu-pack/gpu-pack.ts';
import { places, type Places } from '../../src-main/gpu-pack/pack-places.ts';
import { discardGpuSupport, removeGpuSupport } from '../../src-main/gpu-pack/remove.ts';
import { mostRoom, requireRoomFor } from '../../src-main/gpu-pack/pack-room.ts';
import { progressOf, sweep } from '../../src-main/gpu-pack/staging.ts';
import { gpuSupport, verifyGpuSupport } from '../../src-main/gpu-pack/status.ts';
import { activeRuntime, findRuntime, installation } from '../../src-main/system/installation.ts';
import { takeLock } from '../../src-main/system/lock-file.ts';
import { whyPassedOver } from '../../src-main/tensorflow/gpu-reasons.ts';
import { asIfLoaded, lay, madeParts, packFrom, version, type MadePart } from './gpu-pack-fixtures.ts';
import { eventually } from '../eventually.ts';

const name = `${version}-linux-x64-gpu`;
const library = 'nvidia/cublas/lib/libcublas.so.12';

let root: string;
let binding: string;
let stick: string;
let at: Places;
let parts: MadePart[];
let pack: GpuPack;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'falx-support-'));
  binding = join(root, 'tfjs_binding.node');
  writeFileSync(binding, 'binding');
});
beforeEach(() => {
  const place = mkdtempSync(join(root, 'case-'));
  stick = join(place, 'stick');
  at = places(join(place, 'runtimes'));
  parts = madeParts();
  pack = packFrom(parts);
  lay(stick, parts);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true, force: true }));

const add = (more: Partial<AddOptions> = {}) =>
  addGpuSupport({ from: stick, at, pack, binding, tryOut: asIfLoaded, ...more });

const refusal = (work: Promise<unknown>): Promise<FalxError> =>
  work.then(
    () => {
      throw new Error('it went well');
    },
    (error: unknown) => {
      if (error instanceof FalxError) return error;
      throw error;
    },
  );

describe('adding', () => {
  test('copies from the stick what is missing alone, after it was stopped', async () => {
    const stop = new AbortController();
    const copied: string[] = [];
    const onPart = ({ file }: { file: string }) => {
      copied.push(file);
      if (copied.length === 3) stop.abort();
    };
    expect((await refusal(add({ onPart, signal: stop.signal }))).code).toBe('cancelled');
    expect(activeRuntime(at.runtimes)).toBeNull();
    expect((await progressOf(at, pack))?.parts).toBe(2);
    // Parts that exist are not even searched for.
    for (const { part } of parts.slice(0, 2)) rmSync(join(stick, part.file));
    copied.length = 0;
    await add({ onPart: ({ file }) => copied.push(file) });
    expect(copied).toEqual(parts.slice(2).map(({ part }) => part.file));
    expect(activeRuntime(at.runtimes)).toBe(name);
    expect(existsSync(at.adding)).toBe(false);
  });

  test('unpacks a part again whose file was damaged meanwhile', async () => {
    const stop = new AbortController();
    let count = 0;
    await refusal(add({ signal: stop.signal, onPart: () => (count += 1) === 4 && stop.abort() }));
    writeFileSync(join(at.tree, library), 'torn');
    const copied: string[] = [];
    await add({ onPart: ({ file }) => copied.push(file) });
    expect(copied).toEqual([parts[1]!.part.file, parts[3]!.part.file]);
    expect((await verifyGpuSupport({ at })).damaged).toEqual([]);
  });

  test('changes nothing, and keeps what it has, when TensorFlow does not load with it', async () => {
    const error = await refusal(
      add({
        tryOut: () =>
          Promise.reject(
            new FalxError('tensorflowNotLoaded', {
              installation: 'user',
              file: 'libtensorflow_cc.so.2',
              detail: { from: 'TensorFlow', text: 'libcublas.so.12: invalid ELF header' },
            }),
          ),
      }),
    );
    expect(error).toMatchObject({ code: 'gpu-support', facts: { why: 'packNotLoaded' } });
    expect(error.message).toContain('invalid ELF header');
    expect(activeRuntime(at.runtimes)).toBeNull();
    rmSync(stick, { recursive: true });
    mkdirSync(stick);
    await add(); // nothing needs to be copied
    expect(activeRuntime(at.runtimes)).toBe(name);
  });

  test('refuses a TensorFlow of another version than the list says', async () => {
    const error = await refusal(
      add({ tryOut: () => Promise.resolve({ version: '2.20.0', usesGpu: true, reason: null }) }),
    );
    expect(error.message).toContain('2.20.0');
    expect(activeRuntime(at.runtimes)).toBeNull();
  });

  test('is done once, until what is there is damaged; then beside it, and it is never without', async () => {
    await add();
    let tried = '';
    const tryOut = (tree: string) => {
      tried = tree;
      return asIfLoaded(tree);
    };
    expect(await add({ tryOut })).toMatchObject({ already: true, folder: join(at.runtimes, name) });
    expect(tried).toBe(join(at.runtimes, name));
    writeFileSync(join(at.runtimes, name, library), 'damaged');
    expect(await add()).toMatchObject({ already: false, folder: join(at.runtimes, `${name}-2`) });
    expect(activeRuntime(at.runtimes)).toBe(`${name}-2`);
    expect(readdirSync(at.runtimes).sort()).toEqual([`${name}-2`, 'active.json']);
  });

  test('and removing are refused while another process does either', async () => {
    mkdirSync(at.runtimes, { recursive: true });
    const giveBack = takeLock(at.lock)!;
    expect((await refusal(add())).facts).toMatchObject({ why: 'packUnderWay', lock: at.lock });
    expect(await sweep(at, pack)).toEqual([]);
    giveBack();
    await add();
    // A lock of a process that has died, or one torn by a power cut, belongs to nobody.
    for (const left of [
      { pid: 4194305, host: (await import('node:os')).hostname(), started: null },
      { pid: process.pid, host: (await import('node:os')).hostname(), started: 'an earlier start 1' },
    ]) {
      writeFileSync(at.lock, JSON.stringify(left));
      await add();
    }
    writeFileSync(at.lock, '{"pi');
    await add();
    expect(existsSync(at.lock)).toBe(false);
  });

  test('names the room it needs, for the largest moment, before anything is fetched', async () => {
    // After the first part 20, and 10 of its own file; after both 50, and 5 of the second's.
    const sizes = [
      { bytes: 10, unpackedBytes: 20 },
      { bytes: 5, unpackedBytes: 30 },
    ].map((size, n) => ({ ...parts[n]!.part, ...size }));
    expect(mostRoom(sizes)).toBe(55);
    expect(mostRoom(sizes.slice(0, 1), 4)).toBe(26);
    const error = await refusal(requireRoomFor(root, 1e18));
    expect(error).toMatchObject({ code: 'disk', facts: { why: 'packNoRoom', folder: root } });
    const huge = { ...pack, parts: pack.parts.map((part) => ({ ...part, unpackedBytes: 1e17 })) };
    expect((await refusal(add({ pack: huge }))).facts['why']).toBe('packNoRoom');
    expect(readdirSync(at.downloads)).toEqual([]);
  });

  test('says that a checkout knows no address, and takes one from FALX_GPU_MIRROR', async () => {
    expect((await refusal(add({ from: undefined }))).facts['why']).toBe('packNoAddress');
    vi.stubEnv('FALX_GPU_MIRROR', 'https://example.org/falx');
    const [first] = gpuPack()!.parts;
    expect(first!.url).toBe(`https://example.org/falx/${first!.file}`);
    vi.stubEnv('FALX_GPU_MIRROR', '/mnt/files');
    expect(() => gpuPack()).toThrow(/FALX_GPU_MIRROR is "\/mnt\/files"/);
  });
});

describe('adding by download', () => {
  let server: Server;
  let asked: string[];
  /** Positions in an answer at which the connection breaks, once each. */
  let breaks: number[];
  let urls: GpuPack;
  beforeEach(async () => {
    asked = [];
    breaks = [];
    server = createServer((request, response) => {
      const file = decodeURIComponent(path.basename(request.url!));
      const { content } = parts.find(({ part }) => part.file === file)!;
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      asked.push(`${file}@${start}`);
      response.writeHead(start ? 206 : 200, {
        etag: '"a"',
        'content-length': content.length - start,
        ...(start ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
      });
      const after = breaks.shift();
      if (after === undefined) return void response.end(content.subarray(start));
      response.write(content.subarray(start, start + after), () => setImmediate(() => response.destroy()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('no_proxy', '127.0.0.1');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    urls = { ...pack, parts: pack.parts.map((part) => ({ ...part, url: `${base}/${part.file}` })) };
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('fetches each part in order, and one that broke off again', async () => {
    breaks = [1500];
    await add({ from: undefined, pack: urls, pause: 0 });
    expect(activeRuntime(at.runtimes)).toBe(name);
    const files = parts.map(({ part }) => part.file);
    expect(asked[0]).toBe(`${files[0]}@0`);
    expect(asked.map((one) => one.split('@')[0])).toEqual([files[0], ...files]);
  });

  test('throws a part away that is not the published one, keeps the others, and names it', async () => {
    parts[2]!.content[500]! ^= 1;
    const error = await refusal(add({ from: undefined, pack: urls, pause: 0 }));
    expect(error).toMatchObject({
      code: 'download-failed',
      facts: { why: 'downloadContent', of: 'gpu', kind: 'SHA-256' },
    });
    expect(error.message).toContain(parts[2]!.part.file);
    expect(activeRuntime(at.runtimes)).toBeNull();
    expect(readdirSync(at.downloads)).toEqual([]);
    parts[2]!.content[500]! ^= 1;
    asked.length = 0;
    await add({ from: undefined, pack: urls });
    expect(asked).toEqual(parts.slice(2).map(({ part }) => `${part.file}@0`));
  });
});

describe('a process that is killed while it adds', () => {
  const script = join(import.meta.dirname, 'add.child.ts');
  /** Kills it at its n-th line of output. @returns whether it was still running */
  const killedAt = (n: number): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [script, at.runtimes, stick, binding, '7'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = 0;
      let ended = false;
      child.stdout.on('data', (chunk: Buffer) => {
        const lines = chunk.toString().trim().split('\n');
        ended ||= lines.includes('added');
        said += lines.length;
        if (said >= n) child.kill('SIGKILL');
      });
      child.once('error', reject);
      child.once('close', () => resolve(!ended));
    });

  test.each([1, 3, 6, 9, 12, 16, 20])(
    'after %i steps leaves all as it was, and the next one goes on',
    async (n) => {
      const wasAtWork = await killedAt(n);
      if (wasAtWork && !existsSync(at.active)) expect(activeRuntime(at.runtimes)).toBeNull();
      await sweep(at, pack);
      expect(readdirSync(at.runtimes).every((file) => !file.startsWith('.gone'))).toBe(true);
      await add();
      expect(activeRuntime(at.runtimes)).toMatch(/^9\.9\.9-linux-x64-gpu(-2)?$/);
      expect((await verifyGpuSupport({ at })).damaged).toEqual([]);
      expect(readdirSync(at.runtimes)).toHaveLength(2);
    },
  );
});

describe('what was added', () => {
  const lib = () => join(at.runtimes, name, library);
  beforeEach(async () => {
    await add();
    vi.stubEnv('FALX_RUNTIMES', at.runtimes);
    // As if this Falx supported the TensorFlow of the fake parts.
    const folder = join(at.runtimes, name);
    const shipped = findRuntime({ ...installation, folder: installation.folder }).passedOver;
    expect(shipped?.outdated).toEqual({ its: version, ours: '2.21.0' });
    const file = join(folder, 'runtime.json');
    const runtime = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...runtime, tensorflow: '2.21.0' }));
  });

  test('is used, and what it takes is told', async () => {
    expect(findRuntime()).toMatchObject({ runtime: { from: 'user' }, passedOver: null });
    const support = await gpuSupport({ pack, at });
    expect(support).toMatchObject({
      state: 'added',
      problem: null,
      begun: null,
      folder: join(at.runtimes, name),
    });
    expect(support.onDisk).toBeGreaterThan(0);
  });

  test.each<[string, 'gone' | 'size' | 'changed', () => void]>([
    ['cut off', 'size', () => writeFileSync(lib(), readFileSync(lib()).subarray(0, 100))],
    ['gone', 'gone', () => rmSync(lib())],
    ['a folder', 'gone', () => (rmSync(lib()), mkdirSync(lib()))],
    [
      'flipped',
      'changed',
      () => {
        const content = readFileSync(lib());
        content[200]! ^= 4;
        writeFileSync(lib(), content);
      },
    ],
  ])('is passed over, and that is told, when a library is %s', async (_, what, harm) => {
    harm();
    const { runtime, passedOver } = findRuntime();
    expect(runtime.from).toBe('checkout');
    expect(passedOver?.damage).toEqual({ file: library, what });
    expect(whyPassedOver(passedOver!)).toMatchObject({
      code: 'packDamaged',
      parameters: { file: library },
    });
    expect(await gpuSupport({ pack, at })).toMatchObject({ state: 'damaged' });
    expect((await verifyGpuSupport({ at })).damaged).toEqual([library]);
    // It can be added again without removing it first.
    await add();
    expect(activeRuntime(at.runtimes)).toBe(`${name}-2`);
  });

  test('is used again once all of it was read, when its files were only touched', async () => {
    utimesSync(lib(), new Date(), new Date(0));
    expect(findRuntime().passedOver?.damage).toEqual({ file: library, what: 'changed' });
    expect((await verifyGpuSupport({ at })).damaged).toEqual([]);
    expect(findRuntime()).toMatchObject({ runtime: { from: 'user' }, passedOver: null });
  });

  test('a bit that turned without a trace is found by reading all of it', async () => {
    const content = readFileSync(lib());
    const { atime, mtime } = statSync(lib());
    content[300]! ^= 1;
    writeFileSync(lib(), content);
    utimesSync(lib(), atime, mtime);
    expect(findRuntime().passedOver).toBeNull(); // what a check of sizes can't see
    expect((await verifyGpuSupport({ at })).damaged).toEqual([library]);
  });

  test('is removed with all that was begun, and gives its room back', async () => {
    mkdirSync(at.downloads, { recursive: true });
    writeFileSync(join(at.downloads, 'x.whl.part'), 'begun');
    const before = (await gpuSupport({ pack, at })).onDisk!;
    expect((await removeGpuSupport({ at })).bytes).toBeGreaterThanOrEqual(before);
    expect(readdirSync(at.runtimes)).toEqual([]);
    expect(findRuntime()).toMatchObject({ runtime: { from: 'checkout' }, passedOver: null });
    expect((await refusal(removeGpuSupport({ at }))).facts['why']).toBe('packNotAdded');
    expect((await refusal(verifyGpuSupport({ at }))).facts['why']).toBe('packNotAdded');
  });

  test.runIf(process.platform === 'linux')(
    'stays while a process has one of its libraries loaded',
    async () => {
      // A program running from there has its file mapped, like a library.
      const program = join(at.runtimes, name, 'nvidia', 'cublas', 'bin', 'sleep');
      cpSync('/bin/sleep', program);
      const child = spawn(program, ['60'], { stdio: 'ignore' });
      try {
        await eventually(() => expect(usersOf(join(at.runtimes, name))).toEqual([child.pid]));
        const error = await refusal(removeGpuSupport({ at }));
        expect(error).toMatchObject({ facts: { why: 'packInUse', processes: String(child.pid) } });
        expect(activeRuntime(at.runtimes)).toBe(name);
      } finally {
        child.kill('SIGKILL');
        await new Promise((resolve) => child.once('close', resolve));
      }
      await removeGpuSupport({ at });
    },
  );

  test('is left alone by who throws away what was begun', async () => {
    const stop = new AbortController();
    const other = madeParts(9);
    lay(stick, other);
    let count = 0;
    await refusal(
      add({ pack: packFrom(other), signal: stop.signal, onPart: () => (count += 1) === 3 && stop.abort() }),
    );
    expect((await progressOf(at, packFrom(other)))?.parts).toBe(2);
    expect((await discardGpuSupport({ at })).bytes).toBeGreaterThan(0);
    expect(readdirSync(at.runtimes).sort()).toEqual([name, 'active.json']);
  });
});

describe('a look around at the start', () => {
  test('removes what nobody needs any more, and nothing that it does not know', async () => {
    await add();
    const own = (file: string) => join(at.runtimes, file);
    renameSync(own(name), own(`${name}-3`));
    writeFileSync(at.active, JSON.stringify({ folder: `${name}-3` }));
    for (const left of [name, '.gone-1234', '2.20.0-linux-x64-gpu', 'my-own-runtime'])
      mkdirSync(join(own(left), 'deep'), { recursive: true });
    mkdirSync(at.tree, { recursive: true });
    writeFileSync(at.partsOf, JSON.stringify({ id: 'of another Falx' }));
    writeFileSync(own('notes.txt'), 'mine');
    expect((await sweep(at, pack)).sort()).toEqual(
      ['.adding', '.gone-1234', '2.20.0-linux-x64-gpu', name].sort(),
    );
    expect(readdirSync(at.runtimes).sort()).toEqual(
      [`${name}-3`, 'active.json', 'my-own-runtime', 'notes.txt'].sort(),
    );
  });
});

const run = promisify(execFile);

test.runIf(process.platform === 'linux')(
  'a disk that becomes full is told, and nothing has changed',
  async () => {
    // The shell's limit on file sizes simulates a full disk: writing fails in the middle of a part (EFBIG).
    const script = join(import.meta.dirname, 'add.child.ts');
    const outcome = await run(
      'bash',
      [
        '-c',
        'trap "" XFSZ; ulimit -f 3; exec "$@"',
        'sh',
        process.execPath,
        script,
        at.runtimes,
        stick,
        binding,
        '7',
      ],
      {},
    ).then(
      () => 'added',
      ({ stderr }: { stderr: string }) => stderr,
    );
    expect(outcome).toContain("GPU support can't be written to");
    expect(activeRuntime(at.runtimes)).toBeNull();
    await add();
    expect(activeRuntime(at.runtimes)).toBe(name);
  },
);

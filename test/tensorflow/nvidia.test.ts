import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  compareDrivers,
  nvidiaGpus,
  nvidiaGpusNow,
  type NoAnswer,
} from '../../src-main/tensorflow/nvidia.ts';

/*
 * A fake `nvidia-smi`, a shell script on PATH. Its tables and exit codes follow NVIDIA's manual page and reports of its
 * output. This can't see what current drivers print that neither contains.
 */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-nvidia-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Replaces the program by a script. `$1` is its first argument. */
function program(script: string, into = folder): void {
  mkdirSync(into, { recursive: true });
  const file = path.join(into, 'nvidia-smi');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Answers a query with these rows, and `-L` with that list. */
const table = (rows: readonly string[], list = '') =>
  program(
    `case "$1" in --query-gpu=*) cat <<'END'\n${rows.join('\n')}\nEND\n;; -L) cat <<'END'\n${list}\nEND\n;; esac`,
  );

const ask = (within?: number) =>
  nvidiaGpus({ env: { PATH: `${folder}:/usr/bin:/bin` }, folders: [], within });

const h200 = 'GPU-11111111-2222-3333-4444-555555555555, NVIDIA H200, 9.0, 143771, 143000, 580.95.05';
const rtx = 'GPU-aaaaaaaa-2222-3333-4444-555555555555, NVIDIA GeForce RTX 3090, 8.6, 24576, 1024, 580.95.05';

describe('reads what nvidia-smi lists', () => {
  test('a GPU, its memory in bytes and its compute capability as two numbers', async () => {
    table([h200]);
    expect(await ask()).toEqual({
      kind: 'gpus',
      gpus: [
        {
          uuid: 'GPU-11111111-2222-3333-4444-555555555555',
          name: 'NVIDIA H200',
          computeCapability: [9, 0],
          totalBytes: 143771 * 1024 * 1024,
          freeBytes: 143000 * 1024 * 1024,
          driver: '580.95.05',
          parts: [],
        },
      ],
    });
  });

  test('several, in its order', async () => {
    table([h200, rtx]);
    const answer = await ask();
    expect(answer).toMatchObject({
      gpus: [{ name: 'NVIDIA H200' }, { name: 'NVIDIA GeForce RTX 3090', freeBytes: 1 << 30 }],
    });
  });

  test.each(['[N/A]', '[Not Supported]', '[Insufficient Permissions]', '[Unknown Error]', 'N/A'])(
    'memory that it calls %s is not known, and the GPU is there',
    async (word) => {
      table([`GPU-11111111-2222-3333-4444-555555555555, NVIDIA GB10, 12.1, ${word}, ${word}, 580.95.05`]);
      expect(await ask()).toMatchObject({
        gpus: [{ computeCapability: [12, 1], totalBytes: null, freeBytes: null }],
      });
    },
  );

  test('a name with a comma', async () => {
    table(['GPU-11111111-2222-3333-4444-555555555555, GRID A100, 4C, 8.0, 4096, 4000, 535.54.03']);
    expect(await ask()).toMatchObject({ gpus: [{ name: 'GRID A100, 4C', computeCapability: [8, 0] }] });
  });

  test('the parts of a GPU that is divided (MIG)', async () => {
    table(
      [h200, rtx],
      [
        'GPU 0: NVIDIA H200 (UUID: GPU-11111111-2222-3333-4444-555555555555)',
        '  MIG 1g.18gb     Device  0: (UUID: MIG-0a0a0a0a-0000-5000-8000-000000000001)',
        '  MIG 1g.18gb     Device  1: (UUID: MIG-0a0a0a0a-0000-5000-8000-000000000002)',
        'GPU 1: NVIDIA GeForce RTX 3090 (UUID: GPU-aaaaaaaa-2222-3333-4444-555555555555)',
      ].join('\n'),
    );
    expect(await ask()).toMatchObject({
      gpus: [
        {
          parts: [
            { name: 'MIG 1g.18gb', uuid: 'MIG-0a0a0a0a-0000-5000-8000-000000000001' },
            { name: 'MIG 1g.18gb', uuid: 'MIG-0a0a0a0a-0000-5000-8000-000000000002' },
          ],
        },
        { parts: [] },
      ],
    });
  });

  test('a driver that does not know compute_cap is asked without it', async () => {
    program(
      `case "$1" in *compute_cap*) echo 'Field "compute_cap" is not a valid field to query.'; exit 2;; ` +
        `--query-gpu=*) echo 'GPU-11111111-2222-3333-4444-555555555555, Tesla V100, 16384, 16000, 470.82.01';; esac`,
    );
    expect(await ask()).toMatchObject({
      gpus: [
        { name: 'Tesla V100', computeCapability: null, totalBytes: 16 * 1024 ** 3, driver: '470.82.01' },
      ],
    });
  });
});

describe('says why there is none, and never throws', () => {
  test('no program', async () => {
    expect(await nvidiaGpus({ env: { PATH: folder }, folders: [] })).toEqual({
      kind: 'none',
      why: 'absent',
      said: '',
    });
  });

  test('no PATH at all', async () => {
    expect(await nvidiaGpus({ env: {}, folders: [] })).toMatchObject({ kind: 'none', why: 'absent' });
  });

  test('a file of that name that may not be run', async () => {
    program('echo');
    chmodSync(path.join(folder, 'nvidia-smi'), 0o644);
    expect(await nvidiaGpus({ env: { PATH: folder }, folders: [] })).toMatchObject({ why: 'absent' });
  });

  test.each<[NoAnswer, number, string]>([
    [
      'noDriver',
      9,
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
    ],
    ['noLibrary', 12, "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system."],
    ['mismatch', 18, 'Failed to initialize NVML: Driver/library version mismatch'],
    ['noDevice', 6, 'No devices were found'],
    ['noDevice', 0, 'No devices were found'],
    ['lost', 15, 'Unable to determine the device handle for GPU 0000:01:00.0: GPU is lost.'],
    ['refused', 255, 'Failed to initialize NVML: Unknown Error'],
    ['refused', 2, 'Field memory.free is not a valid field to query.'],
  ])('%s: exit code %i', async (why, code, said) => {
    program(`echo "${said}"; exit ${code}`);
    expect(await ask()).toEqual({ kind: 'none', why, said });
  });

  test.each([
    ['words', 'hello'],
    ['nothing', ''],
    ['a row too short', 'GPU-11111111-2222-3333-4444-555555555555, NVIDIA H200'],
    ['memory that is no number', h200.replace('143771', 'lots')],
    ['memory with its unit', h200.replace('143771', '143771 MiB')],
    ['negative memory', h200.replace('143000', '-1')],
    ['a compute capability that is no pair', h200.replace('9.0', '9')],
    ['no uuid', h200.replace('GPU-', '')],
    ['a driver that is no version', h200.replace('580.95.05', 'new')],
    ['one good row and one bad', `${h200}\nhello`],
  ])('garbled: %s', async (_, rows) => {
    table([rows]);
    expect(await ask()).toMatchObject({ kind: 'none', why: 'garbled' });
  });

  test('a program that does not end', async () => {
    program('exec sleep 600');
    expect(await ask(50)).toEqual({ kind: 'none', why: 'hung', said: '' });
  });

  test('a program that no system can run', async () => {
    writeFileSync(path.join(folder, 'nvidia-smi'), 'no program');
    chmodSync(path.join(folder, 'nvidia-smi'), 0o755);
    expect(await nvidiaGpus({ env: { PATH: folder }, folders: [] })).toMatchObject({ why: 'refused' });
  });
});

describe('a process that waits for the answer', () => {
  const now = (within?: number) =>
    nvidiaGpusNow({ env: { PATH: `${folder}:/usr/bin:/bin` }, folders: [], within });

  test.each([
    ['GPUs', () => table([h200, rtx])],
    ['no driver', () => program('echo no; exit 9')],
    ['words', () => table(['hello'])],
    ['nothing', () => undefined],
    ['another file', () => writeFileSync(path.join(folder, 'nvidia-smi'), 'x', { mode: 0o755 })],
  ])('gets the same: %s', async (_, make) => {
    make();
    expect(now()).toEqual(await ask());
  });

  test('is not held up by a program that does not end', () => {
    program('exec sleep 600');
    expect(now(50)).toMatchObject({ why: 'hung' });
  });
});

test('looks where WSL keeps it, after PATH', async () => {
  const apart = path.join(folder, 'usr', 'lib', 'wsl', 'lib');
  program(`echo '${rtx}'`, apart);
  const answer = await nvidiaGpus({ env: { PATH: `${folder}:/usr/bin:/bin` }, folders: [apart] });
  expect(answer).toMatchObject({ gpus: [{ name: 'NVIDIA GeForce RTX 3090' }] });
});

test.each([
  ['525.60.13', '525.60.13', 0],
  ['470.82.01', '525.60.13', -1],
  ['525.60', '525.60.13', -1],
  ['1000.1', '525.60.13', 1],
  ['525.105.17', '525.60.13', 1],
])('compares driver %s with %s', (a, b, sign) => {
  expect(Math.sign(compareDrivers(a, b))).toBe(sign);
});

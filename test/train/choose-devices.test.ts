import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { gpuFacts } from '../../src-main/tensorflow/gpu-facts.ts';
import { chooseDevices, machineDevices, namedDevices } from '../../src-main/train/choose-devices.ts';
import { refusePrecision } from '../../src-main/train/refuse-precision.ts';

/** A fake `nvidia-smi` on PATH. It can't show whether TensorFlow registers what it lists. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-devices-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const uuids = [1, 2, 3].map((n) => `GPU-${String(n).repeat(8)}-0000-0000-0000-000000000000` as const);
const ada = `${uuids[0]!}, NVIDIA RTX 6000 Ada Generation, 8.9, 49140, 48500, 570.86.15`;
const turing = `${uuids[1]!}, Quadro RTX 5000, 7.5, 16384, 16000, 570.86.15`;
const blackwell = `${uuids[2]!}, NVIDIA RTX PRO 6000, 12.0, 97887, 97000, 570.86.15`;

async function machine(
  rows: string[],
  { build = 'gpu', visible, list = '' }: { build?: 'cpu' | 'gpu'; visible?: string; list?: string } = {},
) {
  const bin = path.join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh\nif [ "$1" = -L ]; then printf '%s' '${list}'; else printf '%s\n' ${rows.map((row) => `'${row}'`).join(' ')}; fi\n`;
  if (rows.length > 0) writeFileSync(path.join(bin, 'nvidia-smi'), script, { mode: 0o755 });
  const env = { PATH: bin, ...(visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible }) };
  return await machineDevices(() => gpuFacts({ root, env }), {
    from: 'checkout',
    tensorflow: { folder: root, version: '2.21.0', build },
  });
}
const ids = ({ devices }: { devices: readonly { id: string }[] }) => devices.map(({ id }) => id);

describe('what there is to train on', () => {
  test('is the processor and each GPU, with what speaks against it', async () => {
    const { devices } = await machine([ada, turing, blackwell]);
    expect(
      devices.map(({ id, kind, bfloat16, wrong }) => [id, kind, bfloat16, wrong?.facts?.['why']]),
    ).toEqual([
      ['cpu', 'cpu', expect.any(Boolean), undefined],
      [uuids[0], 'gpu', true, undefined],
      [uuids[1], 'gpu', false, undefined],
      [uuids[2], 'gpu', true, 'gpuTooNew'],
    ]);
    expect(devices[1]).toMatchObject({ name: 'NVIDIA RTX 6000 Ada Generation', computeCapability: '8.9' });
    expect(devices[1]!.totalBytes).toBe(49140 * 2 ** 20);
  });

  test('has the parts of a divided GPU in its place', async () => {
    const list = [
      `GPU 0: NVIDIA RTX 6000 Ada Generation (UUID: ${uuids[0]!})`,
      '  MIG 1g.10gb     Device  0: (UUID: MIG-aaaa0000-0000-0000-0000-000000000000)',
      '  MIG 1g.10gb     Device  1: (UUID: MIG-bbbb0000-0000-0000-0000-000000000000)',
    ].join('\n');
    const chosen = chooseDevices('auto', await machine([ada], { list }));
    expect(chosen.devices.map(({ choice }) => choice)).toEqual([
      'MIG-aaaa0000-0000-0000-0000-000000000000',
      'MIG-bbbb0000-0000-0000-0000-000000000000',
    ]);
  });
});

describe('by the settings', () => {
  test('automatic takes every GPU that can be used, and the processor when all fail', async () => {
    const { devices, inReserve } = chooseDevices('auto', await machine([ada, turing, blackwell]));
    expect(devices.map(({ id, choice }) => [id, choice])).toEqual([
      [uuids[0], uuids[0]],
      [uuids[1], uuids[1]],
    ]);
    expect(inReserve).toMatchObject({ id: 'cpu', choice: 'cpu' });
  });

  test('automatic leaves it to TensorFlow where nothing is known of a GPU, or the user shows it some', async () => {
    for (const here of [
      await machine([]),
      await machine([ada], { visible: '1' }),
      await machine([ada], { build: 'cpu' }),
    ]) {
      const { devices, inReserve } = chooseDevices('auto', here);
      expect(devices).toMatchObject([{ id: 'cpu', choice: 'auto' }]);
      expect(inReserve).toBeNull();
    }
  });

  test('the processor is one device', async () => {
    expect(chooseDevices('cpu', await machine([ada])).devices).toMatchObject([
      { id: 'cpu', choice: 'cpu', threads: null },
    ]);
  });

  test('chosen GPUs are those, one that has gone or can’t be used with the reason, and nothing instead', async () => {
    const gone = 'GPU-99999999-0000-0000-0000-000000000000';
    const gpus = [
      { uuid: uuids[1]!, name: 'Quadro RTX 5000' },
      { uuid: gone, name: 'Tesla V100' },
      { uuid: uuids[2]!, name: 'NVIDIA RTX PRO 6000' },
    ];
    const { devices, inReserve } = chooseDevices({ gpus }, await machine([ada, turing, blackwell]));
    expect(devices.map(({ name, wrong }) => [name, wrong?.facts?.['why']])).toEqual([
      ['Quadro RTX 5000', undefined],
      ['Tesla V100', 'gpuGone'],
      ['NVIDIA RTX PRO 6000', 'gpuTooNew'],
    ]);
    expect(inReserve).toBeNull();
    const [first] = chooseDevices({ gpus }, await machine([turing], { build: 'cpu' })).devices;
    expect(first?.wrong?.facts).toMatchObject({ why: 'gpuBuild' });
  });
});

describe('by name', () => {
  test.each([
    ['all', [uuids[0], uuids[1]]],
    ['gpu', [uuids[0]]],
    ['cpu', ['cpu']],
    [uuids[1]!, [uuids[1]]],
    ['GPU-2222, GPU-1111', [uuids[1], uuids[0]]],
    ['GPU-1111,GPU-11111111-0000', [uuids[0]]],
  ])('%s is %j', async (typed, expected) => {
    expect(ids(namedDevices(typed, await machine([ada, turing, blackwell])))).toEqual(expected);
  });

  test('cpu:2 is the processor twice, with half its cores each', async () => {
    const here = await machine([]);
    const cores = os.availableParallelism();
    if (cores < 2) return expect(() => namedDevices('cpu:2', here)).toThrow(/from 1 to 1/);
    const threads = Math.floor(cores / 2);
    expect(namedDevices('cpu:2', here).devices).toMatchObject([
      { id: 'cpu', choice: 'cpu', threads },
      { id: 'cpu-2', choice: 'cpu', threads },
    ]);
  });

  test.each([
    ['tpu', 'bad-usage', /not a device/],
    ['cpu:0', 'bad-usage', /a number from 1/],
    ['cpu:10000', 'bad-usage', /a number from 1/],
    ['GPU-7', 'not-found', /falx doctor/],
    ['GPU-', 'bad-usage', /not a device/],
    ['GPU-3', 'not-found', /NVIDIA RTX PRO 6000 can't be used.*compute capability 12\.0/],
  ])('%s is refused', async (typed, code, message) => {
    const here = await machine([ada, turing, blackwell]);
    expect(() => namedDevices(typed, here)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });

  test('without a GPU none can be requested', async () => {
    const here = await machine([blackwell]);
    expect(() => namedDevices('all', here)).toThrow(/no GPU here that can be used.*NVIDIA RTX PRO 6000/);
  });
});

describe('bfloat16', () => {
  const settings = { ...defaultSettings('resnet50', false), precision: 'bfloat16' as const };

  test('is refused where one of the devices has none, naming it', async () => {
    const here = await machine([ada, turing]);
    expect(() => refusePrecision([settings], namedDevices('all', here).devices)).toThrow(
      expect.objectContaining({
        code: 'bad-usage',
        message: expect.stringMatching(/^Quadro RTX 5000 has no instructions for bfloat16/) as string,
      }),
    );
    refusePrecision([settings], namedDevices('gpu', here).devices);
    refusePrecision([{ ...settings, precision: 'float32' }], namedDevices('all', here).devices);
  });
});

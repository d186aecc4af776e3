import { describe, expect, test } from 'vitest';
import type { MachineDevice } from '../../../../src-main/contract/devices.ts';
import {
  deviceRows,
  firstChoice,
  tickedGpus,
} from '../../../../src-renderer/stages/settings/device-choice.ts';

const device = (id: string, change: Partial<MachineDevice> = {}): MachineDevice => ({
  id,
  kind: id === 'cpu' ? 'cpu' : 'gpu',
  name: `name of ${id}`,
  totalBytes: null,
  computeCapability: null,
  driver: null,
  bfloat16: true,
  wrong: null,
  ...change,
});
const tooNew = { message: 'It is too new.', facts: { why: 'gpuTooNew' } };
const here = [device('cpu'), device('GPU-a'), device('GPU-b'), device('GPU-c', { wrong: tooNew })];
const gpu = (id: string) => ({ uuid: id, name: `name of ${id}` });
const tried = (used: boolean, reason: string | null) => ({
  devices: ['GPU-a', 'GPU-b'].map((uuid) => ({
    kind: 'gpu' as const,
    name: uuid,
    uuid,
    totalBytes: null,
    freeBytes: null,
    used,
    reason,
    facts: null,
  })),
});

describe('the list of devices', () => {
  test('says what is used, and why the rest is not', () => {
    const rows = deviceRows(here, ['GPU-a', 'GPU-b'], 'auto', undefined);
    expect(rows.map(({ used, ticked, reason }) => [used, ticked, reason?.message])).toEqual([
      [false, false, undefined],
      [true, false, undefined],
      [true, false, undefined],
      [false, false, 'It is too new.'],
    ]);
  });

  test('trusts TensorFlow over the driver, once it has been started, and shows the processor instead', () => {
    const rows = deviceRows(
      here.slice(0, 3),
      ['GPU-a', 'GPU-b'],
      'auto',
      tried(false, 'A library is missing.'),
    );
    expect(rows.map(({ used, reason }) => [used, reason?.message])).toEqual([
      [true, undefined],
      [false, 'A library is missing.'],
      [false, 'A library is missing.'],
    ]);
    const works = deviceRows(here.slice(0, 3), ['GPU-a', 'GPU-b'], 'auto', tried(true, null));
    expect(works.map(({ used }) => used)).toEqual([false, true, true]);
  });

  test('keeps a chosen GPU that no longer exists', () => {
    const preference = { gpus: [gpu('GPU-b'), { uuid: 'GPU-z', name: 'Tesla V100' }] };
    const rows = deviceRows(here, ['GPU-b'], preference, undefined);
    expect(rows.at(-1)).toMatchObject({
      missing: true,
      ticked: true,
      used: false,
      device: { name: 'Tesla V100' },
    });
    expect(rows.filter(({ ticked }) => ticked).map(({ device: { id } }) => id)).toEqual(['GPU-b', 'GPU-z']);
    // Ticking another one keeps it; unticking it removes it.
    expect(tickedGpus(rows, 'GPU-a', true)).toEqual({
      gpus: [gpu('GPU-a'), gpu('GPU-b'), { uuid: 'GPU-z', name: 'Tesla V100' }],
    });
    expect(tickedGpus(rows, 'GPU-z', false)).toEqual({ gpus: [gpu('GPU-b')] });
  });

  test('leaves at least one GPU ticked', () => {
    const rows = deviceRows(here, ['GPU-b'], { gpus: [gpu('GPU-b')] }, undefined);
    expect(tickedGpus(rows, 'GPU-b', false)).toBeNull();
  });

  test('initially selects all that can be used', () => {
    expect(firstChoice(deviceRows(here, [], 'auto', undefined))).toEqual({
      gpus: [gpu('GPU-a'), gpu('GPU-b')],
    });
    expect(firstChoice(deviceRows([here[0]!, here[3]!], [], 'auto', undefined))).toEqual({
      gpus: [gpu('GPU-c')],
    });
    expect(firstChoice(deviceRows([here[0]!], [], 'auto', undefined))).toBeNull();
  });
});

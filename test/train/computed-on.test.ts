import os from 'node:os';
import { expect, test } from 'vitest';
import type { TrainPacket } from '../../src-main/contract/packets.ts';
import { computedOn } from '../../src-main/train/computed-on.ts';
import { anyDevice, type RunDevice } from '../../src-main/train/device-pool.ts';

type Started = Extract<TrainPacket, { kind: 'started' }>;
const started = (device: 'CPU' | 'GPU', numbers: Partial<Started['numbers']> = {}): Started => ({
  kind: 'started',
  device,
  numbers: { tensorFloat32: true, deterministic: false, threads: 4, ...numbers },
  tensorflow: '2.21.0',
  parameters: 1,
  trainableParameters: 1,
  weightsSha256: null,
  batchNormFolded: false,
});
const gpu = (computeCapability: string | null): RunDevice => ({
  id: 'GPU-1',
  kind: 'gpu',
  name: 'NVIDIA RTX A6000',
  choice: 'GPU-1',
  threads: null,
  computeCapability,
  driver: '570.86.15',
  bfloat16: true,
});

test.each([
  // Ampere and later round to TensorFloat-32; Turing does not know it; an old driver doesn't say which it is.
  ['8.6', true, true],
  ['9.0', true, true],
  ['7.5', true, false],
  [null, true, null],
  ['8.6', false, false],
])(
  'a GPU of compute capability %s started with TensorFloat-32 %s rounds so: %s',
  (capability, on, inForce) => {
    expect(computedOn(gpu(capability), started('GPU', { tensorFloat32: on, deterministic: true }))).toEqual({
      kind: 'gpu',
      name: 'NVIDIA RTX A6000',
      uuid: 'GPU-1',
      computeCapability: capability,
      driver: '570.86.15',
      tensorFloat32: inForce,
      deterministic: true,
      threads: 4,
      gpuUnused: null,
    });
  },
);

test('what is trained on the processor instead is recorded as that', () => {
  expect(computedOn(gpu('8.6'), started('CPU'))).toEqual({
    kind: 'cpu',
    name: os.cpus()[0]!.model.trim(),
    uuid: null,
    computeCapability: null,
    driver: null,
    tensorFloat32: false,
    deterministic: false,
    threads: 4,
    gpuUnused: null,
  });
});

test('of a GPU that TensorFlow chose by itself nothing is claimed', () => {
  expect(computedOn(anyDevice, started('GPU'))).toMatchObject({
    kind: 'gpu',
    name: null,
    uuid: null,
    tensorFloat32: null,
  });
});

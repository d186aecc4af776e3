import os from 'node:os';
import type { TrainPacket } from '../contract/packets.ts';
import type { ComputedOn } from '../contract/records.ts';
import type { RunDevice } from './device-pool.ts';

/** What is recorded with a run once its trainer has said what TensorFlow took and how it was started. */
export function computedOn(
  device: RunDevice,
  { device: taken, numbers }: Extract<TrainPacket, { kind: 'started' }>,
): ComputedOn {
  const { deterministic, threads } = numbers;
  if (taken !== 'GPU')
    return {
      kind: 'cpu',
      name: os.cpus()[0]?.model.trim() ?? null,
      uuid: null,
      computeCapability: null,
      driver: null,
      tensorFloat32: false,
      deterministic,
      threads,
      gpuUnused: null,
    };
  const { computeCapability, driver } = device;
  return {
    kind: 'gpu',
    name: device.name,
    uuid: device.choice === 'auto' ? null : device.choice,
    computeCapability,
    driver,
    tensorFloat32: numbers.tensorFloat32 ? knowsTensorFloat32(computeCapability) : false,
    deterministic,
    threads,
    gpuUnused: null,
  };
}

/** From Ampere on (NVIDIA A100 architecture whitepaper, 2020); null where it can't be told. */
function knowsTensorFloat32(capability: string | null): boolean | null {
  return capability === null ? null : Number(capability.split('.')[0]) >= 8;
}

import os from 'node:os';
import type { TrainPacket } from '../contract/packets.ts';
import type { ComputedOn } from '../contract/records.ts';
import type { RunDevice } from './device-pool.ts';

/** A run's record of its computation, from what its trainer reports about TensorFlow. */
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
    tensorFloat32: numbers.tensorFloat32 ? supportsTensorFloat32(computeCapability) : false,
    deterministic,
    threads,
    gpuUnused: null,
  };
}

/** Supported from Ampere on (NVIDIA A100 architecture whitepaper, 2020); null if unknown. */
function supportsTensorFloat32(capability: string | null): boolean | null {
  return capability === null ? null : Number(capability.split('.')[0]) >= 8;
}

import os from 'node:os';
import type { DevicePreference, MachineDevice } from '../contract/devices.ts';
import { dataOf, FalxError, messageOfWorded, worded } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import { cpu } from '../doctor/cpu.ts';
import { findRuntime, type Runtime } from '../system/installation.ts';
import type { GpuId } from '../tensorflow/environment.ts';
import { gpuFacts, type GpuFacts } from '../tensorflow/gpu-facts.ts';
import { whyNoGpu, wrongWithGpu } from '../tensorflow/gpu-reasons.ts';
import { anyDevice, type RunDevice } from './device-pool.ts';

/** The devices available for training, and the TensorFlow build. */
export type Machine = {
  /** The processor first. */
  devices: readonly MachineDevice[];
  build: 'cpu' | 'gpu' | null;
  /** The user's CUDA_VISIBLE_DEVICES; null if it is not set. */
  visible: string | null;
};

export type Chosen = {
  devices: RunDevice[];
  /** Used if each of `devices` fails. */
  inReserve: RunDevice | null;
};

/** The machine's devices, from the driver, without starting TensorFlow. @param facts of its GPUs; queried when left out. */
export async function machineDevices(
  facts: () => Promise<GpuFacts> = gpuFacts,
  runtime: Pick<Runtime, 'from' | 'tensorflow'> | null = runtimeIfThere(),
): Promise<Machine> {
  const found = await facts();
  const build = runtime?.tensorflow.build ?? null;
  const general =
    runtime && build === 'cpu'
      ? whyNoGpu(found, { build, from: runtime.from, log: '', crashed: false })
      : null;
  const gpus = found.nvidia.kind === 'gpus' ? found.nvidia.gpus : [];
  return {
    devices: [
      processor(),
      ...gpus.flatMap((gpu): MachineDevice[] => {
        const wrong = wrongWithGpu(gpu) ?? general;
        const device: MachineDevice = {
          id: gpu.uuid,
          kind: 'gpu',
          name: gpu.name,
          totalBytes: gpu.totalBytes,
          computeCapability: gpu.computeCapability?.join('.') ?? null,
          driver: gpu.driver,
          bfloat16: (gpu.computeCapability?.[0] ?? 0) >= 8,
          wrong: wrong && worded(wrong),
        };
        // CUDA sees the partitions of a divided GPU, and not the whole.
        if (gpu.parts.length === 0) return [device];
        return gpu.parts.map(({ uuid, name }) => ({
          ...device,
          id: uuid,
          name: `${gpu.name}, ${name}`,
          totalBytes: null,
        }));
      }),
    ],
    build,
    visible: found.visible,
  };
}

function runtimeIfThere(): Runtime | null {
  try {
    return findRuntime().runtime;
  } catch (error) {
    if (error instanceof FalxError) return null; // the first run reports it
    throw error;
  }
}

function processor(): MachineDevice {
  const { model, features } = cpu();
  return {
    id: 'cpu',
    kind: 'cpu',
    name: model,
    totalBytes: os.totalmem(),
    computeCapability: null,
    driver: null,
    // Unknown if the system doesn't list them.
    bfloat16: features === null || features.some((name) => /^(avx512_bf16|amx_bf16|bf16)$/.test(name)),
    wrong: null,
  };
}

/** The devices chosen in the settings. */
export function chooseDevices(choice: DevicePreference, machine: Machine): Chosen {
  const [own] = onProcessor(machine, 1);
  if (choice === 'cpu') return { devices: [own!], inReserve: null };
  if (choice === 'auto') return automatic(machine, own!);
  return { devices: choice.gpus.map((gpu) => chosenGpu(gpu, machine)), inReserve: null };
}

/** The processor as several devices, each with its share of the cores. */
export function onProcessor({ devices }: Machine, slots: number): RunDevice[] {
  const { name, bfloat16 } = devices.find(({ kind }) => kind === 'cpu') ?? processor();
  const threads = slots === 1 ? null : Math.max(1, Math.floor(os.availableParallelism() / slots));
  return Array.from({ length: slots }, (_, i) => ({
    ...anyDevice,
    id: i === 0 ? 'cpu' : `cpu-${i + 1}`,
    name,
    choice: 'cpu',
    threads,
    bfloat16,
  }));
}

/** GPUs that TensorFlow can use, as far as is known without starting it. */
export function usable({ devices, build }: Machine): RunDevice[] {
  return build === 'gpu' ? devices.filter(({ kind, wrong }) => kind === 'gpu' && !wrong).map(runDevice) : [];
}

function automatic(machine: Machine, own: RunDevice): Chosen {
  // CUDA_VISIBLE_DEVICES stays in effect: its numbers need not be the driver's.
  if (machine.visible !== null) return { devices: [{ ...own, choice: 'auto' }], inReserve: null };
  const devices = usable(machine);
  if (devices.length > 0) return { devices, inReserve: own };
  return { devices: [{ ...own, choice: 'auto' }], inReserve: null };
}

function chosenGpu({ uuid, name }: { uuid: string; name: string }, { devices, build }: Machine): RunDevice {
  const found = devices.find(({ id }) => id === uuid);
  if (!found)
    return {
      ...anyDevice,
      id: uuid,
      kind: 'gpu',
      name,
      choice: uuid as GpuId,
      bfloat16: false,
      wrong: dataOf(new FalxError('gpuGone', { name, uuid })),
    };
  const device = runDevice(found);
  const { wrong } = found;
  if (wrong) return { ...device, wrong: { code: 'worker-failed', ...wrong, facts: wrong.facts ?? {} } };
  return build === null ? { ...device, wrong: dataOf(new FalxError('tensorflowMissing', {})) } : device;
}

const runDevice = ({ id, kind, name, computeCapability, driver, bfloat16 }: MachineDevice): RunDevice => ({
  id,
  kind,
  name,
  choice: kind === 'cpu' ? 'cpu' : (id as GpuId),
  threads: null,
  computeCapability,
  driver,
  bfloat16,
});

/**
 * The devices named on a command line: `auto`, `all` (GPUs), `gpu` (one), `cpu`, `cpu:2`, or UUIDs separated by commas, or their
 * beginnings.
 * @throws FalxError `bad-usage` if it is no device, `not-found` if it is missing or can't be used.
 */
export function namedDevices(typed: string, machine: Machine): Chosen {
  if (typed === 'auto') return chooseDevices('auto', machine);
  const slots = /^cpu(?::(\d+))?$/.exec(typed);
  if (slots) return { devices: onProcessor(machine, slotsOf(slots[1] ?? '1')), inReserve: null };
  if (typed === 'gpu' || typed === 'all') {
    const devices = usable(machine);
    if (devices.length === 0)
      throw new FalxError('deviceNoGpu', { devices: typed, reason: reasonIn(machine) });
    return { devices: typed === 'gpu' ? devices.slice(0, 1) : devices, inReserve: null };
  }
  const devices = typed.split(',').map((one) => gpuNamed(one.trim(), machine));
  return { devices: [...new Map(devices.map((device) => [device.id, device])).values()], inReserve: null };
}

function slotsOf(typed: string): number {
  const slots = Number(typed);
  const most = os.availableParallelism();
  if (slots >= 1 && slots <= most) return slots;
  throw new FalxError('deviceSlots', { devices: `cpu:${typed}`, typed, most });
}

function gpuNamed(typed: string, machine: Machine): RunDevice {
  if (!/^(GPU|MIG)-[0-9a-f-]+$/i.test(typed)) throw new FalxError('deviceUnknown', { devices: typed, typed });
  const fitting = machine.devices.filter(({ id }) => id.toLowerCase().startsWith(typed.toLowerCase()));
  const [found] = fitting;
  if (!found) throw new FalxError('deviceMissing', { devices: typed, typed });
  if (fitting.length > 1)
    throw new FalxError('deviceSeveral', { devices: typed, typed, count: fitting.length });
  const device = chosenGpu({ uuid: found.id, name: found.name ?? found.id }, machine);
  if (device.wrong)
    throw new FalxError('deviceUnusable', {
      devices: typed,
      name: device.name ?? device.id,
      reason: messageOfWorded(device.wrong),
    });
  return device;
}

function reasonIn({ devices }: Machine): StoredMessage {
  const wrong = devices.find((device) => device.kind === 'gpu' && device.wrong)?.wrong;
  return wrong ? messageOfWorded(wrong) : message('deviceDoctorKnows', {});
}

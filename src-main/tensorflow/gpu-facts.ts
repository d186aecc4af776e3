import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { wslVersion } from '../system/wsl.ts';
import { nvidiaGpus, type NvidiaAnswer } from './nvidia.ts';

/** What is known about NVIDIA GPUs without loading TensorFlow. */
export type GpuFacts = {
  platform: NodeJS.Platform;
  wsl: 1 | 2 | null;
  /** Names of the GPUs the kernel's driver knows. */
  names: string[];
  /** NVIDIA display devices on the PCI bus, with a driver or without. */
  onBus: number;
  /** Version of the loaded kernel driver, `550.54.15`. */
  driver: string | null;
  deviceFiles: boolean;
  /** Windows shares a GPU, of any vendor, with its Subsystem for Linux. */
  sharedByWindows: boolean;
  nvidia: NvidiaAnswer;
  /** The user's CUDA_VISIBLE_DEVICES; null if it is not set. */
  visible: string | null;
};

/** From Linux's /proc, /sys and /dev, and `nvidia-smi`. @param root of the file system, `/` */
export async function gpuFacts({
  root = '/',
  env = process.env,
  nvidia = () => nvidiaGpus({ env }),
}: {
  root?: string;
  env?: NodeJS.ProcessEnv;
  nvidia?: () => Promise<NvidiaAnswer>;
} = {}): Promise<GpuFacts> {
  const at = (...parts: string[]) => path.join(root, ...parts);
  return {
    platform: process.platform,
    wsl: wslVersion(root),
    names: list(at('proc/driver/nvidia/gpus')).map(
      (address) =>
        /^Model:\s*(.+)$/m
          .exec(text(at('proc/driver/nvidia/gpus', address, 'information')) ?? '')?.[1]
          ?.trim() ?? address,
    ),
    onBus: list(at('sys/bus/pci/devices')).filter((address) =>
      isNvidiaDisplay(at('sys/bus/pci/devices', address)),
    ).length,
    // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue …", or "… Open Kernel Module for x86_64  550.54.15 …"
    driver:
      /^NVRM version:.*?\s(\d+\.\d[\d.]*)/m.exec(text(at('proc/driver/nvidia/version')) ?? '')?.[1] ?? null,
    deviceFiles: existsSync(at('dev/nvidia0')) || existsSync(at('dev/nvidiactl')),
    sharedByWindows: existsSync(at('dev/dxg')),
    nvidia: await nvidia(),
    visible: env['CUDA_VISIBLE_DEVICES'] ?? null,
  };
}

/** Whether there is an NVIDIA GPU, or at least its driver, whatever may be wrong with them. */
export const isGpuThere = ({ onBus, names, deviceFiles, sharedByWindows, nvidia }: GpuFacts): boolean =>
  onBus > 0 ||
  names.length > 0 ||
  deviceFiles ||
  nvidia.kind === 'gpus' ||
  (sharedByWindows && nvidia.why !== 'absent');

function isNvidiaDisplay(device: string): boolean {
  return (
    text(path.join(device, 'vendor'))?.trim() === '0x10de' &&
    /^0x03/.test(text(path.join(device, 'class')) ?? '')
  );
}

function text(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null; // the kernel creates these files only for existing devices
  }
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What can be known about NVIDIA GPUs without loading anything. */
export type GpuFacts = {
  platform: NodeJS.Platform;
  /** Names of the GPUs the driver knows. */
  names: string[];
  /** NVIDIA display devices on the PCI bus, whether they have a driver or not. */
  onBus: number;
  /** Version line of the loaded driver. */
  driver: string | null;
  deviceFiles: boolean;
};

/** What Linux says under /proc, /sys and /dev. */
export function gpuFacts(root = '/'): GpuFacts {
  const at = (...parts: string[]) => path.join(root, ...parts);
  const version = text(at('proc/driver/nvidia/version'));
  return {
    platform: process.platform,
    names: list(at('proc/driver/nvidia/gpus')).map(
      (address) =>
        /^Model:\s*(.+)$/m
          .exec(text(at('proc/driver/nvidia/gpus', address, 'information')) ?? '')?.[1]
          ?.trim() ?? address,
    ),
    onBus: list(at('sys/bus/pci/devices')).filter((address) =>
      isNvidiaDisplay(at('sys/bus/pci/devices', address)),
    ).length,
    driver: version?.split('\n')[0]?.replace(/^NVRM version:\s*/, '') ?? null,
    deviceFiles: existsSync(at('dev/nvidia0')) || existsSync(at('dev/nvidiactl')),
  };
}

/** A sentence, and by which a window words it. */
export type Reason = { reason: string; facts: { why: string; said?: string } };

/**
 * Why TensorFlow uses no GPU, with what to do about it.
 * @param build which TensorFlow was set up.
 * @param log what TensorFlow printed while it looked for devices.
 */
export function whyNoGpu(facts: GpuFacts, build: 'cpu' | 'gpu', log: string): Reason {
  if (facts.platform === 'darwin')
    return { reason: 'TensorFlow has no GPU build for macOS.', facts: { why: 'gpuMac' } };
  if (facts.platform === 'win32')
    return {
      reason:
        'TensorFlow has no GPU build for Windows. Use Linux, or the Windows Subsystem for Linux (WSL 2).',
      facts: { why: 'gpuWindows' },
    };
  if (facts.onBus === 0 && facts.names.length === 0 && !facts.deviceFiles)
    return { reason: 'There is no NVIDIA GPU in this machine.', facts: { why: 'gpuNone' } };
  if (!facts.driver)
    return {
      reason:
        'There is an NVIDIA GPU, but its driver is not loaded. Install the driver, 525.60 or newer, and start the machine again.',
      facts: { why: 'gpuDriver' },
    };
  if (!facts.deviceFiles)
    return {
      reason:
        'The NVIDIA driver is loaded, but its device files (/dev/nvidia0) are missing. In a container, start it with the GPU passed through (--gpus all).',
      facts: { why: 'gpuFiles' },
    };
  if (build === 'cpu')
    return {
      reason:
        'There is an NVIDIA GPU with a driver, but TensorFlow was set up without GPU support. Run "FALX_TENSORFLOW=gpu npm run setup".',
      facts: { why: 'gpuBuild' },
    };
  const said = log
    .split('\n')
    .filter((line) => /cuda|gpu|dlopen|dso|nvidia/i.test(line))
    .map((line) => line.replace(/^[WEIF]?\d{4,}[^\]]*\]\s*/, '').replace(/^[\d\-: .]+[WEIF] [^\]]*\]\s*/, ''))
    .slice(-3)
    .join(' ');
  return said === ''
    ? { reason: 'TensorFlow found no GPU it can use and did not say why.', facts: { why: 'gpuUnsaid' } }
    : { reason: `TensorFlow found no GPU it can use: ${said}`, facts: { why: 'gpuSaid', said } };
}

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
    return null; // the kernel makes these files only for what is there
  }
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

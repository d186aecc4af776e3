import { gpu as gpuCodes } from '../../src-main/contract/messages/codes/gpu.ts';
import { sayWhole } from '../../src-main/contract/messages/say.ts';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gpuFacts, type GpuFacts, isGpuThere } from '../../src-main/tensorflow/gpu-facts.ts';
import { type GpuAttempt, usableGpus, whyNoGpu } from '../../src-main/tensorflow/gpu-reasons.ts';

/*
 * Machines described by the files that Linux would show, a fake nvidia-smi and TensorFlow's output; the lines of
 * TensorFlow's log are those of the locked wheel with the fake driver (gpu-registers.slow.test.ts).
 * This can't see a machine whose driver says it differently.
 */

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-gpu-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text = ''): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

// ── what a machine has ──────────────────────────────────────────────────────────────────────────────────────────

const onBus = () => {
  write('sys/bus/pci/devices/0000:01:00.0/vendor', '0x10de\n');
  write('sys/bus/pci/devices/0000:01:00.0/class', '0x030200\n');
};
const driver = (version = '580.95.05') =>
  write(
    'proc/driver/nvidia/version',
    `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  ${version}  Release Build  (dvs-builder@U22)\nGCC version: 12\n`,
  );
const known = () =>
  write('proc/driver/nvidia/gpus/0000:01:00.0/information', 'Model: \t\t NVIDIA H100\nIRQ: 1\n');
const files = () => write('dev/nvidia0');
const smi = (script: string) => {
  write('usr/bin/nvidia-smi', `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(root, 'usr/bin/nvidia-smi'), 0o755);
};
const gpu = (capability = '9.0', version = '580.95.05', name = 'NVIDIA H100') =>
  `GPU-11111111-2222-3333-4444-555555555555, ${name}, ${capability}, 81559, 81000, ${version}`;
const lists = (...rows: string[]) =>
  smi(`case "$1" in -L) exit 0;; *) ${rows.map((row) => `echo '${row}'`).join('; ')};; esac`);
const wsl = (release = '5.15.167.4-microsoft-standard-WSL2') =>
  write('proc/sys/kernel/osrelease', `${release}\n`);
const whole = () => {
  onBus();
  driver();
  known();
  files();
};

const factsHere = (visible?: string): Promise<GpuFacts> => {
  const env = {
    PATH: path.join(root, 'usr/bin'),
    ...(visible !== undefined && { CUDA_VISIBLE_DEVICES: visible }),
  };
  return gpuFacts({ root, env });
};

const missing = (library: string) =>
  `I0000 00:00:1795918083.384762   15022 dso_loader.cc:144] Could not load dynamic library '${library}'; dlerror: ${library}: cannot open shared object file: No such file or directory; LD_LIBRARY_PATH: /a:/b\n`;

type Case = {
  make: () => void;
  /** Facts that are not files. */
  also?: Partial<GpuFacts>;
  tried?: Partial<GpuAttempt>;
  visible?: string;
  why: string;
  /** Words in the sentence in every language, and on the command line only. */
  says?: string[];
  tells?: RegExp;
};

const table: Record<string, Case> = {
  'a Mac': { make: () => undefined, also: { platform: 'darwin' }, why: 'gpuMac', says: ['macOS'] },
  Windows: { make: () => undefined, also: { platform: 'win32' }, why: 'gpuWindows', says: ['WSL 2'] },
  'no GPU': { make: () => undefined, why: 'gpuNone', says: ['NVIDIA'] },
  'a GPU of another maker': {
    make: () => {
      write('sys/bus/pci/devices/0000:02:00.0/vendor', '0x1002\n');
      write('sys/bus/pci/devices/0000:02:00.0/class', '0x030000\n');
    },
    why: 'gpuNone',
  },
  'an NVIDIA sound function alone': {
    make: () => {
      write('sys/bus/pci/devices/0000:01:00.1/vendor', '0x10de\n');
      write('sys/bus/pci/devices/0000:01:00.1/class', '0x040300\n');
    },
    why: 'gpuNone',
  },
  'no driver': { make: onBus, why: 'gpuDriver', says: ['525.60'] },
  'a driver that is installed and not loaded': {
    make: () => {
      onBus();
      smi('echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver."; exit 9');
    },
    why: 'gpuDriver',
  },
  'a driver updated while it ran': {
    make: () => {
      whole();
      smi('echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18');
    },
    why: 'gpuMismatch',
  },
  'a GPU that fell off the bus': {
    make: () => {
      whole();
      smi('echo "Unable to determine the device handle for GPU 0000:01:00.0: GPU is lost."; exit 15');
    },
    why: 'gpuLost',
  },
  'a driver that hangs': {
    make: whole,
    also: { nvidia: { kind: 'none', why: 'hung', said: '' } },
    why: 'gpuHung',
    says: ['nvidia-smi'],
  },
  'a driver that does not know the GPU': {
    make: () => {
      onBus();
      driver('550.54.15');
      files();
      smi('echo "No devices were found"; exit 6');
    },
    why: 'gpuUnknown',
    says: ['550.54.15'],
  },
  'a container without the device files': {
    make: () => {
      onBus();
      driver();
      known();
    },
    why: 'gpuFiles',
    says: ['/dev/nvidia0'],
  },
  'no libnvidia-ml, as nvidia-smi tells': {
    make: () => {
      whole();
      smi('echo "NVIDIA-SMI couldn\'t find libnvidia-ml.so library in your system."; exit 12');
    },
    why: 'gpuManagement',
    says: ['libnvidia-ml.so.1', 'NVIDIA_DRIVER_CAPABILITIES=compute,utility'],
  },
  'no libnvidia-ml, as TensorFlow tells': {
    make: whole,
    tried: { log: missing('libnvidia-ml.so.1') },
    why: 'gpuManagement',
  },
  'no libcuda': {
    make: whole,
    tried: { log: missing('libcuda.so.1') },
    why: 'gpuCuda',
    says: ['libcuda.so.1'],
  },
  'a driver that is too old': {
    make: () => {
      whole();
      lists(gpu('8.0', '470.82.01'));
    },
    why: 'gpuDriverOld',
    says: ['470.82.01', '525.60.13', '12.8'],
  },
  'a driver that is too old, without nvidia-smi': {
    make: () => {
      whole();
      driver('515.43');
    },
    why: 'gpuDriverOld',
    says: ['515.43', '525.60.13'],
  },
  Blackwell: {
    make: () => {
      whole();
      lists(gpu('12.0', '580.95.05', 'NVIDIA GeForce RTX 5090'));
    },
    why: 'gpuTooNew',
    says: ['NVIDIA GeForce RTX 5090', '12.0', '9.0'],
  },
  'a GPU that is too old': {
    make: () => {
      whole();
      lists(gpu('5.2', '580.95.05', 'Quadro M4000'));
    },
    why: 'gpuTooOld',
    says: ['Quadro M4000', '5.2', '6.0'],
  },
  'two GPUs, one of them too new': {
    make: () => {
      whole();
      lists(gpu('12.0'), gpu('8.6').replace('1111', '2222'));
    },
    tried: { log: 'nothing said' },
    why: 'gpuUnsaid',
  },
  'a GPU hidden by the user': {
    make: () => {
      whole();
      lists(gpu());
    },
    visible: '-1',
    why: 'gpuHidden',
    says: ['CUDA_VISIBLE_DEVICES', '-1'],
  },
  'a GPU that is not there chosen by the user': {
    make: () => {
      whole();
      lists(gpu());
    },
    visible: '1',
    why: 'gpuHidden',
  },
  'a GPU chosen by the user, by its number': {
    make: () => {
      whole();
      lists(gpu());
    },
    visible: '0',
    why: 'gpuUnsaid',
  },
  'a GPU chosen by the user, by the beginning of its uuid': {
    make: () => {
      whole();
      lists(gpu());
    },
    visible: 'GPU-1111',
    why: 'gpuUnsaid',
  },
  'the processor build of a checkout': {
    make: whole,
    tried: { build: 'cpu' },
    why: 'gpuBuild',
    says: ['FALX_TENSORFLOW=gpu npm run setup'],
  },
  'the processor build of a package': {
    make: whole,
    tried: { build: 'cpu', from: 'package' },
    why: 'gpuBuild',
    tells: /Settings \(falx gpu install\)/,
  },
  'a library that is missing': {
    make: whole,
    tried: { log: missing('libnvinfer.so.8') + missing('libcusolver.so.11') },
    why: 'gpuLibrary',
    says: ['libcusolver.so.11', 'No such file or directory', 'npm run setup'],
  },
  'a library that is missing in GPU support that was added': {
    make: whole,
    tried: { log: missing('libcudnn.so.9'), from: 'user' },
    why: 'gpuLibrary',
    says: ['libcudnn.so.9'],
  },
  'a driver that takes TensorFlow down': {
    make: whole,
    tried: { crashed: true, log: "terminate called after throwing an instance of 'X'\n" },
    why: 'gpuCrashed',
    says: ["terminate called after throwing an instance of 'X'"],
  },
  'something else that TensorFlow says': {
    make: whole,
    tried: {
      log: 'E0000 00:00:1795918214.899187   16857 cuda_platform.cc:52] failed call to cuInit: CUDA_ERROR_UNKNOWN\n',
    },
    why: 'gpuSaid',
    says: ['failed call to cuInit: CUDA_ERROR_UNKNOWN'],
  },
  'nothing said': { make: whole, tried: { log: 'This TensorFlow binary is optimized\n' }, why: 'gpuUnsaid' },
  'WSL 1': { make: () => wsl('4.4.0-22621-Microsoft'), why: 'gpuWsl1', tells: /wsl --set-version/ },
  'WSL 2 without a shared GPU': { make: () => wsl(), why: 'gpuNone' },
  'WSL 2 without a driver in Windows': {
    make: () => {
      wsl();
      write('dev/dxg');
    },
    why: 'gpuWslDriver',
    tells: /wsl --update/,
  },
  'WSL 2 whose driver does not answer': {
    make: () => {
      wsl();
      write('dev/dxg');
      smi('echo "couldn\'t communicate with the NVIDIA driver"; exit 9');
    },
    why: 'gpuWslDriver',
  },
  'WSL 2 with a GPU and the processor build': {
    make: () => {
      wsl();
      write('dev/dxg');
      lists(gpu('8.6'));
    },
    tried: { build: 'cpu' },
    why: 'gpuBuild',
  },
};

describe.skipIf(process.platform !== 'linux')('says why no GPU is used, and what to do', () => {
  const tryIt: GpuAttempt = { build: 'gpu', from: 'checkout', log: '', crashed: false };

  const plain = (text: string) => text.replaceAll(/[“”]/g, '"').replaceAll('’', "'");

  test.each(Object.entries(table))(
    '%s',
    async (_, { make, also, tried, visible, why, says = [], tells = /^/ }) => {
      make();
      const told = whyNoGpu({ ...(await factsHere(visible)), ...also }, { ...tryIt, ...tried });
      expect(told.code).toBe(why);
      const reason = sayWhole(told, { language: 'en', shell: 'cli' });
      const window = (language: 'en' | 'ko') => sayWhole(told, { language, shell: 'window' });
      for (const words of says)
        for (const text of [reason, window('en'), window('ko')]) expect(text).toContain(words);
      expect(reason).toMatch(tells);
      // A window sends nobody to the command line.
      expect(plain(window('en'))).toBe(reason.replace(/ \((--|falx |wsl )[^)]*\)/, ''));
      expect(window('ko')).toMatch(/[가-힣]/);
    },
  );

  test('every reason there is has its machine here', () => {
    const reasons = Object.keys(gpuCodes).filter((code) => code.startsWith('gpu'));
    expect(new Set(reasons)).toEqual(new Set(Object.values(table).map(({ why }) => why)));
  });
});

describe.skipIf(process.platform !== 'linux')('of a machine', () => {
  test('the driver, the GPUs it knows and those on the bus are read', async () => {
    whole();
    lists(gpu());
    expect(await factsHere()).toMatchObject({
      wsl: null,
      names: ['NVIDIA H100'],
      onBus: 1,
      driver: '580.95.05',
      deviceFiles: true,
      sharedByWindows: false,
      nvidia: { kind: 'gpus', gpus: [{ name: 'NVIDIA H100' }] },
      visible: null,
    });
  });

  test('an older driver’s version line is read as well', async () => {
    write(
      'proc/driver/nvidia/version',
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar 5\n',
    );
    expect(await factsHere()).toMatchObject({ driver: '550.54.15' });
  });

  test('nothing is found where there is nothing', async () => {
    const found = await factsHere();
    expect(found).toMatchObject({ names: [], onBus: 0, driver: null, deviceFiles: false });
    expect(isGpuThere(found)).toBe(false);
  });

  test('GPUs that TensorFlow has no code for are left out, and the others kept in order', async () => {
    lists(gpu('12.0'), gpu('8.6'), gpu('5.0'), gpu('9.0', '580.95.05', 'last'));
    const { nvidia } = await factsHere();
    expect(usableGpus(nvidia).map(({ computeCapability, name }) => [computeCapability, name])).toEqual([
      [[8, 6], 'NVIDIA H100'],
      [[9, 0], 'last'],
    ]);
  });
});

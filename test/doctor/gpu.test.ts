import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { gpuFacts, whyNoGpu, type GpuFacts } from '../../src-main/doctor/gpu.ts';

const root = mkdtempSync(path.join(tmpdir(), 'falx-gpu-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const none: GpuFacts = { platform: 'linux', names: [], onBus: 0, driver: null, deviceFiles: false };
const whole: GpuFacts = {
  platform: 'linux',
  names: ['NVIDIA H100'],
  onBus: 1,
  driver: '550.54',
  deviceFiles: true,
};

test.each<[string, GpuFacts, 'cpu' | 'gpu', string, RegExp]>([
  ['no GPU', none, 'cpu', '', /no NVIDIA GPU/],
  ['no driver', { ...none, onBus: 1 }, 'cpu', '', /driver is not loaded\. Install/],
  ['no device files', { ...whole, deviceFiles: false }, 'gpu', '', /\/dev\/nvidia0.*--gpus all/],
  ['the CPU build', whole, 'cpu', '', /without GPU support\. Run "FALX_TENSORFLOW=gpu npm run setup"/],
  [
    'a library that is missing',
    whole,
    'gpu',
    '2026-01-01 10:00:00.1: W tensorflow/core/gpu_device.cc:2342] Cannot dlopen some GPU libraries.\nSkipping registering\n',
    /found no GPU it can use: Cannot dlopen some GPU libraries\.$/,
  ],
  ['nothing said', whole, 'gpu', 'This TensorFlow binary is optimized\n', /did not say why/],
  ['macOS', { ...none, platform: 'darwin' }, 'cpu', '', /macOS/],
  ['Windows', { ...whole, platform: 'win32' }, 'gpu', '', /Windows Subsystem for Linux/],
])('says why no GPU is used: %s', (_, facts, build, log, reason) => {
  expect(whyNoGpu(facts, build, log).reason).toMatch(reason);
});

test('reads the driver, the GPUs it knows and those on the bus', () => {
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  write(
    'proc/driver/nvidia/version',
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15\nGCC version: 12\n',
  );
  write('proc/driver/nvidia/gpus/0000:01:00.0/information', 'Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 1\n');
  write('sys/bus/pci/devices/0000:01:00.0/vendor', '0x10de\n');
  write('sys/bus/pci/devices/0000:01:00.0/class', '0x030200\n');
  // An NVIDIA audio function, and another maker's display.
  write('sys/bus/pci/devices/0000:01:00.1/vendor', '0x10de\n');
  write('sys/bus/pci/devices/0000:01:00.1/class', '0x040300\n');
  write('sys/bus/pci/devices/0000:02:00.0/vendor', '0x1002\n');
  write('sys/bus/pci/devices/0000:02:00.0/class', '0x030000\n');
  write('dev/nvidia0', '');
  expect(gpuFacts(root)).toEqual({
    platform: process.platform,
    names: ['NVIDIA H100 80GB HBM3'],
    onBus: 1,
    driver: 'NVIDIA UNIX x86_64 Kernel Module  550.54.15',
    deviceFiles: true,
  });
});

test('finds nothing where there is nothing', () => {
  expect(gpuFacts(path.join(root, 'empty'))).toMatchObject({
    names: [],
    onBus: 0,
    driver: null,
    deviceFiles: false,
  });
});

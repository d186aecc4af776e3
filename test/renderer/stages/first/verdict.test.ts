import { expect, test } from 'vitest';
import type { Device } from '../../../../src-main/contract/doctor-report.ts';
import { verdictOn, type Verdict } from '../../../../src-renderer/stages/first/verdict.ts';

const device = (kind: 'cpu' | 'gpu', name: string, why: string | null): Device => ({
  kind,
  name,
  uuid: null,
  totalBytes: null,
  freeBytes: null,
  used: why === null,
  reason: why && `${why}.`,
  facts: why === null ? null : { why },
});
const cpu = (why: string | null = null) => device('cpu', 'A processor', why);
const gpu = (name: string, why: string | null = null) => device('gpu', name, why);

test.each<[string, Device[], 'auto' | 'cpu', Verdict]>([
  [
    'a GPU that works',
    [cpu('deviceGpuInstead'), gpu('RTX 6000')],
    'auto',
    { on: 'gpu', names: ['RTX 6000'] },
  ],
  [
    'the GPUs that work, of several',
    [cpu('deviceGpuInstead'), gpu('A'), gpu('B', 'gpuTooOld'), gpu('C')],
    'auto',
    { on: 'gpu', names: ['A', 'C'] },
  ],
  [
    'the processor where it was chosen',
    [cpu('deviceGpuInstead'), gpu('RTX 6000')],
    'cpu',
    { on: 'cpu', chosen: true, why: null, gpuBuildMissing: false },
  ],
  [
    'the processor with the reason',
    [cpu(), gpu('none', 'gpuNone')],
    'auto',
    {
      on: 'cpu',
      chosen: false,
      why: { message: 'gpuNone.', facts: { why: 'gpuNone' } },
      gpuBuildMissing: false,
    },
  ],
  [
    'the processor where GPU support can be added',
    [cpu(), gpu('RTX 6000', 'gpuBuild')],
    'auto',
    {
      on: 'cpu',
      chosen: false,
      why: { message: 'gpuBuild.', facts: { why: 'gpuBuild' } },
      gpuBuildMissing: true,
    },
  ],
  [
    'nothing where TensorFlow is not loaded',
    [cpu('deviceNoTensorflow'), gpu('none', 'x')],
    'auto',
    { on: 'none' },
  ],
])('is %s', (_, devices, preference, verdict) => {
  expect(verdictOn({ devices }, preference)).toEqual(verdict);
});

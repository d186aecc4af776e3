import { expect, test } from 'vitest';
import { cpuFeatures } from '../../src-main/doctor/cpu.ts';

test('names the instructions that TensorFlow chooses kernels by', () => {
  const x86 =
    'processor\t: 0\nflags\t\t: fpu sse2 avx avx2 fma avx512f avx512_vnni amx_bf16 rdtscp\n\nprocessor\t: 1\nflags\t\t: avx\n';
  expect(cpuFeatures(x86)).toEqual(['avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'amx_bf16']);
  expect(cpuFeatures('processor\t: 0\nFeatures\t: fp asimd evtstrm sve bf16\n')).toEqual([
    'asimd',
    'sve',
    'bf16',
  ]);
  expect(cpuFeatures('')).toEqual([]);
});

import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { DoctorReport } from '../contract/doctor-report.ts';

export type Cpu = DoctorReport['cpu'];

/** Vector and matrix instructions by which TensorFlow and oneDNN choose their kernels. */
const wanted =
  /^(avx|avx2|fma|avx512f|avx512_vnni|avx512_bf16|avx512_fp16|avx_vnni|amx_tile|amx_int8|amx_bf16|asimd|sve|sve2|bf16|i8mm)$/;

export function cpu(): Cpu {
  const cores = os.cpus();
  return { model: cores[0]?.model.trim() ?? os.arch(), cores: cores.length, features: features() };
}

function features(): string[] | null {
  if (process.platform !== 'linux') return null;
  return cpuFeatures(readFileSync('/proc/cpuinfo', 'utf8'));
}

/** @param cpuinfo text of /proc/cpuinfo, whose list is called "flags" on x86 and "Features" on Arm. */
export function cpuFeatures(cpuinfo: string): string[] {
  const list = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  return list.split(/\s+/).filter((name) => wanted.test(name));
}

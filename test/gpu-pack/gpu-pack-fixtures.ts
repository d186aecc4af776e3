import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packOf, type GpuPack, type Part } from '../../src-main/gpu-pack/gpu-pack.ts';
import type { TryOut } from '../../src-main/gpu-pack/install.ts';
import { zipOf, type ZipEntry } from '../import/zips.ts';

/** TensorFlow's version in fake packs, which Falx does not support. */
export const version = '9.9.9';

/** A part as a file, with its content. */
export type MadePart = { part: Part; content: Buffer };

/** A generator of numbers in [0, 1), the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const noise = (next: () => number, bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, () => Math.floor(next() * 256)));

/** A wheel and its entry in a list of parts, with any content. */
export function partOf(name: string, ofVersion: string, content: Buffer, unpackedBytes: number): MadePart {
  const file = `${name.replaceAll('-', '_')}-${ofVersion}-py3-none-manylinux_2_27_x86_64.whl`;
  const sha256 = createHash('sha256').update(content).digest('hex');
  return {
    part: { name, version: ofVersion, file, sha256, bytes: content.length, unpackedBytes, url: null },
    content,
  };
}

/** The content of a fake wheel: libraries of noise, a licence, and files that Falx does not use. */
export function entriesOf(name: string, next: () => number): ZipEntry[] {
  const library = (file: string) => ({ name: file, data: noise(next, 2000 + Math.floor(next() * 3000)) });
  const info = `${name.replaceAll('-', '_')}-${version}.dist-info`;
  const short = name.replace(/^nvidia-|-cu12$/g, '').replaceAll('-', '_');
  return [
    { name: `${info}/METADATA`, data: `Name: ${name}` },
    { name: `${info}/License.txt`, data: `The licence of ${name}` },
    ...(name === 'tensorflow'
      ? [
          { name: 'tensorflow/', mode: 0o040755 },
          library('tensorflow/libtensorflow_cc.so.2'),
          library('tensorflow/libtensorflow_framework.so.2'),
          { name: 'tensorflow/python/__init__.py', data: 'print()' },
        ]
      : [
          library(`nvidia/${short}/lib/lib${short}.so.12`),
          { name: `nvidia/${short}/bin/tool`, data: '#!/bin/sh', mode: 0o100755 },
          { name: `nvidia/${short}/include/${short}.h`, data: '// none' },
        ]),
  ];
}

export const unpackedOf = (entries: readonly ZipEntry[]): number =>
  entries.reduce((sum, { data = '' }) => sum + Buffer.from(data).length, 0);

export const names = ['tensorflow', 'nvidia-cublas-cu12', 'nvidia-cudnn-cu12', 'nvidia-cuda-nvcc-cu12'];

/** A small list of parts like the real one, with their contents. */
export function madeParts(seed = 7): MadePart[] {
  const next = random(seed);
  return names.map((name) => {
    const entries = entriesOf(name, next);
    return partOf(name, version, zipOf(entries), unpackedOf(entries));
  });
}

export const packFrom = (parts: readonly MadePart[]): GpuPack =>
  packOf(
    version,
    parts.map(({ part }) => part),
  );

/** Writes parts into a folder, as on a USB stick. */
export function lay(folder: string, parts: readonly MadePart[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { part, content } of parts) writeFileSync(join(folder, part.file), content);
}

/** Replaces loading TensorFlow, which the noise is not: answers like a machine without a GPU. */
export const asIfLoaded: TryOut = () =>
  Promise.resolve({
    version,
    usesGpu: false,
    reason: { reason: 'There is no NVIDIA GPU in this machine.', facts: { why: 'gpuNone' } },
  });

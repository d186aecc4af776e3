import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { sha256Of } from '../system/hashes.ts';
import { installation, runtimeName, type Installation } from '../system/installation.ts';

/** One part of GPU support: TensorFlow's CUDA build or a library of NVIDIA's, as a wheel. */
const Part = z.object({
  name: z.string(),
  version: z.string(),
  /** Its file name, the same everywhere. */
  file: z.string().regex(/^[\w.+-]+\.whl$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
  /** Of the files that Falx keeps. */
  unpackedBytes: z.int().positive(),
  /** Resolved when the package was made; null in a checkout, which has no addresses. */
  url: z.url().nullable().default(null),
});
export type Part = z.infer<typeof Part>;

/** All parts of GPU support, each pinned by its checksum. */
export type GpuPack = {
  /** TensorFlow's version, which must be that of Falx. */
  tensorflow: string;
  /** Name of its runtime folder. */
  name: string;
  parts: readonly Part[];
  /** SHA-256 over the parts' checksums. */
  id: string;
  /** To download. */
  bytes: number;
  unpackedBytes: number;
};

/** @param parts as in a package's `gpu-pack.json`, or a checkout's lock file. */
export function packOf(tensorflow: string, parts: readonly z.input<typeof Part>[]): GpuPack {
  const known = z.array(Part).min(1).parse(parts);
  const sum = (of: (part: Part) => number) => known.reduce((total, part) => total + of(part), 0);
  return {
    tensorflow,
    name: runtimeName(tensorflow, 'gpu'),
    parts: known,
    id: sha256Of(known.map(({ sha256 }) => sha256).join()),
    bytes: sum((part) => part.bytes),
    unpackedBytes: sum((part) => part.unpackedBytes),
  };
}

/**
 * GPU support of this version of Falx; null if there is none for this system. `FALX_GPU_MIRROR` names a folder on one's own server
 * that has the parts under their names; files from there are verified the same way.
 */
export function gpuPack(
  place: Pick<Installation, 'folder' | 'gpuPack'> = installation,
  mirror = process.env['FALX_GPU_MIRROR'],
): GpuPack | null {
  const pack = listed(place);
  if (pack === null || !mirror) return pack;
  const base = mirror.endsWith('/') ? mirror : `${mirror}/`;
  if (!/^https?:$/.test(URL.parse(base)?.protocol ?? ''))
    throw new FalxError('packMirror', { address: mirror });
  return {
    ...pack,
    parts: pack.parts.map((part) => ({ ...part, url: new URL(encodeURIComponent(part.file), base).href })),
  };
}

const Listed = z.object({ tensorflow: z.string().optional(), wheels: z.array(z.unknown()) });
const Locked = z.object({
  tensorflow: z.string(),
  builds: z.record(z.string(), z.object({ wheels: z.array(z.unknown()) })),
});

function listed(place: Pick<Installation, 'folder' | 'gpuPack'>): GpuPack | null {
  const system = `${process.platform}-${process.arch}`;
  if (existsSync(place.gpuPack)) {
    const { tensorflow, wheels } = Listed.parse(JSON.parse(readFileSync(place.gpuPack, 'utf8')));
    const parts = z.array(Part).parse(wheels);
    const version = tensorflow ?? parts.find(({ name }) => name === 'tensorflow')?.version;
    return version === undefined || system !== 'linux-x64' ? null : packOf(version, parts);
  }
  const lock = path.join(place.folder, 'build', 'runtime-lock.json');
  if (!existsSync(lock)) return null;
  const { tensorflow, builds } = Locked.parse(JSON.parse(readFileSync(lock, 'utf8')));
  const build = builds[`${system}-gpu`];
  return build ? packOf(tensorflow, z.array(Part).parse(build.wheels)) : null;
}

import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Runtime } from '../system/installation.ts';

/**
 * What a process that loads TensorFlow is started with; both are read when it starts, before any of its code.
 *
 * One heap for all threads, and oneDNN's scratch memory taken from TensorFlow's allocator instead of kept by each
 * of hundreds of primitives: together about a tenth less memory at the same speed (docs/measurements.md).
 */
export const workerEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: 'false',
  TF_CPP_MIN_LOG_LEVEL: '1',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
};

/**
 * While TensorFlow loads and prepares a network it copies all its weights several times. glibc gives each of these back at once, so that
 * the kernel clears the same pages again and again: of ResNet50's first answer that is half. Here they stay in the heap meanwhile.
 */
export const predictingEnvironment = (env: NodeJS.ProcessEnv = process.env): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      MALLOC_MMAP_THRESHOLD_: 2 ** 25,
      MALLOC_TRIM_THRESHOLD_: 2 ** 28,
      MALLOC_TOP_PAD_: 2 ** 26,
    })
      .filter(([name]) => env[name] === undefined)
      .map(([name, bytes]) => [name, String(bytes)]),
  );

/** `auto`: a GPU where one works; else a GPU, or a part of one, by its UUID. */
export type DeviceChoice = 'auto' | 'cpu' | GpuId;
export type GpuId = `GPU-${string}` | `MIG-${string}`;

/** What hides all other GPUs from a process; nothing for `auto`. */
export function deviceEnvironment(device: DeviceChoice): Readonly<Record<string, string>> {
  if (device === 'auto') return {};
  return { CUDA_VISIBLE_DEVICES: device === 'cpu' ? '-1' : device };
}

/** How the numbers of a worker are computed. */
export type Numbers = {
  /** Whether a GPU may round the factors of float32 products to 10 significant bits. */
  tensorFloat32: boolean;
  /** Same numbers each time on the same device. */
  deterministic: boolean;
};

/** As evaluation and prediction compute. */
export const exactNumbers: Numbers = { tensorFloat32: false, deterministic: false };

/**
 * TensorFloat-32 is on in TensorFlow, and what turns it off there is a call (`tsl::enable_tensor_float_32_execution`) that
 * neither the C API nor an environment variable reaches. NVIDIA's own variable is heeded by cuBLAS and cuDNN, which do all
 * its float32 products, above whatever the program asks of them. The other is read by TensorFlow when it first matters
 * (tsl/platform or core/util determinism.cc); deprecated for Python's sake, where a function has taken its place.
 */
export function numberEnvironment({
  tensorFloat32,
  deterministic,
}: Numbers): Readonly<Record<string, string>> {
  return {
    ...(!tensorFloat32 && { NVIDIA_TF32_OVERRIDE: '0' }),
    ...(deterministic && { TF_DETERMINISTIC_OPS: '1' }),
  };
}

/** How a process computes that was started with an environment, whoever has set it. */
export function numbersIn(env: NodeJS.ProcessEnv): Numbers {
  return {
    tensorFloat32: env['NVIDIA_TF32_OVERRIDE'] !== '0',
    deterministic: /^(1|true)$/i.test(env['TF_DETERMINISTIC_OPS'] ?? ''),
  };
}

/** Over how many threads TensorFlow spreads an operation on the processor: what it was told, else one a core. */
export function threadsIn(env: NodeJS.ProcessEnv): number {
  const told = Number(env['TF_NUM_INTRAOP_THREADS']);
  return Number.isInteger(told) && told > 0 ? told : os.availableParallelism();
}

/** What spreads each operation over so many threads, and runs one at a time; null: as many as there are cores. */
const threadEnvironment = (threads: number | null): Readonly<Record<string, string>> =>
  threads === null ? {} : { TF_NUM_INTRAOP_THREADS: `${threads}`, TF_NUM_INTEROP_THREADS: `${threads}` };

/** What a worker computes on, and how. */
export type Computing = {
  /** `auto` when left out. */
  device?: DeviceChoice | undefined;
  /** Exact when left out. */
  numbers?: Numbers | undefined;
  threads?: number | null | undefined;
};

/** Lets a worker give the memory back that writing its graph took. */
export const workerArguments: readonly string[] = ['--expose-gc'];

/**
 * All that a worker is started with. What the user has set for TensorFlow wins, but for the libraries that belong to
 * this TensorFlow, and for a choice made in Falx.
 * @param runtime what it will load; null where there is nothing yet, which it says itself.
 * @param root of the file system, `/`
 */
export function environmentOf(
  runtime: Pick<Runtime, 'folder'> | null,
  { device = 'auto', numbers = exactNumbers, threads = null }: Computing = {},
  env: NodeJS.ProcessEnv = process.env,
  root = '/',
): NodeJS.ProcessEnv {
  return {
    ...workerEnvironment,
    ...env,
    ...(runtime && libraryEnvironment(runtime.folder, env, root)),
    ...deviceEnvironment(device),
    ...numberEnvironment(numbers),
    ...threadEnvironment(threads),
  };
}

/**
 * Where the loader finds NVIDIA's libraries, each in a wheel of its own: TensorFlow's run path has all but cuSOLVER's, and
 * with one missing it takes no GPU. They come first, so that another version of CUDA on the user's path does not win.
 * `build/setup/binding.mjs` has the same for its trial, and a test compares them.
 * @param folder that holds `nvidia/` beside `tensorflow/`; without it nothing changes.
 */
export function libraryEnvironment(
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
  root = '/',
): Readonly<Record<string, string>> {
  if (process.platform !== 'linux') return {};
  const nvidia = path.join(folder, 'nvidia');
  const own = (existsSync(nvidia) ? readdirSync(nvidia).sort() : [])
    .map((name) => path.join(nvidia, name, 'lib'))
    .filter((lib) => existsSync(lib));
  if (own.length === 0) return {};
  const theirs = (env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean);
  // Windows' own driver, in its Subsystem for Linux; the loader's own list may lack it.
  const wsl = [path.join(root, 'usr/lib/wsl/lib')].filter((lib) => existsSync(lib));
  const compiler = path.join(nvidia, 'cuda_nvcc');
  return {
    LD_LIBRARY_PATH: [...new Set([...own, ...theirs, ...wsl])].join(':'),
    // ptxas and libdevice of the same CUDA. XLA parts its flags at blanks and knows no way to quote one.
    ...(existsSync(compiler) &&
      !/\s/.test(compiler) &&
      !/--xla_gpu_cuda_data_dir/.test(env['XLA_FLAGS'] ?? '') && {
        XLA_FLAGS: [env['XLA_FLAGS'], `--xla_gpu_cuda_data_dir=${compiler}`].filter(Boolean).join(' '),
      }),
  };
}

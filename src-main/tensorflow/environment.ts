import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Runtime } from '../system/installation.ts';

/**
 * Environment of a process that loads TensorFlow; both are read at its start, before any of its code.
 * One heap for all threads, and oneDNN's scratch memory taken from TensorFlow's allocator instead of kept by each of hundreds of
 * primitives: together about a tenth less memory at the same speed (docs/measurements.md).
 */
export const workerEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: 'false',
  TF_CPP_MIN_LOG_LEVEL: '1',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
};

/**
 * While TensorFlow loads and prepares a network it copies all its weights several times. glibc returns each copy's memory at once,
 * so that the kernel clears the same pages again and again: half the time of ResNet50's first prediction. This keeps them in the
 * heap meanwhile.
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

/** `auto`: a GPU if one works; otherwise a GPU, or a partition of one, by its UUID. */
export type DeviceChoice = 'auto' | 'cpu' | GpuId;
export type GpuId = `GPU-${string}` | `MIG-${string}`;

/** Hides all other GPUs from a process; nothing for `auto`. */
export function deviceEnvironment(device: DeviceChoice): Readonly<Record<string, string>> {
  if (device === 'auto') return {};
  return { CUDA_VISIBLE_DEVICES: device === 'cpu' ? '-1' : device };
}

/** Numeric settings of a worker. */
export type Numbers = {
  /** Whether a GPU may round the factors of float32 products to 10 significant bits. */
  tensorFloat32: boolean;
  /** Reproducible results on the same device. */
  deterministic: boolean;
};

/** For evaluation and prediction. */
export const exactNumbers: Numbers = { tensorFloat32: false, deterministic: false };

/**
 * TensorFlow enables TensorFloat-32, and disabling it takes a call (`tsl::enable_tensor_float_32_execution`) that neither the C API
 * nor an environment variable offers. NVIDIA's own variable is respected by cuBLAS and cuDNN, which do all its float32 products,
 * whatever the program requests. The other is read by TensorFlow on first use (tsl/platform or core/util determinism.cc); it is
 * deprecated because Python has a function for it.
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

/** The numeric settings of a process started with an environment, whoever set it. */
export function numbersIn(env: NodeJS.ProcessEnv): Numbers {
  return {
    tensorFloat32: env['NVIDIA_TF32_OVERRIDE'] !== '0',
    deterministic: /^(1|true)$/i.test(env['TF_DETERMINISTIC_OPS'] ?? ''),
  };
}

/** Number of threads of one TensorFlow operation on the processor: as set, otherwise one per core. */
export function threadsIn(env: NodeJS.ProcessEnv): number {
  const told = Number(env['TF_NUM_INTRAOP_THREADS']);
  return Number.isInteger(told) && told > 0 ? told : os.availableParallelism();
}

/** Uses this many threads per operation, and runs one operation at a time; null: as many threads as cores. */
const threadEnvironment = (threads: number | null): Readonly<Record<string, string>> =>
  threads === null ? {} : { TF_NUM_INTRAOP_THREADS: `${threads}`, TF_NUM_INTEROP_THREADS: `${threads}` };

/** A worker's device and numeric settings. */
export type Computing = {
  /** `auto` when left out. */
  device?: DeviceChoice | undefined;
  /** Exact when left out. */
  numbers?: Numbers | undefined;
  threads?: number | null | undefined;
};

/** Lets a worker free the memory used for writing its graph. */
export const workerArguments: readonly string[] = ['--expose-gc'];

/**
 * The complete environment of a worker. The user's settings for TensorFlow take precedence, except over the libraries that belong
 * to this TensorFlow, and over a choice made in Falx.
 * @param runtime that it will load; null if there is none yet, which the worker reports itself.
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
 * Where the loader finds NVIDIA's libraries, each in a wheel of its own: TensorFlow's rpath has all but cuSOLVER's, and if one is
 * missing it uses no GPU. They come first, so that another version of CUDA on the user's path does not take precedence.
 * `build/setup/binding.mjs` has the same for its trial, and a test compares them.
 * @param folder with `nvidia/` beside `tensorflow/`; without it nothing changes.
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
    // ptxas and libdevice of the same CUDA. XLA splits its flags at spaces and supports no quoting.
    ...(existsSync(compiler) &&
      !/\s/.test(compiler) &&
      !/--xla_gpu_cuda_data_dir/.test(env['XLA_FLAGS'] ?? '') && {
        XLA_FLAGS: [env['XLA_FLAGS'], `--xla_gpu_cuda_data_dir=${compiler}`].filter(Boolean).join(' '),
      }),
  };
}

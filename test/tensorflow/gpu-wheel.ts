import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileBinding } from '../../build/setup/binding.mjs';
import { cacheFolder, findTools, readRuntimeLock } from '../../build/setup/machine.mjs';
import { repository } from '../../build/setup/set-up.mjs';
import { absentWheels, provideTensorflow, tensorflowFolder } from '../../build/setup/tensorflow.mjs';

const lock = readRuntimeLock();
const build = lock.builds['linux-x64-gpu']!;
const wheel = build.wheels.find(({ name }) => name === 'tensorflow')!;
const cached = tensorflowFolder(cacheFolder(), 'linux-x64-gpu', lock);

/** `FALX_TEST_GPU_WHEEL`: the wheel's file, or `download`. */
const asked = process.env['FALX_TEST_GPU_WHEEL'] ?? '';

/** Why the tests with the locked GPU wheel can't run here; undefined if they can. */
export const noGpuWheel: string | undefined =
  process.platform !== 'linux' || process.arch !== 'x64'
    ? 'the GPU build is for Linux on x86-64'
    : asked === '' && absentWheels(cached, [wheel]).length > 0
      ? `${wheel.file} (0.6 GB) is not in the cache: set FALX_TEST_GPU_WHEEL to its file, or to "download"`
      : undefined;

/** The libraries TensorFlow opens before it registers a GPU, by the folder of NVIDIA's wheel that contains them. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  cublas: ['libcublas.so.12', 'libcublasLt.so.12'],
  cudnn: ['libcudnn.so.9'],
  cufft: ['libcufft.so.11'],
  cusolver: ['libcusolver.so.11'],
  cusparse: ['libcusparse.so.12'],
  nccl: ['libnccl.so.2'],
};

const sources = path.join(import.meta.dirname, 'made-up-driver');

/** Compiles a shared library from C source. */
export function compile(source: string, target: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  execFileSync('gcc', ['-shared', '-fPIC', '-w', '-o', target, source]);
}

/** A folder with the fake driver's libraries, for LD_LIBRARY_PATH. */
export function madeUpDriver(folder: string): string {
  compile(path.join(sources, 'cuda.c'), path.join(folder, 'libcuda.so.1'));
  compile(path.join(sources, 'nvml.c'), path.join(folder, 'libnvidia-ml.so.1'));
  return folder;
}

/**
 * A runtime folder with the locked GPU wheel's own libraries, the binding compiled for them, and empty libraries instead of
 * NVIDIA's (except for the CUDA runtime, whose few functions are faked).
 * @param name of the folder in `runtimes`, which becomes the active one.
 */
export async function gpuRuntime(runtimes: string, name: string): Promise<string> {
  const folder = path.join(runtimes, name);
  await provideWheel(folder);
  const empty = path.join(runtimes, 'empty.c');
  writeFileSync(empty, 'int nothing;\n');
  for (const [part, files] of Object.entries(libraries))
    for (const file of files) compile(empty, path.join(folder, 'nvidia', part, 'lib', file));
  compile(path.join(sources, 'cudart.c'), path.join(folder, 'nvidia/cuda_runtime/lib/libcudart.so.12'));
  await compileBinding({
    file: path.join(folder, 'binding', 'tfjs_binding.node'),
    repository,
    folder,
    libraries: build.libraries,
    tools: await findTools(['compiler']),
  });
  const about = { format: 1, tensorflow: lock.tensorflow, build: 'gpu', platform: 'linux-x64' };
  writeFileSync(path.join(folder, 'runtime.json'), JSON.stringify(about));
  writeFileSync(path.join(runtimes, 'active.json'), JSON.stringify({ folder: name }));
  return folder;
}

async function provideWheel(folder: string): Promise<void> {
  if (asked === '')
    return cpSync(path.join(cached, 'tensorflow'), path.join(folder, 'tensorflow'), { recursive: true });
  const python = lock.python;
  const tools = await findTools(['python', 'pip']);
  if (asked !== 'download') {
    // pip takes it from its folder; its checksum is verified anyway.
    process.env['PIP_NO_INDEX'] = '1';
    process.env['PIP_FIND_LINKS'] = path.dirname(path.resolve(asked));
  }
  try {
    await provideTensorflow({ cache: path.dirname(folder), folder, wheels: [wheel], python, tools });
  } finally {
    if (asked !== 'download') for (const name of ['PIP_NO_INDEX', 'PIP_FIND_LINKS']) delete process.env[name];
  }
}

/** A stand-in for a user's own CUDA: empty libraries with the right names. */
export function olderCuda(runtime: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const part of readdirSync(path.join(runtime, 'nvidia')))
    for (const file of readdirSync(path.join(runtime, 'nvidia', part, 'lib')))
      copyFileSync(path.join(runtime, 'nvidia/cusolver/lib/libcusolver.so.11'), path.join(folder, file));
  return folder;
}

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

/** `auto`: a GPU where one works. */
export type DeviceChoice = 'auto' | 'cpu';

/** What hides every GPU from a process; nothing for `auto`. */
export function deviceEnvironment(device: DeviceChoice): Readonly<Record<string, string>> {
  return device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {};
}

/** Lets a worker give the memory back that writing its graph took. */
export const workerArguments: readonly string[] = ['--expose-gc'];

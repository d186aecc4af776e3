import { runtimeIn, workerNode } from '../system/installation.ts';
import { gpuFacts } from '../tensorflow/gpu-facts.ts';
import { probeTensorflow, reasonOf } from '../tensorflow/probing.ts';
import type { TryOut } from './install.ts';

/** Loads TensorFlow from a runtime folder in a worker, as a training would, whether it is in use yet or not. */
export const tryOut: TryOut = async (folder) => {
  const [probe, facts] = await Promise.all([
    probeTensorflow(undefined, runtimeIn(folder, 'user', workerNode())),
    gpuFacts(),
  ]);
  if (probe.error) throw probe.error;
  const { version = '', usesGpu = false } = probe.loaded ?? {};
  return { version, usesGpu, reason: reasonOf(facts, probe) };
};

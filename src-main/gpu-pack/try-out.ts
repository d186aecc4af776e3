import { worded } from '../contract/errors.ts';
import { runtimeIn, workerNode } from '../system/installation.ts';
import { gpuFacts } from '../tensorflow/gpu-facts.ts';
import { probeTensorflow, reasonOf } from '../tensorflow/probing.ts';
import type { TryOut } from './install.ts';

/** Loads TensorFlow from a runtime folder in a worker, as a training would, in use or not. */
export const tryOut: TryOut = async (folder) => {
  const [probe, facts] = await Promise.all([
    probeTensorflow(undefined, runtimeIn(folder, 'user', workerNode())),
    gpuFacts(),
  ]);
  if (probe.error) throw probe.error;
  const { version = '', usesGpu = false } = probe.loaded ?? {};
  const why = reasonOf(facts, probe);
  const told = why && worded(why);
  return { version, usesGpu, reason: told && { reason: told.message, facts: told.facts } };
};

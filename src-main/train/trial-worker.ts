import type { TrainingSettings } from '../contract/settings.ts';
import { GpuMemory } from '../tensorflow/gpu-memory.ts';
import { binding, runtime } from '../tensorflow/runtime.ts';
import { failureOf, leave, peakMemory, receive, send } from '../tensorflow/worker-side.ts';
import { PixelReader } from './batches.ts';
import { Engine } from './engine.ts';
import { phasesOf } from './loop.ts';
import type { TrialMemory } from './trial-memory.ts';
import { type TrialPacket, type TrialPlan, trialPatience, trialSteps } from './trial-plan.ts';
import { startingWeights } from './starting-weights.ts';

/** The trial process: gets a plan, does three steps as the trainer would, reports its measurements, ends. */

const tell = (packet: TrialPacket): void => send(packet);

receive((plan: TrialPlan) => void run(plan));

async function run(plan: TrialPlan): Promise<void> {
  try {
    tell(await measure(plan));
  } catch (error) {
    tell(failureOf(error));
  }
  await leave();
}

async function measure({ folder, settings, weightsFile, pixels }: TrialPlan): Promise<TrialPacket> {
  const { batchSize, seed } = settings;
  const phases = phasesOf(settings);
  const free = process.availableMemory();
  // Before TensorFlow is loaded and allocates any.
  const gpu = runtime().tensorflow.build === 'gpu' ? GpuMemory.look() : null;
  const engine = new Engine(folder, settings, [...new Set(phases.map((phase) => phase.scope))]);
  try {
    const { parameters } = engine.model;
    engine.assign((await startingWeights(weightsFile, settings.network, parameters, seed)).values);
    const atStart = process.memoryUsage.rss();
    const gpuAtStart = gpu?.taken() ?? null;
    const batch = await batchOf(settings, pixels);
    // The last phase trains the most, so its steps are the longest.
    const scope = phases.at(-1)!.scope;
    const step = (number: number): number => {
      const began = performance.now();
      engine.step(scope, {
        pixels: batch,
        labels: Float32Array.from({ length: batchSize }, (_, i) => i % 2),
        weights: new Float32Array(batchSize).fill(1),
        rate: settings.learningRate,
        step: number,
        momentum: 0.9,
        seed: [seed, number],
      });
      const seconds = (performance.now() - began) / 1000;
      tell({ kind: 'step', step: number });
      return seconds;
    };
    const first = step(1);
    // From the start of the process, including loading TensorFlow.
    const secondsToStart = performance.now() / 1000;
    const late = () => performance.now() / 1000 > trialPatience;
    const timed: number[] = [];
    for (let number = 2; number <= trialSteps && !late(); number++) timed.push(step(number));
    // The first step also plans and allocates: if there was no time for others, it is an upper bound.
    const secondsPerStep = timed.length > 0 ? timed.reduce((sum, one) => sum + one, 0) / timed.length : first;
    // Without the backward pass it is about a third of a step.
    const secondsPerBatch = late() ? secondsPerStep / 3 : predictSeconds(engine, batch, batchSize);
    const usesGpu = binding().isUsingGpuDevice();
    const onGpu = usesGpu && gpu ? gpuMemory({ free: gpu.free, taken: gpu.taken() }, gpuAtStart) : null;
    return {
      kind: 'measured',
      device: usesGpu ? 'GPU' : 'CPU',
      secondsToStart,
      secondsPerStep,
      secondsPerBatch,
      memory: onGpu ?? { of: 'machine', free, atStart, peak: peakMemory() },
    };
  } finally {
    engine.close();
  }
}

/** @param atStart used before the first step; null if the driver doesn't say. */
function gpuMemory(
  { free, taken }: { free: number; taken: number | null },
  atStart: number | null,
): TrialMemory | null {
  return taken === null ? null : { of: 'gpu', free, atStart: atStart ?? 0, peak: taken };
}

/** The second time a batch is evaluated: in the first, TensorFlow plans and allocates. */
function predictSeconds(engine: Engine, batch: Uint8Array, batchSize: number): number {
  engine.predict(batch, batchSize);
  const began = performance.now();
  engine.predict(batch, batchSize);
  return (performance.now() - began) / 1000;
}

/** uint8 [batch, s, s, 3]: a batch of the split's images, or of noise. */
async function batchOf(
  { batchSize, pixels: { imageSize } }: TrainingSettings,
  pixels: TrialPlan['pixels'],
): Promise<Uint8Array> {
  if (!pixels) {
    const noise = new Uint8Array(batchSize * imageSize ** 2 * 3);
    // crypto fills at most 64 KiB at a time.
    for (let from = 0; from < noise.length; from += 65_536)
      crypto.getRandomValues(noise.subarray(from, from + 65_536));
    return noise;
  }
  const reader = await PixelReader.open(pixels.file);
  try {
    return await reader.read(
      Array.from({ length: batchSize }, (_, i) => pixels.rows[i % pixels.rows.length]!),
    );
  } finally {
    await reader.close();
  }
}

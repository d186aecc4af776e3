import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FalxError } from '../contract/errors.ts';
import type { TrainingSettings } from '../contract/settings.ts';
import { gpuBytesOf } from '../tensorflow/nvidia.ts';
import { binding } from '../tensorflow/runtime.ts';
import { failureOf, leave, peakMemory, receive, send } from '../tensorflow/worker-side.ts';
import { Engine, type StepInput } from '../train/engine.ts';
import { startingWeights } from '../train/starting-weights.ts';
import { batchThatFits } from '../train/batch-that-fits.ts';
import type { OutOfMemory, TaskResult, VerifyPacket, VerifyTask, VerifyTasks } from './task.ts';

/** A verification's process: does its tasks, reports the result of each, ends. */

const tell = (packet: VerifyPacket): void => send(packet);

receive((message: VerifyTasks) => void work(message));

async function work({ tasks }: VerifyTasks): Promise<void> {
  try {
    for (const [number, task] of tasks.entries())
      tell({ kind: 'result', task: number, result: await carryOut(number, task) });
  } catch (error) {
    tell(failureOf(error));
  }
  await leave();
}

async function carryOut(number: number, task: VerifyTask): Promise<TaskResult> {
  const began = performance.now();
  const { settings, steps, firstStep = 1 } = task;
  const outOfMemory = task.tooMany === undefined ? null : await runOut(task);
  const engine = new Engine(task.folder, settings, ['all']);
  try {
    const { parameters } = engine.model;
    engine.assign((await startingWeights(null, settings.network, parameters, settings.seed)).values);
    if (task.restore !== undefined) engine.restore(task.restore, 'all');
    const losses: number[] = [];
    const seconds: number[] = [];
    let secondsToStart = 0;
    for (let done = 1; done <= steps; done++) {
      const step = firstStep + done - 1;
      const input = inputOf(settings, step);
      const from = performance.now();
      const { loss } = engine.step('all', input);
      seconds.push((performance.now() - from) / 1000);
      losses.push(loss);
      if (done === 1) secondsToStart = (performance.now() - began) / 1000;
      tell({ kind: 'step', task: number, step, loss });
      if (task.save?.after === done) engine.save(task.save.path, 'all');
      if (task.dieAfter === done) process.kill(process.pid, 'SIGKILL');
    }
    // The first step plans and allocates, the second still allocates.
    const timed = seconds.slice(2);
    const secondsPerStep = timed.length > 0 ? timed.reduce((a, b) => a + b, 0) / timed.length : null;
    return {
      device: binding().isUsingGpuDevice() ? 'GPU' : 'CPU',
      tensorflow: binding().TF_Version,
      losses,
      secondsToStart,
      secondsPerStep,
      imagesPerSecond: secondsPerStep === null ? null : settings.batchSize / secondsPerStep,
      weights: hashOf(engine),
      ...evaluate(engine, settings, task.evaluated ?? 0),
      peakBytes: peakMemory(),
      gpuBytes: binding().isUsingGpuDevice() ? gpuBytesOf(process.pid) : null,
      outOfMemory,
    };
  } finally {
    engine.close();
  }
}

function evaluate(
  engine: Engine,
  settings: TrainingSettings,
  batches: number,
): Pick<TaskResult, 'probabilities' | 'secondsPerEvaluatedBatch'> {
  const probabilities: number[] = [];
  let seconds = 0;
  for (let batch = 0; batch < batches; batch++) {
    const { pixels } = inputOf(settings, 1000 + batch);
    const from = performance.now();
    const logits = engine.predict(pixels, settings.batchSize);
    if (batch > 0) seconds += (performance.now() - from) / 1000;
    probabilities.push(...Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit))));
  }
  return { probabilities, secondsPerEvaluatedBatch: batches > 1 ? seconds / (batches - 1) : null };
}

/** A step that must run out of memory, in a graph of its own, and what fits afterwards. */
async function runOut(task: VerifyTask): Promise<OutOfMemory> {
  const batch = task.tooMany ?? 0;
  const settings = { ...task.settings, batchSize: batch };
  const told = await tryTooMany(`${task.folder}-too-many`, settings, task.limitMemory === true);
  return {
    batch,
    ...told,
    fits: told.code === 'out-of-memory' ? await batchThatFits(settings, 'all') : null,
  };
}

async function tryTooMany(
  folder: string,
  settings: TrainingSettings,
  limited: boolean,
): Promise<Pick<OutOfMemory, 'code' | 'message'>> {
  const engine = new Engine(folder, settings, ['all']);
  try {
    engine.assign(
      (await startingWeights(null, settings.network, engine.model.parameters, settings.seed)).values,
    );
    const input = inputOf(settings, 1);
    if (limited) limit();
    engine.step('all', input);
    return { code: null, message: '' };
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    return { code: error.code, message: error.message };
  } finally {
    if (limited) limit('unlimited');
    engine.close();
  }
}

/** Limits the process's address space with a program of util-linux, since Node can't. */
function limit(bytes?: 'unlimited'): void {
  const now = Number(/^VmSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  const most = bytes ?? `${now + 256 * 2 ** 20}`;
  const { status, error } = spawnSync('prlimit', [`--pid=${process.pid}`, `--as=${most}:unlimited`]);
  if (status !== 0) throw new Error(`prlimit: ${error?.message ?? `exit code ${status}`}`);
}

/** Synthetic images, the same for a step on each device: noise on grey, brighter where the label is 1. */
function inputOf(
  { batchSize, pixels: { imageSize }, learningRate, seed }: TrainingSettings,
  step: number,
): StepInput {
  const each = imageSize ** 2 * 3;
  const pixels = new Uint8Array(batchSize * each);
  const labels = Float32Array.from({ length: batchSize }, (_, i) => (i + step) % 2);
  let state = (seed * 2_654_435_761 + step * 40_503 + 1) >>> 0;
  for (let i = 0; i < pixels.length; i++) {
    // Numerical Recipes' linear congruential generator; its upper bits.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    pixels[i] = 60 + labels[Math.floor(i / each)]! * 60 + (state >>> 26);
  }
  return {
    pixels,
    labels,
    weights: new Float32Array(batchSize).fill(1),
    rate: learningRate,
    step,
    momentum: 0.9,
    seed: [seed, step],
  };
}

function hashOf(engine: Engine): string {
  const hash = createHash('sha256');
  for (const [key, values] of engine.weights())
    hash.update(key).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return hash.digest('hex');
}

import { spawn } from 'node:child_process';
import { workerArguments, workerEnvironment } from '../../src-main/tensorflow/environment.ts';
import { join } from 'node:path';
import { kerasPython, python, pythonEnvironment } from '../python.ts';
import { resultMark, workArguments } from './child.ts';
import { writePredictor } from './bench-falx.ts';
import { availableMemory, gigabytes } from './machine.ts';
import { isForTfjs } from './tfjs-networks.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import type { Result, Work } from './child.ts';

export const frameworks = ['falx', 'keras', 'torch', 'ort', 'tfjs'] as const;
export type Framework = (typeof frameworks)[number];
export const titles: Record<Framework, string> = {
  falx: 'Falx',
  keras: 'Keras',
  torch: 'PyTorch',
  ort: 'ONNX Runtime',
  tfjs: 'tfjs',
};

export type Kind = 'train' | 'infer';

export interface Task {
  kind: Kind;
  work: Work;
}

/** pip chooses the build: one with CUDA (some GB) works as well, but only its CPU part is used. PIP_FIND_LINKS or PIP_INDEX_URL give another. */
const torchRequirements = ['torch==2.13.0', 'onnx==1.23.2', 'onnxruntime==1.32.0', 'numpy==2.4.6'];
const torchPython = (): Promise<string> => pythonEnvironment('torch', torchRequirements);

/**
 * Prepares what the sides need before measuring: Python environments, and in `folder` the models to predict with.
 * @param folder exists; receives tens of megabytes per network.
 */
export async function prepare(
  chosen: readonly Framework[],
  tasks: readonly Task[],
  folder: string,
): Promise<void> {
  if (chosen.includes('keras')) await kerasPython();
  if (chosen.includes('torch') || chosen.includes('ort')) await torchPython();
  for (const { kind, work } of tasks) {
    if (kind === 'train') continue;
    if (chosen.includes('falx')) writePredictor(modelOf('falx', work, folder), work);
    if (chosen.includes('ort')) {
      const args = ['--model', modelOf('ort', work, folder)];
      await python(await torchPython(), [script('torch_infer.py'), ...workArguments(work), ...args]);
    }
  }
}

/**
 * One side's result for one task, from a fresh process.
 * @param folder the prepared one.
 * @throws Error with the end of the process's output when it gives no result.
 */
export async function run(framework: Framework, { kind, work }: Task, folder: string): Promise<Result> {
  const args = workArguments(work);
  if (kind === 'infer' && (framework === 'falx' || framework === 'ort'))
    args.push('--model', modelOf(framework, work, folder));
  const isNode = framework === 'falx' || framework === 'tfjs';
  const file = script(isNode ? `${framework}-${kind}.ts` : `${framework}_${kind}.py`);
  // Falx's side is started as Falx starts its workers.
  const own = framework === 'falx' ? workerArguments : [];
  const env = framework === 'falx' ? workerEnvironment : {};
  return readResult(await interpreter(framework), [...own, file, ...args], env);
}

export const takesPart = (framework: Framework, kind: Kind): boolean =>
  framework !== 'ort' || kind === 'infer';

/** Why a side must skip a task, or null. */
export function reasonToSkip(framework: Framework, { kind, work }: Task): string | null {
  if (framework !== 'tfjs') return null;
  if (!isForTfjs(work.network)) return 'not written down for tfjs';
  if (kind !== 'train') return null;
  const [needed, free] = [tfjsBytes(work), availableMemory()];
  return needed <= free ? null : `needs about ${gigabytes(needed)}, ${gigabytes(free)} are free`;
}

function interpreter(framework: Framework): string | Promise<string> {
  switch (framework) {
    case 'falx':
    case 'tfjs':
      return process.execPath;
    case 'keras':
      return kerasPython();
    case 'torch':
    case 'ort':
      return torchPython();
  }
}

const script = (name: string): string => join(import.meta.dirname, name);

const modelOf = (framework: 'falx' | 'ort', { network, batch }: Work, folder: string): string =>
  join(folder, framework === 'falx' ? network : `${network}-${batch}.onnx`);

/**
 * Bytes per 224² image and additional bytes that a training step of tfjs was seen to need (batches of 2 and 4); null where it
 * was not tried, which counts as unlimited.
 */
const tfjsNeeds: Readonly<Record<NetworkName, readonly [perImage: number, besides: number] | null>> = {
  mobilenetv2: [0.5e9, 0.5e9],
  densenet121: [1.0e9, 0.8e9],
  resnet50: [0.65e9, 1.3e9],
};

function tfjsBytes({ network, batch, size }: Work): number {
  const [perImage, besides] = tfjsNeeds[network] ?? [1.0e9, 1.3e9];
  return 1.1 * (besides + perImage * batch * (size / 224) ** 2);
}

function readResult(
  executable: string,
  args: readonly string[],
  own: Readonly<Record<string, string>>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const env = { ...own, ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', PYTHONDONTWRITEBYTECODE: '1' };
    const child = spawn(executable, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const line = output.split('\n').find((l) => l.startsWith(resultMark));
      if (code === 0 && line !== undefined) resolve(JSON.parse(line.slice(resultMark.length)) as Result);
      else
        reject(
          new Error(`${args.join(' ')} ended with ${signal ?? code} and no result: ${output.slice(-3000)}`),
        );
    });
  });
}

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, kerasPython, python, pythonEnvironment } from '../python.ts';
import { resultMark, workArguments } from './child.ts';
import { availableMemory, gigabytes } from './machine.ts';
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

/** Pip's own choice of build: one with CUDA (some GB) works as well, but only its CPU side is used. PIP_FIND_LINKS or PIP_INDEX_URL give another. */
const torchRequirements = ['torch==2.13.0', 'onnx==1.23.2', 'onnxruntime==1.32.0', 'numpy==2.4.6'];
const torchPython = (): Promise<string> => pythonEnvironment('torch', torchRequirements);

/** Makes what the sides need before the clock runs: Python environments and exported graphs. */
export async function prepare(
  chosen: readonly Framework[],
  works: readonly { kind: Kind; work: Work }[],
): Promise<void> {
  if (chosen.includes('keras')) await kerasPython();
  if (chosen.includes('torch') || chosen.includes('ort')) await torchPython();
  if (!chosen.includes('ort')) return;
  for (const { kind, work } of works) if (kind === 'infer') await exportOnnx(work);
}

/**
 * One side's answer to one piece of work, from a fresh process.
 * @throws Error with the end of what the process printed when it gives no result.
 */
export async function run(framework: Framework, kind: Kind, work: Work): Promise<Result> {
  const [executable, ...args] = await commandOf(framework, kind, work);
  return readResult(`${titles[framework]} ${kind} ${work.network}`, executable, args);
}

/** Why a side does not take part in a piece of work, or null. */
export function reasonToSkip(framework: Framework, kind: Kind, work: Work): string | null {
  if (framework === 'ort' && kind === 'train') return 'does not train';
  if (framework === 'tfjs' && kind === 'train') {
    const [needed, free] = [tfjsBytes(work), availableMemory()];
    if (needed > free) return `needs about ${gigabytes(needed)}, ${gigabytes(free)} are free`;
  }
  return null;
}

async function commandOf(framework: Framework, kind: Kind, work: Work): Promise<[string, ...string[]]> {
  const args = workArguments(work);
  switch (framework) {
    case 'falx':
    case 'tfjs':
      return [process.execPath, join(import.meta.dirname, `${framework}-${kind}.ts`), ...args];
    case 'keras':
    case 'torch':
      return [
        framework === 'keras' ? await kerasPython() : await torchPython(),
        script(`${framework}_${kind}.py`),
        ...args,
      ];
    case 'ort':
      return [await torchPython(), script('ort_infer.py'), ...args, '--model', onnxFile(work)];
  }
}

const script = (name: string): string => join(import.meta.dirname, name);

const onnxFile = ({ network, batch, size }: Work): string =>
  join(cacheFolder(), 'bench', `${network}-${size}-${batch}.onnx`);

async function exportOnnx(work: Work): Promise<void> {
  const file = onnxFile(work);
  if (existsSync(file)) return;
  await mkdir(join(cacheFolder(), 'bench'), { recursive: true });
  await python(await torchPython(), [script('torch_infer.py'), ...workArguments(work), '--model', file]);
}

/** Bytes an image of 224² and bytes besides that a training step of tfjs was seen to take (batches of 2 and 4). */
const tfjsNeeds: Record<NetworkName, [perImage: number, besides: number]> = {
  mobilenetv2: [0.5e9, 0.5e9],
  densenet121: [1.0e9, 0.8e9],
  resnet50: [0.65e9, 1.3e9],
};

function tfjsBytes({ network, batch, size }: Work): number {
  const [perImage, besides] = tfjsNeeds[network];
  return 1.1 * (besides + perImage * batch * (size / 224) ** 2);
}

function readResult(what: string, executable: string, args: readonly string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', PYTHONDONTWRITEBYTECODE: '1' };
    const child = spawn(executable, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const line = output.split('\n').find((l) => l.startsWith(resultMark));
      if (code === 0 && line !== undefined) resolve(JSON.parse(line.slice(resultMark.length)) as Result);
      else reject(new Error(`${what} ended with ${signal ?? code} and no result: ${output.slice(-3000)}`));
    });
  });
}

import { createRequire } from 'node:module';
import { FalxError } from '../contract/errors.ts';
import { findRuntime, installation, type Runtime } from '../system/installation.ts';
import { workerEnvironment } from './environment.ts';
import { usableGpus } from './gpu-reasons.ts';
import { nvidiaGpusNow } from './nvidia.ts';

/** The part of tfjs-node's native binding that Falx uses. Types are TensorFlow's numbers. */
export interface Binding {
  TF_Version: string;
  createTensor(shape: readonly number[], type: number, data: ArrayBufferView | readonly Uint8Array[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array | Uint8Array[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(
    id: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): { id: number; dtype: number; shape: number[] }[];
  isUsingGpuDevice(): boolean;
}

/** The runtime used here. @throws FalxError `tensorflow-missing` if there is none, as before a checkout's set-up has run. */
export const runtime = (): Runtime => findRuntime().runtime;

/** The same, or null if there is none: a worker that needs it reports that. */
export function runtimeIfThere(): Runtime | null {
  try {
    return runtime();
  } catch (error) {
    if (error instanceof FalxError) return null;
    throw error;
  }
}

let loaded: Binding | undefined;

/**
 * The native TensorFlow. Only for worker processes: running a graph blocks its thread.
 * @throws FalxError `tensorflow-missing` if the libraries or the binding can't be loaded.
 */
export function binding(): Binding {
  if (loaded !== undefined) return loaded;
  const found = runtime();
  for (const [name, value] of Object.entries(workerEnvironment)) process.env[name] ??= value;
  if (found.tensorflow.build === 'gpu') hideUnusable();
  try {
    loaded = createRequire(import.meta.url)(found.binding) as Binding;
  } catch (cause) {
    throw notLoaded(found, (cause as Error).message, cause);
  }
  return loaded;
}

/** TensorFlow would use a GPU that it has no code for, and fail at the first step. A choice of the user's stays. */
function hideUnusable(): void {
  if (process.env['CUDA_VISIBLE_DEVICES'] !== undefined) return;
  const answer = nvidiaGpusNow();
  const usable = usableGpus(answer);
  if (answer.kind !== 'gpus' || usable.length === answer.gpus.length) return;
  process.env['CUDA_VISIBLE_DEVICES'] = usable.map(({ uuid }) => uuid).join() || '-1';
}

/** TensorFlow is there and doesn't load. @param reason the loader's message. */
export function notLoaded({ binding: file, from }: Runtime, reason: string, cause?: unknown): FalxError {
  return new FalxError(
    'tensorflowNotLoaded',
    {
      installation: from === 'user' ? 'user' : installation.kind,
      file,
      detail: { from: 'TensorFlow', text: reason },
    },
    { cause },
  );
}

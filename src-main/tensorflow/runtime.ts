import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { programFolder } from '../version.ts';
import { workerEnvironment } from './environment.ts';

/** What set-up found and built; written by `build/setup.mjs`. */
export interface Runtime {
  node: string;
  tensorflow: { folder: string; version: string; build: 'cpu' | 'gpu' };
  binding: string;
}

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

const file = join(programFolder, '.falx', 'runtime.json');

/** @throws FalxError `tensorflow-missing` before set-up has run. */
export function runtime(): Runtime {
  if (!existsSync(file))
    throw new FalxError(
      'tensorflow-missing',
      'TensorFlow has not been set up here yet. Run "npm run setup" in the Falx folder and try again.',
      { why: 'tensorflowNotSetUp', file },
    );
  return JSON.parse(readFileSync(file, 'utf8')) as Runtime;
}

let loaded: Binding | undefined;

/**
 * The native TensorFlow. Only a worker process may call this: a run of a graph blocks its thread.
 * @throws FalxError `tensorflow-missing` when the libraries or the binding can't be loaded.
 */
export function binding(): Binding {
  if (loaded !== undefined) return loaded;
  const found = runtime();
  for (const [name, value] of Object.entries(workerEnvironment)) process.env[name] ??= value;
  try {
    loaded = createRequire(import.meta.url)(found.binding) as Binding;
  } catch (cause) {
    throw new FalxError(
      'tensorflow-missing',
      `TensorFlow could not be loaded from ${found.binding}: ${(cause as Error).message}. Run "npm run setup" again.`,
      { why: 'tensorflowNotLoaded', file: found.binding, reason: (cause as Error).message },
      { cause },
    );
  }
  return loaded;
}

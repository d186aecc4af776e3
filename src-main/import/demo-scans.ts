import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { provideFolder } from '../system/folders.ts';
import { systemReason } from '../system/system-reason.ts';
import { greyPng } from '../images/encode.ts';
import { drawSlice } from './phantom.ts';

export interface DemoOptions {
  /** Images of each class. */
  perClass?: number | undefined;
  /** Width and height, pixels. */
  size?: number | undefined;
  seed?: number | undefined;
  onProgress?: (done: number, total: number, imagesPerSecond: number) => void;
  /** Stops writing; what was written stays. */
  signal?: AbortSignal | undefined;
}

export interface DemoWritten {
  folder: string;
  images: number;
  /** Class name → images. */
  classes: Record<string, number>;
  positive: string;
}

/**
 * Writes a synthetic dataset to try Falx with: grey PNG slices (see `drawSlice`) in `Tumour/` and `Healthy/`. The same options give
 * the same pictures.
 * @param folder must be empty or not exist yet. @throws FalxError `bad-usage` if it is not empty; `disk`; `cancelled`.
 */
export async function writeDemo(folder: string, options: DemoOptions = {}): Promise<DemoWritten> {
  const { perClass = 180, size = 192, seed = 7, onProgress, signal } = options;
  const target = path.resolve(folder);
  await onDisk(target, () => prepare(target));
  const began = performance.now();
  for (let index = 0; index < 2 * perClass; index += 1) {
    if (signal?.aborted) throw new FalxError('demoCancelled', { folder: target });
    const tumour = index % 2 === 0;
    const name = `${tumour ? 'tumour' : 'healthy'}-${String(Math.floor(index / 2) + 1).padStart(4, '0')}`;
    const picture = await greyPng(drawSlice(size, seed, name, tumour), size, size);
    await onDisk(target, () =>
      writeFile(path.join(target, tumour ? 'Tumour' : 'Healthy', `${name}.png`), picture),
    );
    onProgress?.(index + 1, 2 * perClass, (1000 * (index + 1)) / (performance.now() - began));
  }
  return {
    folder: target,
    images: 2 * perClass,
    classes: { Healthy: perClass, Tumour: perClass },
    positive: 'Tumour',
  };
}

async function prepare(target: string): Promise<void> {
  provideFolder(target);
  if ((await readdir(target)).length > 0) throw new FalxError('demoNotEmpty', { folder: target });
  await mkdir(path.join(target, 'Tumour'));
  await mkdir(path.join(target, 'Healthy'));
}

async function onDisk<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FalxError) throw cause;
    throw new FalxError('demoNotWritten', { folder, reason: systemReason(cause) }, { cause });
  }
}

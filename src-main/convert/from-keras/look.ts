import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KerasLook } from '../../contract/keras-import.ts';
import { readKerasWeights } from '../../networks/weights/read-keras-weights.ts';
import { bytesOf, parseInSubprocess, patienceFor, type Parse } from '../../system/foreign.ts';
import { foreignModel } from './foreign-model.ts';

type Task = { file: string; name: string; scratch: string };
type Look = Omit<KerasLook, 'labels'>;

/**
 * Identifies a Keras model, read in a process with limits: nothing in it is run.
 * @param name used in messages. @throws FalxError `bad-weights`, `unreadable-file`, `too-large`.
 */
export async function lookAtKeras(file: string, name: string): Promise<Look> {
  // Created here, so that it is removed here, whatever happens to the process.
  const scratch = await mkdtemp(path.join(tmpdir(), 'falx-keras-'));
  try {
    const patience = 2 + patienceFor(await bytesOf(file));
    return (
      await parseInSubprocess<Task, Look>(new URL(import.meta.url), { file, name, scratch }, name, {
        patience,
      })
    ).answer;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export const parse: Parse<Task, Look> = async ({ file, name, scratch }) =>
  foreignModel(await readKerasWeights(file, name, scratch)).look;

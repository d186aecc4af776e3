import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NetworkName } from '../../contract/networks.ts';
import { bytesOf, parseInSubprocess, patienceFor } from '../../system/foreign.ts';
import type { MatchedWeights } from './match-weights.ts';

/** The network of a weight file, and facts on it. */
export type IdentifiedWeights = { network: NetworkName } & Omit<MatchedWeights, 'values'>;

/** Request to the process that reads weight files. */
export type WeightsTask = { file: string; name: string; network: NetworkName | null; scratch: string };

const module = new URL('./identify-weights-worker.ts', import.meta.url);

/**
 * Identifies a Keras weight file, in a process of its own.
 * @param name used in messages. @param network the one it must belong to, or null for any.
 * @throws FalxError as `readKerasWeights`; `bad-weights` if it does not belong to the network, or to none.
 */
export async function identifyWeights(
  file: string,
  name: string,
  network: NetworkName | null,
): Promise<IdentifiedWeights> {
  // Created here, so that it is removed here, whatever happens to the process.
  const scratch = await mkdtemp(path.join(tmpdir(), 'falx-weights-'));
  try {
    const task: WeightsTask = { file, name, network, scratch };
    const patience = 2 + patienceFor(await bytesOf(file));
    return (await parseInSubprocess<WeightsTask, IdentifiedWeights>(module, task, name, { patience })).answer;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

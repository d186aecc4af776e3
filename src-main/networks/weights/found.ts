import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NetworkName } from '../../contract/networks.ts';
import { bytesOf, parseApart, patienceFor } from '../../system/foreign.ts';
import type { MatchedWeights } from './match-weights.ts';

/** Which network a weight file is of, and what is to be known of it. */
export type Found = { network: NetworkName } & Omit<MatchedWeights, 'values'>;

/** What is asked of the process that reads weight files. */
export type WeightsTask = { file: string; name: string; network: NetworkName | null; scratch: string };

const module = new URL('./found-worker.ts', import.meta.url);

/**
 * Looks at a Keras weight file, in a process of its own.
 * @param name what messages call it. @param network the one it must be of, or null for any.
 * @throws FalxError as `readKerasWeights`; `bad-weights` when it is not of the network, or of none.
 */
export async function foundIn(file: string, name: string, network: NetworkName | null): Promise<Found> {
  // Made here, so that it is removed here, whatever becomes of the process.
  const scratch = await mkdtemp(path.join(tmpdir(), 'falx-weights-'));
  try {
    const task: WeightsTask = { file, name, network, scratch };
    const patience = 2 + patienceFor(await bytesOf(file));
    return (await parseApart<WeightsTask, Found>(module, task, name, { patience })).answer;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

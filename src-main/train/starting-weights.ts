import { initialValue } from '../networks/initial.ts';
import { matchWeights } from '../networks/weights/match-weights.ts';
import { hashOfFile } from '../system/hashes.ts';
import { readKerasWeights } from '../networks/weights/read-keras-weights.ts';
import { specOf } from '../networks/weights/spec.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import { networkTitle, type NetworkName } from '../contract/networks.ts';
import type { Parameter } from '../networks/parameters.ts';

/** Starting weights. */
export interface StartingWeights {
  values: ReadonlyMap<string, Float32Array>;
  /** Of the weight file. */
  sha256: string | null;
  /** Batch normalisation was folded into the convolutions, so its statistics are meaningless and must not change. */
  batchNormFolded: boolean;
  /** Notes for the user on the file. */
  notes: readonly StoredMessage[];
}

/**
 * The backbone's weights from a weight file, or Keras's random initialisation; the head is always initialised randomly.
 * @throws FalxError `bad-weights` if the file does not match the network, naming the layer.
 */
export async function startingWeights(
  file: string | null,
  network: NetworkName,
  parameters: readonly Parameter[],
  seed: number,
): Promise<StartingWeights> {
  const random = parameters.map((p) => [p.key, initialValue(p, seed)] as const);
  if (file === null) return { values: new Map(random), sha256: null, batchNormFolded: false, notes: [] };
  const matched = matchWeights(await readKerasWeights(file), specOf(network), networkTitle(network));
  return {
    values: new Map([...random, ...matched.values]),
    sha256: await hashOfFile(file, 'sha256'),
    batchNormFolded: matched.batchNormFolded,
    notes: matched.notes,
  };
}

import type { Parse } from '../../system/foreign.ts';
import { networkTitle } from '../../contract/networks.ts';
import { matchWeights, recogniseNetwork } from './match-weights.ts';
import type { IdentifiedWeights, WeightsTask } from './identify-weights.ts';
import { readKerasWeights } from './read-keras-weights.ts';
import { specOf } from './spec.ts';

/** Identifies a weight file in a parser process. */
export const parse: Parse<WeightsTask, IdentifiedWeights> = async ({ file, name, network, scratch }) => {
  const weights = await readKerasWeights(file, name, scratch);
  const found =
    network === null
      ? recogniseNetwork(weights)
      : { network, matched: matchWeights(weights, specOf(network), networkTitle(network)) };
  const { batchNormFolded, notes } = found.matched;
  return { network: found.network, batchNormFolded, notes };
};

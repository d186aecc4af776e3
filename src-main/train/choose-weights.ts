import { FalxError } from '../contract/errors.ts';
import { networkNames, type NetworkName } from '../contract/networks.ts';
import type { Run } from '../contract/records.ts';
import type { TrainingSettings } from '../contract/settings.ts';
import { identifyWeights } from '../networks/weights/identify-weights.ts';
import { storedWeights } from '../networks/weights/weights-store.ts';

/** A network and its starting weights: `none`, `imagenet` or the path of a weight file. */
export type Start = { network: NetworkName; weights: string };

/**
 * The starting weights of each run.
 * @param networks all when left out; with a weight file, the network of that file.
 * @param asked `none`, `imagenet` or an absolute path. Left out, it is `imagenet` for each network whose file is stored, otherwise
 *   `none`.
 * @throws FalxError `weights-missing` if the ImageNet weights of a network are not stored, `bad-weights` or `unreadable-file` if
 *   the file does not match the network, `bad-usage` for one file and several networks.
 */
export async function chooseWeights(
  home: string,
  networks: readonly NetworkName[] | undefined,
  asked: string | undefined,
): Promise<Start[]> {
  if (asked !== undefined && asked !== 'none' && asked !== 'imagenet')
    return [await fromFile(asked, networks)];
  const starts: Start[] = [];
  for (const network of networks ?? networkNames) {
    const stored = asked === 'none' ? null : await storedWeights(home, network);
    if (asked === 'imagenet' && !stored) throw missing(network);
    starts.push({ network, weights: stored ? 'imagenet' : 'none' });
  }
  return starts;
}

/**
 * A run's weight file, or null if it starts from scratch.
 * @throws FalxError `weights-missing` if the stored file was deleted since the run was queued.
 */
export async function weightsFileOf(
  home: string,
  { network, weights }: Pick<TrainingSettings, 'network' | 'weights'>,
): Promise<string | null> {
  if (weights === 'none') return null;
  if (weights !== 'imagenet') return weights;
  const stored = await storedWeights(home, network);
  if (!stored) throw missing(network);
  return stored.file;
}

/** Expected SHA-256 of a run's weight file: as stored, or as when the run started; null if unknown. */
export async function weightsHashOf(
  home: string,
  { settings: { network, weights }, weightsSha256 }: Pick<Run, 'settings' | 'weightsSha256'>,
): Promise<string | null> {
  if (weightsSha256 !== null || weights !== 'imagenet') return weightsSha256;
  return (await storedWeights(home, network))?.sha256 ?? null;
}

/** The file is read before the run is queued: a wrong one is better refused now than in the night. */
async function fromFile(file: string, networks: readonly NetworkName[] | undefined): Promise<Start> {
  if (networks && networks.length > 1)
    throw new FalxError('weightsOneNetwork', { file, count: networks.length, networks: [...networks] });
  const { network } = await identifyWeights(file, file, networks?.[0] ?? null);
  return { network, weights: file };
}

function missing(network: NetworkName): FalxError {
  return new FalxError('weightsNotStored', { network, networkName: network });
}

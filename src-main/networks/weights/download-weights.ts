import { existsSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../../contract/errors.ts';
import { networkTable, networkTitle, type NetworkFacts, type NetworkName } from '../../contract/networks.ts';
import {
  downloadFile,
  forgetDownload,
  validatorFile,
  type DownloadOptions as FileOptions,
} from '../../system/download.ts';
import { provideFolder } from '../../system/folders.ts';
import { hashOfFile } from '../../system/hashes.ts';
import { isAlive } from '../../system/processes.ts';
import { adoptWeights, weightsFolder, type StoredWeights } from './weights-store.ts';

/** Where a network's ImageNet weights without its top are published. */
export type WeightSource = Pick<NetworkFacts['weights'], 'url' | 'bytes' | 'md5'>;

/**
 * Keras's public file of a network, or the file of that name below FALX_WEIGHTS_MIRROR: for machines that can reach only a copy in
 * their own network. Files from there are verified the same way.
 */
export function publicSource(network: NetworkName): WeightSource {
  const { url, bytes, md5 } = networkTable[network].weights;
  const source = { url, bytes, md5 };
  const mirror = process.env['FALX_WEIGHTS_MIRROR'];
  if (!mirror) return source;
  const name = new URL(source.url).pathname.split('/').at(-1)!;
  return { ...source, url: new URL(name, mirror.endsWith('/') ? mirror : `${mirror}/`).href };
}

export interface DownloadOptions extends Pick<
  FileOptions,
  'onProgress' | 'signal' | 'request' | 'patience' | 'pause'
> {
  /** Another place to download the file from. */
  source?: WeightSource;
}

const underWay = new Set<string>();

/**
 * Downloads a network's ImageNet weights into the home folder, resuming an earlier download, and verifies them: the length, the
 * published MD5 if there is one, and every layer.
 * @throws FalxError `download-failed`, `cancelled`, `disk` or `bad-weights`.
 */
export async function downloadWeights(
  home: string,
  network: NetworkName,
  options: DownloadOptions = {},
): Promise<StoredWeights> {
  const source = options.source ?? publicSource(network);
  const folder = weightsFolder(home);
  const part = path.join(folder, `${network}.${process.pid}.part`);
  if (underWay.has(part)) throw new FalxError('weightsUnderWay', { network });
  underWay.add(part);
  try {
    provideFolder(folder);
    await takeOver(folder, network, part);
    const { url, bytes, md5 } = source;
    await downloadFile(part, {
      ...options,
      url,
      bytes,
      checksum: md5 === null ? null : { algorithm: 'md5', value: md5 },
      wanted: {
        of: 'weights',
        file: network,
        title: networkTitle(network),
      },
    });
    const sha256 = await hashOfFile(part, 'sha256');
    return await adoptWeights(home, part, { name: url, source: url, sha256, network });
  } finally {
    underWay.delete(part);
  }
}

/** Takes over a dead process's partial download: by a rename, which only one process can win. */
async function takeOver(folder: string, network: NetworkName, part: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const pid = new RegExp(`^${network}\\.(\\d+)\\.part$`).exec(entry)?.[1];
    const left = path.join(folder, entry);
    if (pid === undefined || left === part || isAlive(Number(pid))) continue;
    if (existsSync(part)) {
      await forgetDownload(left);
      continue;
    }
    try {
      await rename(left, part);
      await rename(validatorFile(left), validatorFile(part));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // another process was faster
    }
  }
}

import path from 'node:path';
import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { networkNames } from '../../contract/networks.ts';
import { weightsFound } from '../../doctor/doctor-handlers.ts';
import { downloadWeights, publicSource } from '../../networks/weights/download-weights.ts';
import { importWeights, writePack } from '../../networks/weights/weights-pack.ts';
import type { Core } from '../core.ts';

export function weightHandlers({ home, hub, jobs, downloads, request }: Core) {
  const os = implement(api.weights);
  return {
    list: os.list.handler(() => weightsFound(home)),
    add: os.add.handler(async ({ input }) => {
      await importWeights(home, input.file);
      hub.changed('weights');
      return weightsFound(home);
    }),
    sources: os.sources.handler(() =>
      networkNames.map((network) => {
        const { url, bytes } = publicSource(network);
        return { network, url, bytes };
      }),
    ),
    download: os.download.handler(({ input: { network } }) =>
      jobs.start('download', network, 'bytes', async ({ progress, signal }) => {
        await downloadWeights(home, network, {
          signal,
          request,
          onProgress: ({ bytes, total }) => progress(bytes, total),
        });
        hub.changed('weights');
        return network;
      }),
    ),
    pack: os.pack.handler(() =>
      jobs.start('weightsPack', '', 'bytes', async ({ id, progress, signal }) => {
        const name = 'falx-weights.zip';
        try {
          const file = path.join(await downloads.folder(id), name);
          const { files } = await writePack(home, file, undefined, { onProgress: progress, signal });
          await downloads.offer(id, [name]);
          return { resultId: name, counts: { networks: files.length } };
        } catch (error) {
          await downloads.drop(id);
          throw error;
        }
      }),
    ),
  };
}

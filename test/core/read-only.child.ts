import { createRouterClient } from '@orpc/server';
import { webHandler } from '../../src-main/core/web.ts';
import { openCore } from '../../src-main/core/core.ts';
import { routerOf } from '../../src-main/core/router.ts';

/* What a window shows of a read-only home folder. */

const [home = ''] = process.argv.slice(2);
const core = await openCore({ home, shell: 'browser' });
const client = createRouterClient(routerOf(core));
const refusal = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'done',
    (error: { data?: { why?: string } }) => error.data?.why,
  );
const info = await client.app.info();
const [image] = (
  await client.datasets.images({ datasetId: 'ds-scans', className: null, offset: 0, limit: 1 })
).images;
const picture = await webHandler(core)(new Request(`http://127.0.0.1/picture/image/${image!.id}?side=96`));
console.log(
  JSON.stringify({
    readOnly: info.readOnly,
    home: info.home,
    runs: (await client.runs.list({ removed: false })).map(({ run }) => [run.id, run.status]),
    datasets: (await client.datasets.list()).map(({ dataset }) => dataset.name),
    training: (await client.training.state()).queue,
    picture: picture?.headers.get('content-type'),
    refused: [
      await refusal(client.datasets.rename({ datasetId: 'ds-scans', name: 'other' })),
      await refusal(client.runs.remove({ runIds: ['run-1'] })),
      await refusal(client.app.setPreferences({ theme: 'dark' })),
    ],
  }),
);
await core.close();

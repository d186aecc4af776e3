import path from 'node:path';
import { expect, test } from 'vitest';
import { coreOfFile } from './training-core.ts';

const open = coreOfFile();

test('the sample scans are drawn and imported as one job, each time into a folder of their own', async () => {
  const { client, core, home } = open;
  for (const [number, name] of [
    [1, 'sample-scans'],
    [2, 'sample-scans-2'],
  ] as const) {
    const job = await core.jobs.settled((await client.datasets.demo()).id);
    expect(job).toMatchObject({ state: 'done', done: 720, total: 720 });
    expect(await client.datasets.get({ datasetId: job.resultId! })).toMatchObject({
      dataset: { name, folder: path.join(home, 'demo', String(number)), positive: 'Tumour' },
      images: 360,
      classes: { Healthy: 180, Tumour: 180 },
      duplicates: 0,
      quarantined: 0,
      warnings: [],
    });
  }
});

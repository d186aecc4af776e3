import { expect, test } from 'vitest';
import { pictures } from '../../src-main/contract/api.ts';
import { VerifyReport } from '../../src-main/contract/gpu-report.ts';
import { webHandler } from '../../src-main/core/web.ts';
import { coreOfFile } from './training-core.ts';

/* On the processor: a GPU's results can't be seen here. */
const open = coreOfFile();

test('a window has the device verified: steps as they go, a report to save, and one at a time', async () => {
  const job = await open.client.gpu.trial({ device: 'cpu', only: ['doctor', 'placement'] });
  await expect(open.client.gpu.trial({ device: 'cpu' })).rejects.toMatchObject({
    data: { why: 'verifyBusy' },
  });
  // A run that uses the device must not share it with another training.
  expect(await open.client.training.state()).toMatchObject({ held: true });
  const first = open.heard(
    (event) => event.kind === 'job' && event.job.id === job.id && event.job.done === 1,
  );
  await first;
  const soFar = await open.client.gpu.trialReport({ jobId: job.id });
  expect(soFar).toMatchObject({
    ended: null,
    steps: [{ name: 'doctor', facts: { why: 'verifyTensorflow' } }],
  });
  expect(await open.core.jobs.settled(job.id)).toMatchObject({
    state: 'done',
    done: 2,
    total: 2,
    counts: { steps: 2, failed: 0 },
  });
  expect(await open.client.training.state()).toMatchObject({ held: false });
  const address = `http://127.0.0.1${pictures.saved(job.id, 'falx-verify-gpu.json')}`;
  const saved: unknown = await (await webHandler(open.core)(new Request(address)))!.json();
  expect(VerifyReport.parse(saved)).toEqual(await open.client.gpu.trialReport({ jobId: job.id }));
});

test('one that is cancelled ends its worker and has nothing to save', async () => {
  const job = await open.client.gpu.trial({ device: 'cpu', only: ['save, kill, resume'] });
  await open.client.jobs.cancel({ jobId: job.id });
  expect(await open.core.jobs.settled(job.id)).toMatchObject({ state: 'cancelled' });
  await expect(open.core.downloads.find(job.id, 'falx-verify-gpu.json')).rejects.toMatchObject({
    code: 'not-found',
  });
});

import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Run } from '../../../src-main/contract/records.ts';
import { writeDemo } from '../../../src-main/import/demo-scans.ts';
import { Registry } from '../../../src-main/registry/registry.ts';
import type { Client } from '../../../src-renderer/host/host.ts';
import { Started } from './started.ts';
import type { StandIn } from './electron-stand-in.ts';
import { eventually } from '../../eventually.ts';

// Networks that are really trained: small, on few scans, for far more epochs than the test lasts.
const started = new Started();
let splitId: string;

/** Restarts the desktop on the same home folder. */
async function open(): Promise<{ standIn: StandIn; client: Client }> {
  const standIn = await started.start();
  return { standIn, client: started.openPage(standIn).link.client };
}

beforeAll(async () => {
  const folder = path.join(started.scratch, 'scans');
  await writeDemo(folder, { perClass: 20, size: 48 });
  const { client } = await open();
  const job = await client.datasets.import({ folder, name: 'scans' });
  await eventually(async () =>
    expect((await client.jobs.list())[0]).toMatchObject({ id: job.id, state: 'done' }),
  );
  const [view] = await client.datasets.list();
  const split = await client.splits.create({
    datasetId: view!.dataset.id,
    test: 0.2,
    validation: 0.2,
    seed: 7,
    useGiven: false,
  });
  splitId = split.split.id;
  await started.desktop.end();
});
afterAll(() => started.close());

const train = (client: Client, epochs: number) =>
  client.training.queue({
    splitId,
    networks: ['mobilenetv2'],
    settings: { weights: 'none', imageSize: 32, batchSize: 8, epochs, patience: 0, augmentation: false },
  });

const epochsOf = async (client: Client, runId: string) => (await client.runs.get({ runId })).epochsDone;

async function trainAndQuit(answer: number): Promise<{ run: Run; standIn: StandIn }> {
  const { standIn, client } = await open();
  const [run] = await train(client, 900);
  await eventually(async () => expect(await epochsOf(client, run!.id)).toBeGreaterThan(0), 120_000);
  standIn.dialog.answers.push({ response: answer });
  standIn.window.close();
  await eventually(() => expect(standIn.app.ended).toBe('quit'), 60_000);
  const registry = Registry.open(started.home);
  try {
    return { run: registry.runs.get(run!.id), standIn };
  } finally {
    registry.close();
  }
}

it('keeps the best epoch when Falx is closed and the training to be stopped', async () => {
  const { run } = await trainAndQuit(0);
  expect(run).toMatchObject({ status: 'stopped', bestEpoch: expect.any(Number) as number });
});

it('can resume an interrupted training', async () => {
  const { run } = await trainAndQuit(1);
  expect(run.status).toBe('interrupted');
  const { client } = await open();
  expect(await client.training.requeue({ runId: run.id })).toMatchObject({ status: 'queued' });
  await started.desktop.end();
});

it('says when a network is trained, to whoever looks elsewhere, by a name if it has one', async () => {
  const { standIn, client } = await open();
  const [run] = await train(client, 2);
  await client.runs.describe({ runId: run!.id, name: 'first try' });
  await eventually(() => expect(standIn.notifications).toHaveLength(1), 120_000);
  expect(standIn.notifications).toMatchObject([
    {
      title: 'first try is trained',
      body: expect.stringMatching(/^The best epoch was [12] of 2\.$/) as string,
      shown: true,
    },
  ]);
  await eventually(() => expect(standIn.window.progress.value).toBe(-1));
  expect(standIn.power.blocking.size).toBe(0);
});

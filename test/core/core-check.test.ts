import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/message-port';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { api } from '../../src-main/contract/api.ts';
import { routerOf } from '../../src-main/core/router.ts';
import { openingFile } from '../../src-main/check/kept-opening.ts';
import { writeDemo } from '../../src-main/import/demo-scans.ts';
import { newHome, openTestCore, type TestCore } from './training-core.ts';

/** Called over a message port, as by Electron's window: everything is serialised, sent and read. */
let open: TestCore;
let client: ContractRouterClient<typeof api>;
let remove: () => void;
let hangUp: () => void;
let scans: string;
let datasetId: string;
beforeAll(async () => {
  const made = newHome();
  remove = made.remove;
  open = await openTestCore(made.home);
  const { port1, port2 } = new MessageChannel();
  new RPCHandler(routerOf(open.core)).upgrade(port1);
  client = createORPCClient(new RPCLink({ port: port2 }));
  port1.start();
  port2.start();
  hangUp = () => port2.close();

  scans = mkdtempSync(path.join(open.home, 'scans-'));
  const at = (file: string) => path.join(scans, file);
  await writeDemo(scans, { perClass: 6, size: 96 });
  cpSync(at('Healthy/healthy-0001.png'), at('Healthy/copy.png'));
  await sharp(at('Healthy/healthy-0002.png')).rotate(90).toFile(at('Healthy/turned.png'));
  await sharp(at('Tumour/tumour-0003.png')).flop().toFile(at('Healthy/wrong.png'));
  writeFileSync(at('Tumour/late.png'), 'still being copied');
  datasetId = (await settled(await client.datasets.import({ folder: scans }))).resultId!;
});
afterAll(async () => {
  hangUp();
  await open.close();
  remove();
});
beforeEach(() => {
  open.events.length = 0;
});
const settled = ({ id }: { id: string }) => open.core.jobs.settled(id);
const changes = () => open.events.flatMap((event) => (event.kind === 'changed' ? [event.table] : []));
const groups = (filter: 'all' | 'undecided' | 'mixed-labels' = 'all') =>
  client.check.groups({ datasetId, filter, offset: 0, limit: 50 });
const idOf = async (file: string) =>
  (await client.datasets.images({ datasetId, className: null, offset: 0, limit: 100 })).images.find(
    (image) => image.file === file,
  )!.id;

describe('a check', () => {
  test('is a job that tells how far it is, and is kept', async () => {
    expect(await client.check.get({ datasetId })).toMatchObject({
      check: null,
      exactDuplicates: 1,
      groups: 1,
    });
    const job = await client.check.start({ datasetId });
    expect(job).toMatchObject({ kind: 'check', subject: datasetId, state: 'running', unit: 'images' });
    await expect(client.check.start({ datasetId })).rejects.toMatchObject({ code: 'bad-usage' });
    // 15 images, read and compared.
    expect(await settled(job)).toMatchObject({ state: 'done', resultId: datasetId, done: 30, total: 30 });
    expect(changes()).toContain('checks');
    // What its first view shows is stored before it is requested.
    const kept = readFileSync(openingFile(open.home, datasetId), 'utf8').slice(64);
    expect(JSON.parse(kept)).toMatchObject({ what: { counts: { groups: 3 }, page: { total: 3 } } });
    expect(await client.check.get({ datasetId })).toMatchObject({
      check: { images: 15, unreadable: [] },
      outdated: false,
      groups: 3,
      mixedLabels: 1,
      distinctScans: 12,
      undecided: 3,
    });
  });

  test('is paged through by group', async () => {
    const { total, groups: all } = await groups();
    expect(total).toBe(3);
    expect(all[0]).toMatchObject({ mixedLabels: true, images: 2 });
    expect(await client.check.groups({ datasetId, filter: 'all', offset: 1, limit: 1 })).toEqual({
      total: 3,
      groups: [all[1]],
    });
  });

  test('that is cancelled leaves the one before', async () => {
    const { check } = await client.check.get({ datasetId });
    const job = await client.check.start({ datasetId });
    await client.jobs.cancel({ jobId: job.id });
    expect((await settled(job)).state).toBe('cancelled');
    expect((await client.check.get({ datasetId })).check).toEqual(check);
  });
});

describe('a decision', () => {
  test('is answered with the check as it is now, told to every window, and taken back', async () => {
    const wrong = await idOf('Healthy/wrong.png');
    const before = await client.check.get({ datasetId });
    const dropped = await client.check.decide({ datasetId, kind: 'drop', imageIds: [wrong] });
    expect(dropped).toMatchObject({
      mixedLabels: 0,
      undecided: 2,
      dropped: 1,
      undo: { kind: 'drop', images: 1 },
    });
    expect(changes()).toEqual(['checks']);
    expect(await client.check.dropTwins({ datasetId })).toMatchObject({ undecided: 0, dropped: 3 });
    expect((await client.check.decisions({ datasetId })).map(({ images }) => images)).toEqual([2, 1]);
    expect(await client.check.undo({ datasetId })).toEqual({ ...dropped, redo: expect.anything() as object });
    expect(await client.check.redo({ datasetId })).toMatchObject({ dropped: 3, redo: null });
    await client.check.undo({ datasetId });
    expect(await client.check.undo({ datasetId })).toMatchObject({ ...before, redo: { images: 1 } });
    await expect(client.check.undo({ datasetId })).rejects.toMatchObject({ code: 'bad-usage' });
  });

  test('about an image of no dataset, or of none at all, is refused', async () => {
    const decide = (imageIds: number[]) => client.check.decide({ datasetId, kind: 'keep', imageIds });
    await expect(decide([987_654])).rejects.toMatchObject({ code: 'not-found', data: { id: 987_654 } });
    await expect(decide([])).rejects.toMatchObject({ code: 'bad-usage' });
  });
});

describe('a split', () => {
  const request = { test: 0.25, validation: 0.2, seed: 7, useGiven: false };

  test('is made by groups, previewed as it is made, with its certificate', async () => {
    const grouping = { by: 'pattern', pattern: '-000([1-6])' } as const;
    const preview = await client.splits.preview({ datasetId, ...request, grouping });
    const { split, classes } = await client.splits.create({ datasetId, ...request, grouping });
    expect(classes).toEqual(preview);
    expect(split.certificate).toMatchObject({ grouping, groups: 6, groupsAcross: 0, twinsAcross: 0 });
    expect(await client.splits.get({ splitId: split.id })).toEqual({ split, classes });
    const twins = await client.splits.create({ datasetId, ...request });
    expect(twins.split.certificate).toMatchObject({ grouping: { by: 'twins' }, groups: 12, dropped: 0 });
  });

  test('in folds is one split a fold', async () => {
    const folds = await client.splits.folds({ datasetId, validation: 0.2, seed: 7, folds: 3 });
    expect(folds.map(({ split }) => split.fold?.index)).toEqual([0, 1, 2]);
    expect(changes()).toContain('splits');
    const listed = await client.splits.list({ datasetId });
    expect(listed.filter(({ split }) => split.fold?.set === folds[0]!.split.fold!.set)).toEqual(folds);
    await expect(
      client.splits.folds({ datasetId, validation: 0.9, seed: 7, folds: 3 }),
    ).rejects.toMatchObject({
      code: 'bad-split',
    });
  });

  test('by a pattern that is none is refused with the reason, by one that is some previewed', async () => {
    const by = (pattern: string) =>
      client.splits.preview({ datasetId, ...request, grouping: { by: 'pattern', pattern } });
    await expect(by('(a')).rejects.toMatchObject({ code: 'bad-usage', data: { pattern: '(a' } });
    expect(await client.check.pattern({ datasetId, pattern: '/([a-z]+)-' })).toMatchObject({
      groups: 2,
      unmatched: 3,
      largest: [
        { key: 'healthy', images: 6 },
        { key: 'tumour', images: 6 },
      ],
    });
  });
});

test('quarantined files are read again into a dataset that has them, which decisions go over to', async () => {
  const [first, second] = [await idOf('Healthy/copy.png'), await idOf('Healthy/turned.png')];
  await client.check.decide({ datasetId, kind: 'drop', imageIds: [first, second] });
  expect((await settled(await client.check.retry({ datasetId }))).resultId).toBe(datasetId);
  rmSync(path.join(scans, 'Tumour/late.png'));
  cpSync(path.join(scans, 'Tumour/tumour-0001.png'), path.join(scans, 'Tumour/late.png'));
  const job = await client.check.retry({ datasetId });
  expect(job).toMatchObject({ kind: 'retry', subject: datasetId });
  const { resultId } = await settled(job);
  expect(resultId).not.toBe(datasetId);
  expect(await client.datasets.get({ datasetId: resultId! })).toMatchObject({ images: 16, quarantined: 0 });
  expect(await client.check.get({ datasetId: resultId! })).toMatchObject({ dropped: 2, decisions: 1 });
});

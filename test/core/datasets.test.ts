import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Job } from '../../src-main/contract/jobs.ts';
import { layOut, picture } from '../import/folders.ts';
import { zipOf } from '../import/zips.ts';
import * as sample from '../registry/sample-records.ts';
import { newHome, openTestCore, type TestCore } from './training-core.ts';
import { inEnglish } from '../../src-main/contract/messages/say.ts';

let open: TestCore;
let client: TestCore['client'];
let remove: () => void;
beforeAll(async () => {
  const made = newHome();
  remove = made.remove;
  open = await openTestCore(made.home);
  client = open.client;
});
afterAll(async () => {
  await open.close();
  remove();
});
beforeEach(() => {
  open.events.length = 0;
});

const many = (className: string, count: number): Record<string, null> =>
  Object.fromEntries(Array.from({ length: count }, (_, number) => [`${className}/${number}.png`, null]));
const newFolder = () => mkdtempSync(path.join(open.home, 'scans-'));
const scans = (files: Record<string, string | null> = { ...many('Tumour', 6), ...many('Healthy', 5) }) =>
  layOut(newFolder(), files);
const settled = (job: Job): Promise<Job> => open.core.jobs.settled(job.id);
const imported = async (folder: string): Promise<string> =>
  (await settled(await client.datasets.import({ folder }))).resultId!;
const changes = () => open.events.flatMap((event) => (event.kind === 'changed' ? [event.table] : []));

describe('an import', () => {
  test('is a job that tells how far it is, and gives a dataset', async () => {
    const folder = await scans({
      ...many('Tumour', 6),
      ...many('Healthy', 5),
      'Healthy/note.txt': 'no scan',
    });
    const job = await client.datasets.import({ folder, name: 'knees', positive: 'tumour' });
    expect(job).toMatchObject({ kind: 'import', subject: folder, state: 'running', unit: 'images' });
    expect((await client.jobs.list()).map(({ id }) => id)).toContain(job.id);
    const done = await settled(job);
    expect(done).toMatchObject({ state: 'done', done: 12, total: 12, error: null });
    expect(changes()).toContain('datasets');

    const view = await client.datasets.get({ datasetId: done.resultId! });
    expect(view).toMatchObject({
      dataset: { name: 'knees', folder, positive: 'Tumour', removed: null },
      images: 11,
      classes: { Healthy: 5, Tumour: 6 },
      formats: { png: 11 },
      sizes: [
        { width: 8, height: 6, className: 'Tumour', count: 6 },
        { width: 8, height: 6, className: 'Healthy', count: 5 },
      ],
      distinctSizes: 1,
      duplicates: 0,
      quarantined: 1,
      givenParts: false,
      given: null,
      splits: 0,
      runs: 0,
      warnings: [],
    });
    expect(view.bytes).toBeGreaterThan(11 * 60);
    expect((await client.datasets.list()).map(({ dataset }) => dataset.id)).toContain(done.resultId);
    expect(await client.datasets.quarantined({ datasetId: done.resultId! })).toEqual([
      {
        file: 'Healthy/note.txt',
        reason: expect.stringMatching(/it holds text/) as string,
        // From which a window words it.
        facts: expect.objectContaining({ why: 'fileNoImage', content: 'text' }) as object,
      },
    ]);
  });

  test('once more tells what is new, and gives the same dataset when nothing is', async () => {
    const folder = await scans();
    const first = await settled(await client.datasets.import({ folder }));
    expect(first.counts).toEqual({});
    const again = await settled(await client.datasets.import({ folder }));
    expect(again).toMatchObject({
      resultId: first.resultId,
      counts: { added: 0, changed: 0, gone: 0, unchanged: 11 },
    });
    await layOut(folder, { 'Tumour/new.png': null });
    const third = await settled(await client.datasets.import({ folder }));
    expect(third.resultId).not.toBe(first.resultId);
    expect(third.counts).toEqual({ added: 1, changed: 0, gone: 0, unchanged: 11 });
  });

  test('of an archive that a window has sent keeps what was in it, and the archive no longer', async () => {
    const { uploadId, folder } = await client.files.newUpload();
    const archive = path.join(folder, 'sent.zip');
    const entries = [
      { name: 'yes/a.png', data: await picture() },
      { name: 'no/b.png', data: await picture() },
    ];
    writeFileSync(archive, zipOf(entries));
    const job = await settled(await client.datasets.import({ folder: archive }));
    expect(job).toMatchObject({ state: 'done', done: 4, total: 4 });
    const { dataset } = await client.datasets.get({ datasetId: job.resultId! });
    expect(dataset.name).toBe('sent');
    expect(readdirSync(dataset.folder)).toEqual(['no', 'yes']);
    expect(readdirSync(path.join(open.home, 'uploads'))).not.toContain(uploadId);
  });

  test('takes labels from the table in the folder, which it is told of before', async () => {
    const folder = await scans({ 'a.png': null, 'b.png': null });
    expect(await client.datasets.tableIn({ folder })).toBeNull();
    writeFileSync(path.join(folder, 'labels.csv'), 'file,label\na.png,yes\nb.png,no\n');
    const table = await client.datasets.tableIn({ folder });
    expect(table).toEqual({
      file: path.join(folder, 'labels.csv'),
      rows: 2,
      columns: { file: 'file', label: 'label', patient: null },
    });
    const job = await settled(await client.datasets.import({ folder, labels: table!.file }));
    expect((await client.datasets.get({ datasetId: job.resultId! })).classes).toEqual({ no: 1, yes: 1 });
    await expect(client.datasets.tableIn({ folder: 'relative' })).rejects.toMatchObject({
      code: 'bad-usage',
    });
  });

  test('of a folder that is no dataset fails with what to do', async () => {
    const folder = await scans({ 'only/a.png': null });
    const job = await settled(await client.datasets.import({ folder }));
    expect(job).toMatchObject({ state: 'failed', resultId: null, error: { code: 'bad-dataset' } });
    expect(job.error!.message).toMatch(/only one class folder.*Tumour\/ and Healthy\//s);
  });

  test('that is cancelled leaves nothing', async () => {
    const folder = await scans({ ...many('Tumour', 40), ...many('Healthy', 40) });
    const before = await client.datasets.list();
    const job = await client.datasets.import({ folder });
    await client.jobs.cancel({ jobId: job.id });
    expect((await settled(job)).state).toBe('cancelled');
    expect(await client.datasets.list()).toEqual(before);
  });

  test('of the same folder is not begun twice at once', async () => {
    const folder = await scans();
    const job = await client.datasets.import({ folder });
    await expect(client.datasets.import({ folder })).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringMatching(/already being imported/) as string,
    });
    await settled(job);
    expect((await settled(await client.datasets.import({ folder }))).state).toBe('done');
  });

  test.each(['scans', './scans', '', '/a\0b'])(
    'of %j, which is not an absolute path, is refused',
    async (folder) => {
      await expect(client.datasets.import({ folder })).rejects.toMatchObject({ code: 'bad-usage' });
    },
  );

  test('keeps its warnings, and asks about the positive class until a person has said it', async () => {
    const folder = await scans({ ...many('a', 3), ...many('b', 3), 'loose.png': null });
    const datasetId = await imported(folder);
    expect((await client.datasets.get({ datasetId })).warnings.map(inEnglish)).toEqual([
      expect.stringMatching(/^The class names do not show which one is the finding: "b" was assumed\./),
      '1 file outside the class folders was left out.',
    ]);
    const changed = await client.datasets.setPositive({ datasetId, positive: 'b' });
    expect(changed.warnings.map(inEnglish)).toEqual(['1 file outside the class folders was left out.']);
  });
});

describe('a dataset', () => {
  let datasetId: string;
  beforeEach(async () => {
    datasetId = await imported(await scans());
    open.events.length = 0;
  });

  /** A split with a run on it. */
  const addRun = (status: 'done' | 'running') => {
    const id = `run-${datasetId.slice(3)}`;
    const splitId = `sp-${datasetId.slice(3)}`;
    open.core.registry.splits.add(sample.split(splitId, datasetId), []);
    open.core.registry.runs.add({ ...sample.run(id, splitId), status });
    return { runId: id, splitId };
  };

  test('is paged through, by class too', async () => {
    const page = (className: string | null, offset: number, limit: number) =>
      client.datasets.images({ datasetId, className, offset, limit });
    const all = await page(null, 0, 100);
    expect(all.total).toBe(11);
    expect(all.images.map(({ file }) => file)).toEqual([
      ...[0, 1, 2, 3, 4].map((n) => `Healthy/${n}.png`),
      ...[0, 1, 2, 3, 4, 5].map((n) => `Tumour/${n}.png`),
    ]);
    expect(await page(null, 3, 4)).toEqual({ total: 11, images: all.images.slice(3, 7) });
    expect(await page('Tumour', 4, 10)).toEqual({ total: 6, images: all.images.slice(9) });
    expect(await page('Knee', 0, 10)).toEqual({ total: 0, images: [] });
    expect(await page(null, 50, 10)).toEqual({ total: 11, images: [] });
  });

  test('is renamed, and every window hears of it', async () => {
    const heard = open.heard((event) => event.kind === 'changed' && event.table === 'datasets');
    const view = await client.datasets.rename({ datasetId, name: '  뇌 MRI 2026 ' });
    expect(view.dataset.name).toBe('뇌 MRI 2026');
    await heard;
  });

  test('changes its positive class until a run stands on it', async () => {
    const view = await client.datasets.setPositive({ datasetId, positive: 'Healthy' });
    expect(view.dataset.positive).toBe('Healthy');
    const { runId } = addRun('done');
    await expect(client.datasets.setPositive({ datasetId, positive: 'Tumour' })).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(/is fixed/) as string,
      data: { dataset: datasetId, run: runId },
    });
    expect((await client.datasets.get({ datasetId })).dataset.positive).toBe('Healthy');
  });

  test('that is removed hides its splits and runs, and comes back whole', async () => {
    const { runId, splitId } = addRun('done');
    const list = async () => (await client.datasets.list()).map(({ dataset }) => dataset.id);
    const runs = async () => (await client.runs.list({ removed: false })).map(({ run }) => run.id);
    expect(await runs()).toContain(runId);
    await client.datasets.remove({ datasetId });
    expect(await list()).not.toContain(datasetId);
    expect(await runs()).not.toContain(runId);
    expect((await client.datasets.get({ datasetId })).dataset.removed).not.toBeNull();
    await client.datasets.restore({ datasetId });
    expect(await list()).toContain(datasetId);
    expect(await runs()).toContain(runId);
    expect((await client.splits.list({ datasetId })).map(({ split }) => split.id)).toEqual([splitId]);
    expect(await client.datasets.get({ datasetId })).toMatchObject({
      dataset: { removed: null },
      splits: 1,
      runs: 1,
    });
  });

  test('that is being trained on is not removed', async () => {
    const { runId } = addRun('running');
    await expect(client.datasets.remove({ datasetId })).rejects.toMatchObject({
      code: 'bad-usage',
      data: { run: 'MobileNetV2' },
    });
    open.core.registry.runs.update(runId, { status: 'interrupted' });
    await client.datasets.remove({ datasetId });
  });

  test.each(['get', 'images', 'quarantined', 'rename', 'remove', 'restore', 'setPositive'] as const)(
    'that is not there is refused by %s',
    async (verb) => {
      const input = {
        datasetId: 'ds-zzzzzzzz',
        className: null,
        offset: 0,
        limit: 1,
        name: 'x',
        positive: 'x',
      };
      await expect(client.datasets[verb](input)).rejects.toMatchObject({
        code: 'not-found',
        data: { kind: 'dataset', id: 'ds-zzzzzzzz' },
      });
    },
  );
});

describe('a split', () => {
  test('is previewed as it is then made, and nothing is stored before', async () => {
    const datasetId = await imported(await scans({ ...many('Tumour', 30), ...many('Healthy', 20) }));
    for (const [seed, test_] of [
      [7, 0.2],
      [8, 0.3],
    ] as const) {
      const request = { datasetId, test: test_, validation: 0.1, seed, useGiven: false };
      const before = (await client.splits.list({ datasetId })).length;
      const preview = await client.splits.preview(request);
      expect(await client.splits.list({ datasetId })).toHaveLength(before);
      const view = await client.splits.create(request);
      expect(view.classes).toEqual(preview);
      expect(await client.splits.get({ splitId: view.split.id })).toEqual(view);
      expect(await client.splits.list({ datasetId })).toHaveLength(before + 1);
      expect(preview.test).toEqual({ Healthy: 20 * test_, Tumour: 30 * test_ });
    }
  });

  test('that cannot be is refused with the reason, in the preview already', async () => {
    const datasetId = await imported(await scans());
    const request = { datasetId, test: 0.5, validation: 0.5, seed: 7, useGiven: false };
    for (const ask of [client.splits.preview, client.splits.create])
      await expect(ask(request)).rejects.toMatchObject({ code: 'bad-split', data: { test: 0.5 } });
    await expect(
      client.splits.preview({ ...request, test: 0.2, validation: 0.1, useGiven: true }),
    ).rejects.toThrow(/no given sets/);
  });
});

describe('the sample scans', () => {
  test('that are cancelled leave nothing behind', async () => {
    const job = await client.datasets.demo();
    expect(job).toMatchObject({ kind: 'demo', unit: 'images', state: 'running' });
    await open.heard((event) => event.kind === 'job' && event.job.id === job.id && event.job.done > 0);
    await client.jobs.cancel({ jobId: job.id });
    expect((await settled(job)).state).toBe('cancelled');
    expect(readdirSync(path.join(open.home, 'demo'))).toEqual([]);
  });

  test('that cannot be written say where', async () => {
    const demo = path.join(open.home, 'demo');
    rmSync(demo, { recursive: true, force: true });
    writeFileSync(demo, 'a file in the way');
    const job = await settled(await client.datasets.demo());
    expect(job.error).toMatchObject({ code: 'disk', facts: { folder: demo } });
    rmSync(demo);
    expect(existsSync(demo)).toBe(false);
  });
});

import { rmSync, statSync, appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Run } from '../../src-main/contract/records.ts';
import { thresholdOnUse } from '../../src-main/contract/views.ts';
import { openCore } from '../../src-main/core/core.ts';
import { routerOf } from '../../src-main/core/router.ts';
import { publicSource } from '../../src-main/networks/weights/download-weights.ts';
import { findHome } from '../../src-main/registry/find-home.ts';
import { falxVersion } from '../../src-main/version.ts';
import { writeWeightFile } from '../networks/weights/weights-fixtures.ts';
import * as sample from '../registry/sample-records.ts';
import { newHome, openTestCore, type TestCore } from './training-core.ts';

let open: TestCore;
let remove: () => void;
beforeAll(async () => {
  const made = newHome();
  remove = made.remove;
  open = await openTestCore(made.home, (registry) => {
    registry.datasets.add(sample.dataset('ds-1'), [], []);
    registry.splits.add(sample.split('sp-1', 'ds-1'), []);
    const run = (id: string, status: Run['status']) => ({ ...sample.run(id, 'sp-1'), status });
    for (const one of [run('run-1', 'done'), run('run-2', 'failed')]) registry.runs.add(one);
  });
});
afterAll(async () => {
  await open.close();
  remove();
});

describe('what Falx says of itself', () => {
  test('names its version, its home, and what it runs on', async () => {
    const info = await open.client.app.info();
    expect(info).toMatchObject({
      falx: falxVersion(),
      shell: 'browser',
      home: open.home,
      versions: { node: process.versions.node },
    });
    expect(info.platform).toContain(process.platform);
  });

  test('changes no data folder that its start has fixed', async () => {
    await expect(open.client.app.chooseHome({ folder: path.join(open.home, 'other') })).rejects.toMatchObject(
      {
        code: 'bad-usage',
        data: { why: 'homeFixed', by: '--home' },
      },
    );
    expect(await open.client.app.info()).toMatchObject({ homeFrom: 'option', nextHome: null });
  });

  test('says from when on a chosen data folder is used, and takes the choice back', async () => {
    vi.stubEnv('XDG_CONFIG_HOME', path.join(open.home, 'config'));
    vi.stubEnv('LOCALAPPDATA', path.join(open.home, 'config'));
    vi.stubEnv('HOME', path.join(open.home, 'user'));
    const home = path.join(open.home, 'chosen');
    const core = await openCore({ home, homeFrom: 'chosen', shell: 'browser' });
    try {
      const client = createRouterClient(routerOf(core));
      const next = path.join(open.home, 'next');
      expect(await client.app.lookAtHome({ folder: next })).toBe('empty');
      expect(await client.app.chooseHome({ folder: next })).toMatchObject({ home, nextHome: next });
      vi.stubEnv('FALX_HOME', undefined);
      expect(findHome()).toEqual({ home: next, from: 'chosen' });
      expect(await client.app.chooseHome({ folder: home })).toMatchObject({ nextHome: null });
    } finally {
      await core.close();
      vi.unstubAllEnvs();
    }
  });

  test('clears its small pictures', async () => {
    await open.core.thumbnails.keep('a'.repeat(64), 96, new Uint8Array(500));
    expect(await open.client.app.thumbnails()).toEqual({ bytes: 500 + 32, most: 1e9 }); // its SHA-256 beside it
    await open.client.app.clearThumbnails();
    expect(await open.client.app.thumbnails()).toMatchObject({ bytes: 0 });
  });

  test('gives its log without paths', async () => {
    open.core.log.warn({ file: '/scans/Kim/a.png' }, 'a test');
    const log = await open.client.app.log();
    expect(log).toContain('"file":"<path>.png"');
    expect(log).not.toContain('Kim');
  });
});

describe('preferences', () => {
  test('are kept, told to every window, and there again after a start', async () => {
    const heard = open.heard((event) => event.kind === 'changed' && event.table === 'preferences');
    const model = { runId: 'run-1', threshold: 0.31 };
    const changed = await open.client.app.setPreferences({ language: 'ko', model });
    expect(changed).toEqual({
      errorRate: 0.1,
      keepHistory: true,
      trainingPresets: [],
      firstSteps: 'done',
      language: 'ko',
      theme: 'system',
      device: 'auto',
      predictOn: 'auto',
      model,
      thresholds: { 'run-1': 0.31 },
    });
    await heard;
    await open.close();
    open = await openTestCore(open.home);
    expect(await open.client.app.preferences()).toEqual(changed);
  });

  test('keep a threshold for each run, the same for the model in use wherever it is chosen', async () => {
    await open.client.app.setPreferences({ thresholds: { 'run-2': 0.7 } });
    const { model, thresholds } = await open.client.app.setPreferences({ thresholds: { 'run-1': 0.2 } });
    expect(model).toEqual({ runId: 'run-1', threshold: 0.2 });
    expect(thresholds).toEqual({ 'run-1': 0.2, 'run-2': 0.7 });
    await expect(
      open.client.app.setPreferences({ thresholds: { 'run-nowhere': 0.2 } }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  test('keep a kept threshold when its model is taken into use at another', async () => {
    const before = await open.client.app.preferences();
    const threshold = thresholdOnUse(before, 'run-1', 0.5);
    const { model, thresholds } = await open.client.app.setPreferences({
      model: { runId: 'run-1', threshold },
    });
    expect(model).toEqual({ runId: 'run-1', threshold: 0.2 });
    expect(thresholds).toEqual(before.thresholds);
    expect(thresholdOnUse(before, 'run-3', 0.4)).toBe(0.4);
  });

  test('take no run as the model to use that has none', async () => {
    await expect(
      open.client.app.setPreferences({ model: { runId: 'run-2', threshold: 0.5 } }),
    ).rejects.toMatchObject({ code: 'bad-run', data: { run: 'run-2', status: 'failed' } });
  });
});

describe('weights', () => {
  const missing = { present: false, file: null, sha256: null, batchNormFolded: null };

  test('that are added are listed, and every window hears of it', async () => {
    expect(await open.client.weights.list()).toEqual([
      { network: 'mobilenetv2', ...missing },
      { network: 'densenet121', ...missing },
      { network: 'resnet50', ...missing },
    ]);
    const file = path.join(open.home, 'mine.weights.h5');
    await writeWeightFile(file, 'mobilenetv2');
    const heard = open.heard((event) => event.kind === 'changed' && event.table === 'weights');
    const [mobilenet] = await open.client.weights.add({ file });
    expect(mobilenet).toMatchObject({ network: 'mobilenetv2', present: true, batchNormFolded: false });
    expect(mobilenet!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(path.dirname(mobilenet!.file!)).toBe(path.join(open.home, 'weights'));
    await heard;
  });

  test('that are none are refused, naming the file', async () => {
    const file = path.join(open.home, 'registry.sqlite');
    await expect(open.client.weights.add({ file })).rejects.toMatchObject({
      message: expect.stringContaining(file) as string,
    });
    expect((await open.client.weights.list()).filter(({ present }) => present)).toHaveLength(1);
  });

  test('are downloaded as a job: here what an earlier one has brought already is checked and put in place', async () => {
    // The published length, so that nothing is left to download; HDF5 readers read no further than the file's declared end.
    const { bytes } = publicSource('mobilenetv2');
    const part = path.join(open.home, 'weights', `mobilenetv2.${process.pid}.part`);
    mkdirSync(path.dirname(part), { recursive: true });
    await writeWeightFile(part, 'mobilenetv2', { value: 0.25 });
    appendFileSync(part, Buffer.alloc(bytes - statSync(part).size));
    const job = await open.client.weights.download({ network: 'mobilenetv2' });
    expect(job).toMatchObject({ kind: 'download', subject: 'mobilenetv2', unit: 'bytes' });
    expect(await open.core.jobs.settled(job.id)).toMatchObject({
      state: 'done',
      resultId: 'mobilenetv2',
      error: null,
    });
    const [mobilenet] = await open.client.weights.list();
    expect(statSync(mobilenet!.file!).size).toBe(bytes);
    rmSync(mobilenet!.file!);
    expect((await open.client.weights.list())[0]).toEqual({ network: 'mobilenetv2', ...missing });
  });
});

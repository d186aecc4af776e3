import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Registry } from '../../../src-main/registry/registry.ts';
import * as sample from '../../registry/sample-records.ts';
import { falx, falxJson } from './falx.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-show-'));
beforeAll(() => {
  const registry = Registry.open(home);
  registry.datasets.add(
    sample.dataset('ds-4bc12345', 'd'),
    [sample.image('Healthy/a.png')],
    [{ file: 'b.png', reason: 'It is empty.' }],
  );
  registry.splits.add(sample.split('sp-4bc12345', 'ds-4bc12345'), []);
  registry.runs.add(sample.run('run-dxwzh3gr', 'sp-4bc12345'));
  registry.epochs.add('run-dxwzh3gr', sample.epoch(1));
  registry.metrics.put(sample.metrics('run-dxwzh3gr'));
  registry.close();
});
afterAll(() => rmSync(home, { recursive: true }));

test('shows a dataset by its name, though a run’s id begins the same', async () => {
  expect(await falxJson(home, ['show', 'd'])).toMatchObject({
    dataset: { id: 'ds-4bc12345' },
    images: 1,
    classes: { Healthy: 1, 'Brain Tumor': 0 },
    quarantined: [{ file: 'b.png', reason: 'It is empty.' }],
    splits: [{ id: 'sp-4bc12345' }],
  });
});

test('shows a run by the beginning of its id, with its epochs and metrics', async () => {
  expect(await falxJson(home, ['show', 'run-d'])).toEqual({
    run: sample.run('run-dxwzh3gr', 'sp-4bc12345'),
    epochs: [sample.epoch(1)],
    metrics: [sample.metrics('run-dxwzh3gr')],
    certificate: null,
  });
});

test('shows in words what it shows as JSON', async () => {
  const { stdout } = await falx(home, 'show', 'dxw');
  expect(stdout).toMatch(/^run-dxwzh3gr {2}mobilenetv2, queued$/m);
  expect(stdout).toMatch(/^ +1 +all layers +0\.000100 +0\.5000 +0\.750 +– +– +23\.3$/m);
  expect(stdout).toMatch(/^ {2}sensitivity +1\.000 \(4\/4\)$/m);
});

test('says when there is no such thing', async () => {
  expect(await falx(home, 'show', 'zzz')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no run, split or dataset "zzz"'),
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Registry } from '../../../src-main/registry/registry.ts';
import * as sample from '../../registry/sample-records.ts';
import { falx, falxJson } from './falx.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-labels-'));
beforeAll(() => {
  const registry = Registry.open(home);
  registry.datasets.add(
    sample.dataset('ds-1'),
    Array.from({ length: 20 }, (_, at) =>
      sample.image(`scan-${at}.png`, at < 10 ? 'Brain Tumor' : 'Healthy'),
    ),
    [],
  );
  registry.splits.add(sample.split('sp-1', 'ds-1'), []);
  for (const run of ['run-one', 'run-two']) registry.runs.add(sample.run(run, 'sp-1'));
  registry.testPredictions.replace(
    'run-one',
    registry.images.list('ds-1').map(({ id }, at) => ({
      imageId: id,
      probability: at === 4 ? 0.03 : at < 10 ? 0.9 : at === 15 ? 0.99 : 0.1,
    })),
  );
  registry.close();
});
afterAll(() => rmSync(home, { recursive: true }));

test('lists the scans whose labels a run contradicts, the surest first', async () => {
  const { evaluated, suspects } = await falxJson<{
    evaluated: number;
    suspects: { image: { file: string } }[];
  }>(home, ['labels', 'run-one']);
  expect(evaluated).toBe(20);
  expect(suspects.map(({ image }) => image.file)).toEqual(['scan-15.png', 'scan-4.png']);
  expect((await falx(home, 'labels', 'one', '--limit', '1')).stdout).toBe(
    [
      '20 scans evaluated; labels that the networks confidently contradict, the most confident first:',
      'file         label    probability of Brain Tumor  runs',
      'scan-15.png  Healthy                       0.990     1',
      'There may be more: --limit 2',
      'Look at them: a label may be wrong, or the scan difficult. Move wrong files to the other folder and import it again.',
      '',
    ].join('\n'),
  );
});

test.each([
  ['a run that was not evaluated', ['run-two'], 1, /has not been evaluated/],
  ['no list', ['run-one', '--limit', '0'], 2, /1 or more/],
])('refuses %s', async (_, args, expected, message) => {
  const { code, stderr } = await falx(home, 'labels', ...args);
  expect(code).toBe(expected);
  expect(stderr).toMatch(message);
});

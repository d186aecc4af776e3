import { beforeAll, expect, test } from 'vitest';
import { networkNames } from '../../src-main/contract/networks.ts';
import type { Run } from '../../src-main/contract/records.ts';
import { PATIENCE } from '../browser.ts';
import { journey } from './journey.ts';

/** From an empty home to a first model by one press. */
const { json, open, expectNoComplaint } = journey('sample-line');

let page: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  page = await open();
});

const main = () => page.getByRole('main');
const line = () => page.getByRole('status').filter({ hasText: 'Sample scans' });

test('one press draws, checks, splits and trains, and comes to Compare with the first model', async () => {
  await main().getByRole('button', { name: 'Try with sample scans' }).click();
  await line().waitFor();
  await line().getByText(`0 of ${networkNames.length} models trained`).waitFor({ timeout: PATIENCE });
  await main()
    .getByRole('heading', { level: 1, name: 'Compare', exact: true })
    .waitFor({ timeout: 2 * PATIENCE });
  await main().getByRole('table', { name: 'Performance' }).waitFor();
  expect(await main().getByRole('button', { name: 'Use this model' }).count()).toBe(1);
  // The others go on, and nothing is evaluated twice meanwhile.
  await line().getByText(`1 of ${networkNames.length} models trained; 2 follow here`).waitFor();
  expect(await main().getByRole('heading', { name: 'Evaluating' }).count()).toBe(0);
  await main().getByRole('link', { name: '2 runs have no model yet' }).waitFor();
});

test('and what is left can be stopped there', async () => {
  await line().getByRole('button', { name: 'Stop training' }).click();
  await line().waitFor({ state: 'detached' });
  await main().getByRole('table', { name: 'Performance' }).waitFor();
  const ended = async () => {
    const { runs } = await json<{ runs: Run[] }>(['runs']);
    return runs.map(({ status }) => status);
  };
  await expect.poll(ended, { timeout: PATIENCE }).not.toContain('running');
  expect(await ended()).not.toContain('queued');
  expect((await ended()).filter((status) => status === 'done')).toHaveLength(1);
});

test('nothing complained', () => {
  expectNoComplaint();
});

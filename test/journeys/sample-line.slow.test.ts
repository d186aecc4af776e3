import { beforeAll, expect, test } from 'vitest';
import { networkNames } from '../../src-main/contract/networks.ts';
import type { Run } from '../../src-main/contract/records.ts';
import { PATIENCE } from '../browser.ts';
import { journey } from './journey.ts';

/** From an empty home folder to a first model with one click. */
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
  // The others continue (a second one may have ended before this check), and nothing is evaluated twice meanwhile.
  await line()
    .getByText(/^[12] of 3 models trained; (one follows|2 follow) here$/)
    .waitFor();
  expect(await main().getByRole('heading', { name: 'Evaluating' }).count()).toBe(0);
  await main()
    .getByRole('link', { name: /^(1 run has|2 runs have) no model yet$/ })
    .waitFor();
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
  const done = (await ended()).filter((status) => status === 'done').length;
  expect([1, 2]).toContain(done);
});

test('nothing complained', () => {
  expectNoComplaint();
});

import { beforeAll, expect, test } from 'vitest';
import type { Part } from '../../src-main/contract/records.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { confusionOf, thresholdSteps } from '../../src-main/statistics/roc.ts';
import { metrics, run, split } from '../registry/sample-records.ts';
import { largeHome } from '../renderer/large-home.ts';
import { journey } from './journey.ts';

/** Runs of several splits: compared where they were tested on the same scans, otherwise the reason is shown. */
const { place, home, open, main, goTo, expectNoComplaint } = journey('two-splits');

/** Each split tests every fourth image of the dataset, starting at this index. */
const tests = { first: 0, second: 0, third: 1 } as const;

beforeAll(async () => {
  await largeHome(place, 48, 21);
  const registry = Registry.open(home);
  const images = registry.images.list('ds-large');
  for (const [at, [name, from]] of Object.entries(tests).entries()) {
    const partOf = (n: number): Part | null =>
      n % 4 === from
        ? 'test'
        : n % 8 === 7
          ? 'validation'
          : // The second trains on fewer.
            name === 'second' && n % 8 === 6
            ? null
            : 'train';
    registry.splits.add(
      split(`sp-${name}`, 'ds-large'),
      images.flatMap(({ id }, n) => {
        const part = partOf(n);
        return part ? [{ imageId: id, part }] : [];
      }),
    );
    const id = `run-${name}`;
    registry.runs.add({ ...run(id, `sp-${name}`), name: `The ${name}`, status: 'done', bestEpoch: 1 });
    const answers = images
      .filter((_, n) => n % 4 === from)
      .map(({ id: imageId, className }, n) => ({
        imageId,
        label: className === 'yes' ? (1 as const) : (0 as const),
        // Each misses as many as its index.
        probability: (className === 'yes') === n > at ? 0.9 - n / 100 : 0.1 + n / 100,
      }));
    registry.testPredictions.replace(id, answers);
    registry.metrics.put({
      ...metrics(id),
      images: answers.length,
      confusion: confusionOf(
        thresholdSteps(
          answers.map(({ label }) => label),
          answers.map(({ probability }) => probability),
        )!,
        0.5,
      ),
    });
  }
  registry.close();
  await open();
});

const choose = (name: string) =>
  main()
    .getByRole('checkbox', { name: `Select ${name}` })
    .click();
const compare = () => main().getByRole('button', { name: 'Compare', exact: true });

test('two that were tested on other scans are not compared, and it says why', async () => {
  await goTo('#/runs');
  await choose('The first');
  await choose('The third');
  await main()
    .getByText(
      'These runs were tested on different scans: test sets of 12, 12 images, of which none is in all',
    )
    .waitFor();
  expect(await compare().isDisabled()).toBe(true);
});

test('two of different splits with one test set are laid over one another', async () => {
  await choose('The third');
  await choose('The second');
  await expect.poll(() => compare().isEnabled()).toBe(true);
  await compare().click();
  await main().getByRole('heading', { level: 1, name: 'Compare', exact: true }).waitFor();
  const models = main().getByRole('group', { name: 'Models' });
  const checked = () => models.getByRole('checkbox', { checked: true }).count();
  await expect.poll(checked).toBe(2);
  // 11 and 10 of 12 are right, each in its own run's row.
  const table = main().getByRole('table', { name: 'Performance' });
  await table.getByRole('row', { name: /The first.*91\.7/ }).waitFor();
  await table.getByRole('row', { name: /The second.*83\.3/ }).waitFor();
  // One figure has a curve for each.
  const curves = main()
    .getByRole('img', { name: /^ROC curves/ })
    .first();
  await curves.waitFor();
  await expect.poll(() => curves.locator('.trace').count()).toBeGreaterThanOrEqual(2);
  await main()
    .getByText(/No difference shown between The first and The second on these 12 scans/)
    .waitFor();
});

test('and the one can be taken away and had back', async () => {
  const second = main()
    .getByRole('group', { name: 'Models' })
    .getByRole('checkbox', { name: /The second/ });
  const rows = () => main().getByRole('table', { name: 'Performance' }).locator('tbody tr').count();
  await second.click();
  await expect.poll(rows).toBe(1);
  await second.click();
  await expect.poll(rows).toBe(2);
});

test('nothing complained', () => {
  expectNoComplaint();
});

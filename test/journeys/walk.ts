import type { Locator, Page } from 'playwright-core';
import { setTimeout } from 'node:timers/promises';
import { PATIENCE } from '../browser.ts';
import type { Hand } from './hands.ts';

/** Milliseconds that training three small networks may take on a slow machine. */
const training = 6 * 60_000;

/** The stops of the journey, in order. */
export type Stop =
  | 'data'
  | 'dataset'
  | 'check'
  | 'checked'
  | 'split'
  | 'certificate'
  | 'train'
  | 'training'
  | 'trained'
  | 'compare'
  | 'predict'
  | 'answer';

export type Walk = {
  page: Page;
  hand: Hand;
  /** Settings that keep the training short. */
  small: { imageSize: number; epochs: number };
  /** Called at each stop, once its screen has loaded. */
  at?: (stop: Stop) => Promise<void>;
};

const main = (page: Page) => page.getByRole('main');
const heading = (page: Page, name: string) =>
  main(page).getByRole('heading', { level: 1, name, exact: true });
/** The control that leads to the next step: a button on one screen, a link on another. */
const onward = (page: Page, name: string | RegExp): Locator =>
  main(page).getByRole('button', { name }).or(main(page).getByRole('link', { name })).first();

/** From an empty home folder to a dataset of synthetic scans. */
export async function drawSamples({ page, hand, at }: Walk): Promise<void> {
  await heading(page, 'Data').waitFor();
  await at?.('data');
  await hand.press(main(page).getByRole('button', { name: 'Only draw them' }));
  await main(page).getByRole('img').first().waitFor();
  await onward(page, 'Check').waitFor();
  await at?.('dataset');
}

/** Checks for twins, of which synthetic scans have none. */
export async function checkThem({ page, hand, at }: Walk): Promise<void> {
  await hand.press(onward(page, 'Check'));
  await heading(page, 'Check').waitFor();
  await main(page).getByRole('button', { name: 'Check this dataset' }).waitFor();
  await at?.('check');
  await hand.press(main(page).getByRole('button', { name: 'Check this dataset' }));
  await main(page)
    .getByRole('tab', { name: /^Twins/ })
    .waitFor();
  await at?.('checked');
}

export async function splitThem({ page, hand, at }: Walk): Promise<void> {
  await hand.press(onward(page, 'Split'));
  await heading(page, 'Split').waitFor();
  await main(page).getByRole('button', { name: 'Create the split' }).waitFor();
  await at?.('split');
  await hand.press(main(page).getByRole('button', { name: 'Create the split' }));
  await main(page).getByRole('heading', { name: 'Certificate' }).waitFor();
  await at?.('certificate');
  await hand.press(main(page).getByRole('button', { name: 'Train', exact: true }).first());
  await heading(page, 'Train').waitFor();
}

/** Starts training all three networks. */
export async function startTraining({ page, hand, small, at }: Walk): Promise<void> {
  await hand.press(main(page).getByRole('radio', { name: 'Quick look' }));
  await hand.press(main(page).locator('summary', { hasText: 'Advanced' }));
  await hand.write(main(page).getByLabel('Image size', { exact: true }), String(small.imageSize));
  await hand.write(main(page).getByLabel('Epochs', { exact: true }), String(small.epochs));
  await at?.('train');
  await hand.press(main(page).getByRole('button', { name: 'Start training' }));
  await progress(page).waitFor();
}

export const progress = (page: Page): Locator =>
  main(page).getByRole('progressbar', { name: /^Progress of / });

/** The plot of all runs' epochs. */
export const curves = (page: Page): Locator =>
  main(page).getByRole('img', { name: /^Learning curves\. .*, epoch \d+:/ });

/** Waits until an epoch has ended and the curves are drawn. */
export async function seeEpoch({ page, at }: Walk): Promise<void> {
  await curves(page).waitFor({ timeout: training });
  await curves(page).locator('.trace').first().waitFor();
  await at?.('training');
}

export async function awaitModels({ page, at }: Walk): Promise<void> {
  await main(page)
    .getByRole('link', { name: /^Compare/ })
    .first()
    .waitFor({ timeout: training });
  await at?.('trained');
}

/** Evaluates the three models and selects one. */
export async function compareThem({ page, hand, at }: Walk): Promise<void> {
  await hand.press(
    main(page)
      .getByRole('link', { name: /^Compare/ })
      .first(),
  );
  await heading(page, 'Compare').waitFor();
  const table = main(page).getByRole('table', { name: 'Performance' });
  await table.waitFor();
  const models = main(page).getByRole('group', { name: 'Models' });
  await shown(main(page).getByRole('button', { name: 'Use this model' }), 3);
  await main(page).locator('.js-plotly-plot .trace').first().waitFor();
  await at?.('compare');
  await hand.press(models.getByRole('button', { name: 'Use this model: DenseNet121' }));
  await models.getByText(/In use/).waitFor();
}

/** Predicts one scan with the model in use. @returns the unrounded probability on the screen */
export async function predictScan({ page, hand, at }: Walk, folder: string, name: string): Promise<number> {
  await hand.press(
    page.getByRole('navigation', { name: 'Steps and places' }).getByRole('link', { name: /Predict/ }),
  );
  await heading(page, 'Predict').waitFor();
  await at?.('predict');
  await hand.press(main(page).getByRole('button', { name: 'Choose scans' }));
  const picker = page.getByRole('dialog');
  await picker
    .getByRole('navigation', { name: 'Folders above this one' })
    .getByRole('button')
    .first()
    .waitFor();
  await hand.write(picker.getByRole('textbox', { name: 'Path of a folder' }), folder);
  await hand.press(picker.getByRole('button', { name: 'Open', exact: true }));
  await hand.press(picker.getByRole('option', { name }));
  await hand.press(picker.getByRole('button', { name: 'Choose 1 file' }));
  const answer = main(page).getByRole('region', { name: `Answer on ${name}` });
  await answer
    .getByText(/^(Tumour|Healthy)$/)
    .first()
    .waitFor();
  // The other models' answers follow.
  await shown(answer.getByRole('meter'), 4);
  await at?.('answer');
  return Number(await answer.getByRole('meter').first().getAttribute('data-probability'));
}

/** Waits until there are this many. */
async function shown(these: Locator, wanted: number): Promise<void> {
  const end = Date.now() + PATIENCE;
  while ((await these.count()) !== wanted) {
    if (Date.now() > end) throw new Error(`${await these.count()}, not ${wanted}, of ${String(these)}`);
    await setTimeout(100);
  }
}

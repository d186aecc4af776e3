import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Epoch, Run, Split } from '../../src-main/contract/records.ts';
import { networkTitle } from '../../src-main/contract/networks.ts';
import { publicSource } from '../../src-main/networks/weights/download-weights.ts';
import { falxJson } from '../shells/cli/falx.ts';
import { saidOf } from './described.ts';
import { journey } from './journey.ts';
import type { Look } from './journey-window.ts';

/** The train screen in detail. */
const { home, at, open, main, button, goTo, expectNoComplaint } = journey('train');
const scans = at('scans');

let page: Page;
let splitId: string;

beforeAll(async () => {
  await falxJson(home, ['demo', scans, '--per-class', '30', '--size', '64', '--seed', '3']);
  await falxJson(home, ['import', scans, '--name', 'phantoms']);
  splitId = (await falxJson<{ split: Split }>(home, ['split', 'phantoms', '--seed', '5'])).split.id;
  await openFalx();
});

/** Opens Falx on the home folder, and a window on its split. */
async function openFalx(look: Look = {}): Promise<void> {
  page = await open(look);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await goTo(`#/train/${splitId}`);
  await main()
    .getByText(/phantoms/)
    .waitFor();
}

const field = (name: string): Locator => main().getByLabel(name, { exact: true });
const ticked = (network: string): Locator => main().getByRole('checkbox', { name: network, exact: true });
const start = (): Locator => main().getByRole('button', { name: /^(Start training|Add to the queue)$/ });
/** The run in training. */
const now = (network: string | RegExp): Locator => main().getByRole('region', { name: network });
const runs = (): Locator => main().getByRole('table', { name: 'Runs' }).getByRole('row');
const stored = async (): Promise<Run[]> => (await falxJson<{ runs: Run[] }>(home, ['runs'])).runs;

/** Accessibility violations on the current screen. */
async function barriers(): Promise<string[]> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe('what to train', () => {
  test('says what each network is, and that it starts from scratch without weights', async () => {
    for (const [network, parameters] of [
      ['mobilenetv2', '2.3 million'],
      ['densenet121', '7.0 million'],
      ['resnet50', '23.6 million'],
    ] as const) {
      const card = main()
        .getByRole('article')
        .filter({ has: page.getByRole('checkbox', { name: networkTitle(network) }) });
      await card.getByText(parameters).waitFor();
      await card.getByText('No ImageNet weights: starts from scratch').waitFor();
      const download = card.getByRole('button', { name: /^Download/ });
      await expect.poll(() => download.isEnabled()).toBe(true);
      // The download address is shown before the button is pressed.
      expect(await saidOf(download)).toContain(publicSource(network).url);
    }
    expect(await barriers()).toEqual([]);
  });

  test('is something, or training can’t be started', async () => {
    for (const network of ['MobileNetV2', 'DenseNet121', 'ResNet50']) await ticked(network).click();
    await main().getByText('Tick at least one network.').waitFor();
    expect(await start().isDisabled()).toBe(true);
    await ticked('MobileNetV2').click();
    expect(await start().isEnabled()).toBe(true);
  });

  test('a setting out of its range is told at the field, and keeps training from starting', async () => {
    await main().locator('summary', { hasText: 'Advanced' }).click();
    await field('Dropout').fill('0.95');
    await field('Dropout').blur();
    await main().getByText('1 setting needs attention').waitFor();
    const described = await field('Dropout').getAttribute('aria-describedby');
    const texts = await Promise.all(described!.split(' ').map((id) => page.locator(`#${id}`).innerText()));
    expect(texts.join(' ')).toMatch(/0 .* 0\.9/);
    expect(await start().isDisabled()).toBe(true);
    expect(await barriers()).toEqual([]);
    await field('Dropout').fill('0.3');
    await main().getByText('1 setting changed').waitFor();
    expect(await start().isEnabled()).toBe(true);
  });

  test('what has no effect is off, with the reason', async () => {
    expect(await field('Momentum').isDisabled()).toBe(true);
    await main().getByText('Only for the optimiser SGD.').waitFor();
    await field('Optimiser').selectOption('sgd');
    expect(await field('Momentum').isEnabled()).toBe(true);
    expect(await field('Layers to train').isDisabled()).toBe(true);
    await main()
      .getByText('Has no effect without pretrained weights: MobileNetV2 starts from scratch.')
      .first()
      .waitFor();
  });

  test('is remembered after a reload, and one change or all can be undone', async () => {
    await page.reload();
    await main().getByText('2 settings changed').waitFor();
    expect(await ticked('ResNet50').isChecked()).toBe(false);
    await main().locator('summary', { hasText: 'Advanced' }).click();
    expect(await field('Dropout').inputValue()).toBe('0.3');
    await button('Reset “Dropout” to its default').click();
    expect(await field('Dropout').inputValue()).toBe('0.2');
    await button('Reset all changes').click();
    expect(await field('Optimiser').inputValue()).toBe('adamw');
  });

  test('are found by a word, whatever group they are in', async () => {
    await main().getByRole('searchbox', { name: 'Find a setting' }).fill('rotation');
    await expect.poll(() => field('Dropout').count()).toBe(0);
    await field('Rotation').waitFor();
    await main().getByRole('searchbox', { name: 'Find a setting' }).fill('no such thing');
    await main().getByText('No setting matches. Try another word').waitFor();
    await main().getByRole('searchbox', { name: 'Find a setting' }).fill('');
    await field('Dropout').waitFor();
  });

  test('show what they make of six scans, and again when one of them changes', async () => {
    const rows = main().getByRole('region', { name: 'Preview of the input' }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(6);
    const sources = (at: number) =>
      rows
        .nth(at)
        .getByRole('img')
        .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).src));
    const [, square, ...drawn] = await sources(0);
    expect(drawn).toHaveLength(3);
    expect(new Set([square, ...drawn]).size).toBe(4);
    expect(await barriers()).toEqual([]);
    await button('Leave images as they are').click();
    await expect
      .poll(async () => {
        const [, square, ...drawn] = await sources(5);
        return drawn.every((one) => one === square);
      })
      .toBe(true);
    await button('Reset all changes').click();
  });

  test('are kept as a preset, which is chosen, and deleted again', async () => {
    const preset = (name: string) => main().getByRole('radio', { name, exact: true });
    await field('Dropout').fill('0.4');
    await button('Save as a preset …').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('More dropout');
    expect(await barriers()).toEqual([]);
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(() => preset('More dropout').isChecked()).toBe(true);
    await preset('Balanced').check();
    expect(await field('Dropout').inputValue()).toBe('0.2');
    await page.reload();
    await preset('More dropout').check();
    await main().locator('summary', { hasText: 'Advanced' }).click();
    expect(await field('Dropout').inputValue()).toBe('0.4');
    await button('Delete “More dropout”').click();
    await expect.poll(() => preset('More dropout').count()).toBe(0);
    await button('Reset all changes').click();
  });

  test('a preset moves the defaults', async () => {
    await main().getByRole('radio', { name: 'Quick look' }).check();
    expect(await field('Image size').inputValue()).toBe('96');
    await field('Image size').fill('32');
    await field('Batch size').fill('8');
    await field('Epochs').fill('400');
    await field('Early-stopping patience').fill('0');
    await main().getByText('1 network · 400 epochs · 32 px').waitFor();
  });
});

test('an estimate tells time and memory, until something is changed', async () => {
  await main().getByText('time not known yet').waitFor();
  await button('Estimate time and memory').click();
  const table = main().getByRole('table', { name: 'Estimated time and memory' });
  await table.waitFor();
  const [network, step, all, memory, device] = await table
    .getByRole('row')
    .nth(1)
    .getByRole('cell')
    .allInnerTexts();
  expect(network).toBe('MobileNetV2');
  expect(step).toMatch(/^\d+ ms$|sec/);
  expect(all).toMatch(/^about .*(sec|min|hr).* to .*(sec|min|hr)/);
  await main()
    .getByText(/^1 network · 400 epochs · 32 px · about .* to /)
    .waitFor();
  expect(memory).toMatch(/\d (MB|GB) of [\d.]+ (MB|GB) free/);
  expect(device).toMatch(/CPU|GPU/);
  expect(await barriers()).toEqual([]);
  // The core still knows it after a reload.
  await page.reload();
  await table.waitFor();
  await main().locator('summary', { hasText: 'Advanced' }).click();
  await field('Epochs').fill('300');
  await main().getByText('for earlier choices').waitFor();
});

describe('while it trains', () => {
  test('the run shows how far it is, and a pause outlives a reload', async () => {
    for (const network of ['DenseNet121', 'ResNet50']) await ticked(network).click();
    await start().click();
    await now('MobileNetV2')
      .getByText(/^Epoch [2-9] of 300/)
      .waitFor();
    for (const name of ['Time left', 'Left for all', 'Images per second', 'Loss', 'Learning rate', 'Memory'])
      await expect
        .poll(() => now('MobileNetV2').getByRole('group', { name, exact: true }).innerText(), {
          message: name,
        })
        .toMatch(/\d/);
    await main()
      .getByRole('img', { name: /^Learning curves.*MobileNetV2/ })
      .waitFor();
    expect(await barriers()).toEqual([]);
    await button('Pause').click();
    await now('MobileNetV2').getByText('Paused').waitFor();
    await page.reload();
    await now('MobileNetV2').getByText('Paused').waitFor();
    expect(await barriers()).toEqual([]);
    await button('Resume').click();
    await now('MobileNetV2').getByText('Training', { exact: true }).waitFor();
  });

  test('what waits is moved with the focus on it, and removed', async () => {
    const queue = main().getByRole('region', { name: 'Waiting' }).getByRole('listitem');
    const names = () => queue.locator('.name').allInnerTexts();
    await expect
      .poll(async () => (await names()).map((name) => name.split(/\s/)[0]))
      .toEqual(['DenseNet121', 'ResNet50']);
    await button('Move ResNet50 up').focus();
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await names())[0]).toMatch(/^ResNet50/);
    // The first entry can't move up; the button to move it down is beside it.
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
      .toBe('Move ResNet50 down');
    await button('Take DenseNet121 out of the queue').click();
    await expect.poll(() => queue.count()).toBe(1);
  });

  test('the log is there on demand', async () => {
    await button('Log').click();
    const log = page.getByRole('dialog');
    await log
      .getByRole('log')
      .getByText(/oneDNN|TensorFlow|cpu/i)
      .first()
      .waitFor();
    expect(await barriers()).toEqual([]);
    await page.keyboard.press('Escape');
    await log.waitFor({ state: 'hidden' });
  });

  test('“Stop and keep best” ends the run with a model, and the next one begins', async () => {
    await button('Stop and keep best').click();
    await now('ResNet50').waitFor();
    const row = runs().filter({ hasText: 'MobileNetV2' });
    await row.getByText('Stopped, best kept').waitFor();
    expect(await row.innerText()).toMatch(/\d+ of 300/);
    expect((await stored()).find(({ network }) => network === 'mobilenetv2')).toMatchObject({
      status: 'stopped',
      bestEpoch: expect.any(Number),
    });
  });

  test('nothing can be kept before an epoch is over, and a run is cancelled after a question only', async () => {
    await now('ResNet50')
      .getByText(/^Epoch 1 of 300/)
      .waitFor();
    await button('Cancel training').click();
    await page.getByRole('dialog').getByText('Cancel the training of ResNet50?').waitFor();
    await page.keyboard.press('Escape');
    await now('ResNet50').waitFor();
    await button('Cancel training').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel training' }).click();
    const row = runs().filter({ hasText: 'ResNet50' });
    await row.getByText('Interrupted', { exact: true }).waitFor();
    await row.getByText('It was interrupted.').waitFor();
    await main().getByText('The training is over: one model is ready.').waitFor();
    expect(await barriers()).toEqual([]);
  });
});

describe('when Falx is closed and opened again', () => {
  test('an interrupted run goes on where it was, and what waited is started by a press', async () => {
    const row = runs().filter({ hasText: 'ResNet50' });
    await row.getByRole('button', { name: /^Resume/ }).click();
    await button('New training').click();
    await ticked('MobileNetV2').check();
    await ticked('DenseNet121').uncheck();
    await ticked('ResNet50').check();
    await main().locator('summary', { hasText: 'Advanced' }).click();
    await field('Epochs').fill('2');
    await start().click();
    await main().getByRole('region', { name: 'Waiting' }).getByRole('listitem').nth(1).waitFor();
    await openFalx({ language: 'ko', theme: 'dark' });
    await main()
      .getByText(/지난번에 남은 학습 2개/)
      .waitFor();
    expect(await barriers()).toEqual([]);
    await main().getByRole('button', { name: '이어서 학습', exact: true }).click();
    await expect.poll(async () => (await stored()).filter(({ status }) => status === 'done').length).toBe(2);
    await main().getByRole('link', { name: '비교', exact: true }).waitFor();
    expect(await barriers()).toEqual([]);
  });

  test('“Run again with changes” brings a run’s settings into the form', async () => {
    const [first] = await stored();
    await goTo(`#/train/${splitId}?from=${first!.id}`);
    await ticked('MobileNetV2').waitFor();
    expect(await ticked('MobileNetV2').isChecked()).toBe(true);
    expect(await ticked('DenseNet121').isChecked()).toBe(false);
    await main().locator('summary', { hasText: '고급 설정' }).click();
    expect(await field('영상 크기').inputValue()).toBe('32');
    expect(await field('에포크').inputValue()).toBe('300');
    expect(page.url()).not.toContain('from=');
    const { epochs } = await falxJson<{ epochs: Epoch[] }>(home, ['show', first!.id]);
    expect(epochs.length).toBeGreaterThan(1);
  });
});

test('nothing went wrong unseen', () => {
  expectNoComplaint();
});

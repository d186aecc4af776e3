import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPromise } from 'yauzl';
import { networkNames, networkTitle } from '../../src-main/contract/networks.ts';
import type { Epoch, Run, Split } from '../../src-main/contract/records.ts';
import { publicSource } from '../../src-main/networks/weights/download-weights.ts';
import { faultsOf } from './axe.ts';
import { saidOf } from './described.ts';
import { dropOn } from './dropped.ts';
import { greeted } from './greeted.ts';
import { journey } from './journey.ts';
import { pickFolder } from './picker.ts';
import { serveFalx } from './served-journey.ts';

/** Managing runs and settings: naming, tagging, removing, resuming, downloading weights, moving the home folder. */
const { home, at, json, open, main, button, goTo, expectNoComplaint } = journey(
  'runs',
  path.join('data', 'falx'),
);
const scans = at('scans');
/** The default home folder, for a user of this test only. */
const environment = {
  FALX_HOME: undefined,
  XDG_DATA_HOME: at('data'),
  XDG_CONFIG_HOME: at('config'),
};

let mirror: Mirror;
let page: Page;
let splitId: string;

beforeAll(async () => {
  await json(['demo', scans, '--per-class', '24', '--size', '64']);
  await json(['import', scans, '--name', 'phantoms']);
  splitId = (await json<{ split: Split }>(['split', 'phantoms'])).split.id;
  const small = ['--size', '32', '--batch', '8', '--weights', 'none'];
  await json(['train', splitId, ...small, '--epochs', '2', '--networks', 'mobilenetv2,resnet50']);
  mirror = await openMirror();
  page = await open({}, start);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
});

afterAll(() => void mirror?.server.close());

const start = () => serveFalx(null, { ...environment, FALX_WEIGHTS_MIRROR: mirror.url });
/** Polls for as long as a busy machine may need, including trainings. */
const poll = <T>(look: () => T | Promise<T>) => expect.poll(look, { interval: 200 });
const rows = (): Locator => main().getByRole('table', { name: 'Runs' }).locator('tbody tr');
const stored = async (): Promise<Run[]> => (await json<{ runs: Run[] }>(['runs'])).runs;
const notice = (text: RegExp | string) => page.getByRole('region', { name: 'Notices' }).getByText(text);

describe('the runs', () => {
  test('are listed, searched, and sorted by any column', async () => {
    await goTo('#/runs');
    await poll(() => rows().count()).toBe(2);
    await main().getByRole('searchbox', { name: 'Search' }).fill('resnet');
    await poll(() => rows().count()).toBe(1);
    await main().getByText('1 of 2 runs').waitFor();
    await button('Show all').click();
    // The network is shown once: it is the name of a run without one. (The checkbox's label is for screen readers.)
    const said = async () =>
      (await rows().allInnerTexts()).map((row) =>
        row
          .replace(/^Select .*$/m, '')
          .match(/MobileNetV2|DenseNet121|ResNet50/g)
          ?.join(' '),
      );
    const sort = main().getByRole('columnheader', { name: 'Run', exact: true }).getByRole('button');
    await sort.click();
    await poll(said).toEqual(['MobileNetV2', 'ResNet50']);
    await sort.click();
    await poll(said).toEqual(['ResNet50', 'MobileNetV2']);
  });

  test('get a name, tags and notes, which are found again', async () => {
    await rows().filter({ hasText: 'ResNet50' }).click();
    await main().getByRole('textbox', { name: 'Name', exact: true }).fill('Small and quick');
    await main().getByRole('combobox', { name: 'Add a tag' }).fill('trial');
    await button('Add a tag').click();
    await main().getByRole('textbox', { name: 'Notes' }).fill('Only to see that it runs.');
    await main().getByText('Saved', { exact: true }).waitFor();
    await poll(async () => (await stored()).find(({ network }) => network === 'resnet50')).toMatchObject({
      name: 'Small and quick',
      tags: ['trial'],
      notes: 'Only to see that it runs.',
    });
    expect(await faultsOf(page)).toEqual([]);
    await main().getByRole('searchbox', { name: 'Search' }).fill('only to see');
    await poll(() => rows().count()).toBe(1);
    await button('Show all').click();
  });

  test('tell what they were made with, and open their log', async () => {
    for (const title of ['Results', 'Settings', 'Where it comes from', 'Files', 'Curves'])
      await main().getByRole('heading', { level: 3, name: title }).waitFor();
    await button('Log').click();
    await page.getByRole('dialog').locator('pre').waitFor();
    await page.keyboard.press('Escape');
    // A browser can't open folders, so the path can be copied.
    await main().getByText(path.join(home, 'runs')).first().waitFor();
  });

  test('are exported as one file that is downloaded', async () => {
    const run = (await stored()).find(({ network }) => network === 'resnet50')!;
    await button('Export').click();
    const dialog = page.getByRole('dialog', { name: 'Export Small and quick' });
    await dialog.getByRole('radio', { name: 'SavedModel, ZIP', checked: true }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Export and save' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`resnet50-${run.id}.zip`);
    const zip = await openPromise(await download.path());
    const names: string[] = [];
    for await (const { fileName } of zip.eachEntry()) names.push(fileName);
    expect(names).toEqual(expect.arrayContaining(['saved_model.pb', 'SHA256SUMS', 'audit-head.json']));
    await notice(/is saved\.$/).waitFor();
  });

  test('are removed, and a press brings them back', async () => {
    await button('Remove').click();
    await notice('1 run removed.').waitFor();
    await poll(() => rows().count()).toBe(1);
    await page.getByRole('region', { name: 'Notices' }).getByRole('button', { name: 'Undo' }).click();
    await poll(() => rows().count()).toBe(2);
  });

  test('are run again with changes, from their own settings', async () => {
    await rows().filter({ hasText: 'Small and quick' }).click();
    await button('Run again with changes').click();
    await main().getByRole('heading', { level: 1, name: 'Train' }).waitFor();
    await main().locator('summary', { hasText: 'Advanced' }).click();
    expect(await main().getByRole('checkbox', { name: 'ResNet50', exact: true }).isChecked()).toBe(true);
    expect(await main().getByRole('checkbox', { name: 'MobileNetV2', exact: true }).isChecked()).toBe(false);
    const field = (name: string) => main().getByLabel(name, { exact: true });
    expect(await field('Image size').inputValue()).toBe('32');
    await field('Epochs').fill('20');
    await field('Early-stopping patience').fill('0');
    await main()
      .getByRole('button', { name: /^(Start training|Add to the queue)$/ })
      .click();
    await main()
      .getByText(/^Epoch [2-9] of 20/)
      .waitFor();
    await button('Cancel training').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel training' }).click();
    await poll(async () => (await stored()).map(({ status }) => status)).toEqual([
      'done',
      'done',
      'interrupted',
    ]);
  });

  test('that were interrupted go on where they were', async () => {
    const interrupted = (await stored()).find(({ status }) => status === 'interrupted')!;
    const { epochs: before } = await json<{ epochs: Epoch[] }>(['show', interrupted.id]);
    await goTo(`#/runs/${interrupted.id}`);
    await main().getByText('It was interrupted.').waitFor();
    await button('Resume training').click();
    await notice(/is in the queue again/).waitFor();
    await poll(async () => (await stored()).at(-1)!.status).toBe('done');
    const { epochs } = await json<{ epochs: Epoch[] }>(['show', interrupted.id]);
    expect(epochs).toHaveLength(20);
    // Repeating it leads to the same result.
    expect(epochs.slice(0, before.length).map(lossOf)).toEqual(before.map(lossOf));
    await main().getByRole('button', { name: 'Use this model' }).waitFor();
  });
});

describe('a run from elsewhere', () => {
  const [falx, keras] = [at('run.falx'), at('model.keras')];
  const named = async (runId: string, name: string) => {
    await goTo(`#/runs/${runId}`);
    await main().getByRole('textbox', { name: 'Name', exact: true }).fill(name);
    await main().getByText('Saved', { exact: true }).waitFor();
  };
  const dialog = () => page.getByRole('dialog', { name: /^Import / });

  test('comes back by a .falx file that is dropped, with its name and figures', async () => {
    // The smaller of the two: the window receives its file through this test.
    const run = (await stored()).find(({ network }) => network === 'mobilenetv2')!;
    await named(run.id, 'From elsewhere');
    for (const target of [falx, keras]) await json(['export', run.id, target]);
    await json(['remove', run.id]);
    await json(['trash', 'empty', run.id]);
    await goTo('#/runs');
    await poll(() => rows().filter({ hasText: 'From elsewhere' }).count()).toBe(0);
    await dropOn(page, main(), [falx]);
    await notice('run.falx is imported.').waitFor();
    await main().getByRole('heading', { level: 2, name: 'From elsewhere' }).waitFor();
    expect((await stored()).find(({ network }) => network === 'mobilenetv2')).toMatchObject({
      id: run.id,
      name: 'From elsewhere',
    });
  });

  test('that Keras saved is chosen in the picker, and the user is asked for what its file lacks', async () => {
    await goTo('#/runs');
    await button('Import a run').click();
    const picker = await pickFolder(page, path.dirname(keras));
    await picker.getByRole('option', { name: 'model.keras' }).click();
    await dialog().getByRole('textbox', { name: 'Class near 0' }).fill('healthy');
    await dialog().getByRole('textbox', { name: 'Class near 1' }).fill('tumour');
    // The file includes its own scaling, so this is not asked.
    expect(
      await dialog().getByRole('radiogroup', { name: 'What the script did to the pixels' }).count(),
    ).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Import', exact: true }).click();
    await notice('model.keras is imported.').waitFor();
    await main()
      .getByText(/^Trained by another program and imported from “model\.keras”/)
      .waitFor();
  });

  test('is not run again, and it is said why; removed and brought back it is whole', async () => {
    await main()
      .getByText('It can’t be run again here: the scans that it was trained on are not in Falx.')
      .waitFor();
    expect(await button('Run again with changes').count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    const imported = (await stored()).at(-1)!;
    await button('Remove').click();
    await notice('1 run removed.').waitFor();
    await page.getByRole('region', { name: 'Notices' }).getByRole('button', { name: 'Undo' }).click();
    await poll(async () => (await stored()).at(-1)!.id).toBe(imported.id);
    const scan = path.join(scans, 'Tumour', 'tumour-0003.png');
    const { predictions } = await json<{ predictions: { probability: number }[] }>([
      'predict',
      imported.id,
      scan,
    ]);
    const [{ probability }] = predictions as [{ probability: number }];
    const trained = (await stored()).find(
      ({ network, settings }) => network === 'mobilenetv2' && !settings.imported,
    )!;
    const { predictions: before } = await json<{ predictions: { probability: number }[] }>([
      'predict',
      trained.id,
      scan,
    ]);
    expect(Math.abs(probability - before[0]!.probability)).toBeLessThanOrEqual(1e-5);
  });
});

describe('weights', () => {
  const row = () => main().getByRole('row').filter({ hasText: 'DenseNet121' });
  const bar = () => main().getByRole('progressbar', { name: /DenseNet121/ });

  test('say beside each button where they would come from, before it is pressed', async () => {
    await goTo('#/settings');
    for (const network of networkNames) {
      const download = main()
        .getByRole('row')
        .filter({ hasText: networkTitle(network) })
        .getByRole('button', { name: /Download/ });
      const file = new URL(publicSource(network).url).pathname.split('/').at(-1)!;
      await poll(() => saidOf(download)).toContain(`${mirror.url}/${file}`);
    }
    expect(mirror.ranges).toEqual([]);
  });

  test('are fetched with their progress in view, and the fetching can be stopped', async () => {
    await row()
      .getByRole('button', { name: /Download/ })
      .click();
    await poll(() => bar().getAttribute('aria-valuenow')).toMatch(/^[1-9]/);
    expect(await faultsOf(page)).toEqual([]);
    await main()
      .getByText(/ of 29\.\d MB/)
      .waitFor();
    await row().getByRole('button', { name: 'Cancel' }).click();
    await bar().waitFor({ state: 'detached' });
    expect(await main().getByRole('alert').filter({ hasText: 'download' }).count()).toBe(0);
  });

  test('are asked for from where it stopped; what is not the published file is thrown away, and it says what to do here', async () => {
    mirror.pace = 0;
    await row()
      .getByRole('button', { name: /Download/ })
      .click();
    const told = main().getByRole('alert').filter({ hasText: 'is not the published file of DenseNet121' });
    await told.waitFor();
    expect(await told.innerText()).toContain('choose “Add a file”');
    expect(await told.innerText()).not.toContain('falx weights');
    expect(mirror.ranges.at(-1)).toMatch(/^bytes=\d{5,}-$/);
    // The address is still shown, as the download can be retried.
    const again = row().getByRole('button', { name: /Download/ });
    expect(await saidOf(again)).toContain(mirror.url);
  });
});

describe('the data folder', () => {
  test('is chosen in Settings and used from the next start', async () => {
    const other = at('other');
    mkdirSync(other);
    await button('Choose another folder').click();
    const picker = page.getByRole('dialog');
    await picker.getByRole('textbox', { name: 'Path of a folder' }).fill(other);
    await picker.getByRole('button', { name: 'Open', exact: true }).click();
    await picker.getByText('Nothing to choose in this folder.').waitFor();
    await picker.getByRole('button', { name: 'Choose this folder' }).click();
    const question = page.getByRole('dialog').filter({ hasText: 'Use another data folder?' });
    await question.getByText(`Your present data stays in ${home}`).waitFor();
    await question.getByRole('button', { name: 'Use it from the next start' }).click();
    await main().getByText(`From its next start, Falx will use ${other}.`).waitFor();
    expect(await faultsOf(page)).toEqual([]);

    greeted(other);
    page = await open({}, start);
    await main().getByRole('button', { name: 'Try with sample scans' }).waitFor();
    await goTo('#/settings');
    await main().getByText(other, { exact: true }).waitFor();
    expect(await button('Choose another folder').isEnabled()).toBe(true);
  });

  test('that --home names is fixed, and Settings says so', async () => {
    page = await open({}, () => serveFalx(at('named')));
    await main().getByRole('heading', { level: 1 }).first().waitFor();
    await goTo('#/settings');
    await main().getByText('It is set by --home').waitFor();
    expect(await button('Choose another folder').isDisabled()).toBe(true);
  });
});

test('nothing complained', () => {
  expectNoComplaint();
});

const lossOf = ({ epoch, trainLoss, validationLoss }: Epoch) => ({ epoch, trainLoss, validationLoss });

type Mirror = {
  server: Server;
  url: string;
  /** Milliseconds between two pieces. */ pace: number;
  ranges: string[];
};

/** A file server with a file of the right name and length but other content, sent slowly. */
async function openMirror(): Promise<Mirror> {
  const { bytes } = publicSource('densenet121');
  const piece = Buffer.alloc(256 * 1024, 7);
  const mirror: Mirror = { server: createServer(), url: '', pace: 200, ranges: [] };
  mirror.server.on('request', (request, response) => {
    const range = request.headers.range ?? '';
    mirror.ranges.push(range);
    const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    response.writeHead(range ? 206 : 200, {
      etag: '"v1"',
      'content-length': bytes - from,
      ...(range ? { 'content-range': `bytes ${from}-${bytes - 1}/${bytes}` } : {}),
    });
    let left = bytes - from;
    const more = () => {
      if (response.destroyed) return;
      if (left === 0) return void response.end();
      const next = piece.subarray(0, Math.min(left, piece.length));
      left -= next.length;
      response.write(next, () => setTimeout(more, mirror.pace));
    };
    more();
  });
  await new Promise<void>((resolve) => mirror.server.listen(0, '127.0.0.1', resolve));
  mirror.url = `http://127.0.0.1:${(mirror.server.address() as AddressInfo).port}/keras`;
  return mirror;
}

import type { Locator, Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeDemo } from '../../src-main/import/demo-scans.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { heldLine, type HeldLine } from '../held-line.ts';
import { journey } from './journey.ts';
import { pickFolder } from './picker.ts';
import { studiedHome } from './studied-home.ts';

/** Answers that come late find a person who has gone on: nobody is taken back, and nothing that was typed is lost. */
const { place, at, open, main, button, goTo, expectNoComplaint } = journey('late');

let page: Page;
let line: HeldLine;

beforeAll(async () => {
  const { home } = await studiedHome(place);
  const registry = Registry.open(home);
  for (const { id } of registry.images.list('ds-large'))
    registry.remarks.put('ds-large', { imageId: id, note: 'as it was noted', wrongLabel: false });
  registry.close();
  await writeDemo(at('audited'), { perClass: 6, size: 128 });
  page = await open();
  line = await heldLine(page.context());
});
beforeEach(async () => {
  await goTo('#/settings');
  await page.reload();
  await title('Settings');
});

const title = (name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
const notices = () => page.getByRole('region', { name: 'Notices' });
const address = () => new URL(page.url()).hash;
/** What a screen shows once it has drawn what it knows. */
const drawn = () =>
  page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(null)))),
  );
const isFocused = (target: Locator) => target.evaluate((element) => element === document.activeElement);

describe('a split that is being made', () => {
  const make = async (seed: string) => {
    await goTo('#/split/ds-large');
    await main().getByRole('textbox', { name: 'Random seed' }).fill(seed);
    await button('Create the split').click();
  };

  test('is shown to who waits for it, with the focus on its certificate', async () => {
    await make('11');
    await expect.poll(address).toMatch(/\?split=/);
    await expect.poll(() => isFocused(page.locator('#certificate-title'))).toBe(true);
  });

  test('is told to who has gone elsewhere, and is that of its own dataset', async () => {
    line.hold('splits/create');
    await make('12');
    await page.getByRole('navigation').getByRole('combobox', { name: 'Dataset' }).selectOption('Elsewhere');
    await goTo('#/settings');
    await title('Settings');
    await line.release('splits/create');
    const notice = notices().getByText('The split of Many scans has been created.');
    await notice.waitFor();
    expect(address()).toBe('#/settings');
    expect(
      await page.evaluate(
        () => (JSON.parse(localStorage['falx.selection'] as string) as { splits: object }).splits,
      ),
    ).not.toHaveProperty('ds-elsewhere');
    await notices().getByRole('button', { name: 'Show', exact: true }).click();
    await expect.poll(address).toMatch(/^#\/split\/ds-large\?split=/);
  });
});

test('a screen whose program comes late leaves the focus where somebody went on to', async () => {
  const held = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<string>();
  await page.route(/\/assets\/Train-[^/]*\.js$/, async (route) => {
    asked.resolve(route.request().url());
    await held.promise;
    await route.continue();
  });
  await goTo('#/train/sp-studied');
  const program = await asked.promise;
  await goTo('#/runs');
  const search = main().getByRole('searchbox', { name: 'Search' });
  await search.focus();
  await page.keyboard.type('seed');
  held.resolve();
  // Loaded here too: the screen’s own wait for it is over by then.
  await page.evaluate(`import(${JSON.stringify(program)}).then(() => null)`);
  await drawn();
  await page.keyboard.type('7');
  expect(await search.inputValue()).toBe('seed7');
  await search.fill('');
  await page.unroute(/\/assets\/Train-[^/]*\.js$/);
});

test('a form into which a run’s settings are to come is not there to be typed into before', async () => {
  line.hold('weights/list');
  const had = line.had('runs/list');
  await goTo('#/train/sp-studied?from=run-seed8');
  await main()
    .getByText(/^“Many scans”: /)
    .waitFor();
  await expect.poll(() => line.had('runs/list')).toBeGreaterThan(had);
  await drawn();
  expect(await button('New training').count()).toBe(0);
  await line.release('weights/list');
  await main().getByRole('heading', { name: 'How thorough?' }).waitFor();
  expect(address()).toBe('#/train/sp-studied');
});

describe('a scan that is enlarged in Compare', () => {
  const enlarged = () => page.getByRole('dialog');
  const enlargeFirst = async () => {
    await goTo('#/compare/sp-studied?runs=run-seed7');
    const first = page.getByTestId('scan-browser').getByRole('listitem').getByRole('button').first();
    await first.click();
    await enlarged().getByText('Loss (log loss)', { exact: true }).waitFor();
  };

  test('shows the note that was kept of it, though that comes late', async () => {
    line.hold('check/remarks');
    await enlargeFirst();
    const note = enlarged().getByRole('textbox');
    expect(await note.inputValue()).toBe('');
    await line.release('check/remarks');
    await expect.poll(() => note.inputValue()).toBe('as it was noted');
  });

  test('stays the one, with what is being typed of it, when another model’s answers come', async () => {
    await enlargeFirst();
    const name = await enlarged().getByRole('heading', { level: 2 }).innerText();
    const note = enlarged().getByRole('textbox');
    await note.fill('half a sent');
    await goTo('#/compare/sp-studied?runs=run-seed7,run-dense');
    await expect.poll(() => enlarged().getByRole('listitem').count()).toBe(2);
    expect(await enlarged().getByRole('heading', { level: 2 }).innerText()).toBe(name);
    expect(await note.inputValue()).toBe('half a sent');
  });
});

describe('a dataset', () => {
  test('that is being removed takes nobody back to the data', async () => {
    line.hold('datasets/remove');
    await goTo('#/data/ds-one');
    await button('Remove').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await goTo('#/settings');
    await title('Settings');
    await line.release('datasets/remove');
    await notices().getByText('“One class” was removed.').waitFor();
    await drawn();
    expect(address()).toBe('#/settings');
  });

  test('that is being renamed leaves the focus where somebody went', async () => {
    line.hold('datasets/rename');
    await goTo('#/data/ds-elsewhere');
    await button('Rename').click();
    await main().getByRole('textbox', { name: 'Name of the dataset' }).fill('Over there');
    await button('Save').click();
    const tab = main().getByRole('tab').first();
    await tab.focus();
    await line.release('datasets/rename');
    await main().getByRole('heading', { level: 2, name: 'Over there' }).waitFor();
    await drawn();
    expect(await isFocused(tab)).toBe(true);
  });
});

describe('work on a folder', () => {
  test('whose end comes late takes nobody from another form', async () => {
    await goTo('#/data?add=1');
    line.hold('folderAudit/start');
    await button('Audit a folder').click();
    const picker = await pickFolder(page, at('audited'));
    await picker.getByRole('button', { name: 'Choose this folder' }).click();
    await goTo('#/data?deidentify=1');
    await main().getByRole('heading', { level: 2, name: 'De-identify DICOM files' }).waitFor();
    await line.release('folderAudit/start');
    await notices().getByText('The audit of audited is done.').waitFor();
    expect(address()).toBe('#/data?deidentify=1');
    await notices().getByRole('button', { name: 'Show', exact: true }).click();
    await main().getByRole('heading', { level: 2, name: 'Audit of audited' }).waitFor();
  });

  test('nor does an import whose answer comes late, from another dataset', async () => {
    await goTo('#/data?add=1');
    line.hold('datasets/import');
    await button('Choose a folder').click();
    const picker = await pickFolder(page, at('audited'));
    await picker.getByRole('button', { name: 'Choose this folder' }).click();
    await goTo('#/data/ds-large');
    await main().getByRole('heading', { level: 2, name: 'Many scans' }).waitFor();
    await line.release('datasets/import');
    await notices().getByRole('button', { name: 'Show', exact: true }).waitFor();
    expect(address()).toBe('#/data/ds-large');
  });

  test('nor do sample scans that are drawn', async () => {
    await goTo('#/data?add=1');
    line.hold('datasets/demo');
    await button('Try with sample scans').click();
    await goTo('#/settings');
    await title('Settings');
    await line.release('datasets/demo');
    const now = page.getByRole('status').locator('[aria-current="step"]');
    await expect.poll(() => now.innerText()).toMatch(/Checking|Splitting|Training|Comparing/);
    await drawn();
    expect(address()).toBe('#/settings');
    await page.getByRole('button', { name: /^Stop/ }).click();
    await now.waitFor({ state: 'detached' });
  });
});

test('nothing complained', expectNoComplaint);

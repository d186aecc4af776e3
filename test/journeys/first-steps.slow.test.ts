import { truncateSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src-main/contract/doctor-report.ts';
import { publicSource } from '../../src-main/networks/weights/download-weights.ts';
import { writePack } from '../../src-main/networks/weights/weights-pack.ts';
import { addWeights } from '../../src-main/networks/weights/weights-store.ts';
import { writeWeightFile } from '../networks/weights/weights-fixtures.ts';
import { falx as falxCommand, falxJson } from '../shells/cli/falx.ts';
import { faultsOf } from './axe.ts';
import { keyboard } from './hands.ts';
import { pickFolder } from './picker.ts';
import { journey } from './journey.ts';
import { serveFalx } from './served-journey.ts';

/** A newcomer's first minutes with Falx, by mouse in English and by keyboard only in Korean. */

const { at, open: openWindow, main, button, expectNoComplaint } = journey('first');

let page: Page;
let home: string;
/** The doctor's report on this machine, which the window must agree with. */
let checkup: DoctorReport;

beforeAll(async () => {
  const { stdout } = await falxCommand(at('doctor'), 'doctor', '--json');
  checkup = JSON.parse(stdout) as DoctorReport;
});

async function open(name: string, language: 'en' | 'ko'): Promise<void> {
  home = at(name);
  page = await openWindow({ language }, () => serveFalx(home, {}, { first: true }));
}

const heading = (name: string): Locator => main().getByRole('heading', { level: 1, name, exact: true });
const stepNow = (): Locator => main().locator('li[aria-current="step"]');
const devices = (): string[] => checkup.devices.filter(({ used }) => used).map(({ name }) => name);

describe('in English, with the mouse', () => {
  test('language and theme come first, act at once and survive a reload', async () => {
    await open('english', 'en');
    await heading('Welcome to Falx').waitFor();
    await expect.poll(() => page.title()).toBe('Welcome to Falx – Falx');
    expect(await stepNow().innerText()).toContain('Language');
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await main().getByRole('radio', { name: 'English' }).isChecked()).toBe(true);
    expect(await faultsOf(page)).toEqual([]);
    await main().getByText('한국어').click();
    await heading('Falx를 시작합니다').waitFor();
    await main().getByText('어둡게').click();
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.reload();
    await heading('Falx를 시작합니다').waitFor();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await main().getByText('English').click();
    await main().getByText('System default').click();
    await heading('Welcome to Falx').waitFor();
  });

  test('the machine is looked at, and what is used is said as the doctor says it', async () => {
    await button('Next').click();
    await heading('What Falx will compute on').waitFor();
    await expect
      .poll(() => heading('What Falx will compute on').evaluate((one) => one === document.activeElement))
      .toBe(true);
    await main().getByText('disk space free').waitFor();
    const status = await main().getByRole('status').innerText();
    if (checkup.devices.some(({ kind, used }) => kind === 'gpu' && used)) {
      for (const name of devices()) expect(status).toContain(name);
      expect(status).toContain('will be used');
    } else {
      expect(status).toContain(`Falx will train on the processor: ${checkup.cpu.model}`);
      expect(status).toContain(checkup.devices.find(({ kind }) => kind === 'gpu')!.reason!);
    }
    expect(status).toContain(home);
    expect(await faultsOf(page)).toEqual([]);
    await page.reload();
    await heading('What Falx will compute on').waitFor();
  });

  test('weights are added by hand or from a pack; a damaged pack is refused, named, and can be tried again', async () => {
    await button('Next').click();
    await heading('Pretrained weights').waitFor();
    const row = (network: string) => main().getByRole('listitem').filter({ hasText: network });
    const { url } = publicSource('resnet50');
    await row('ResNet50').getByText(url).waitFor();
    await row('ResNet50').getByText('94.8 MB').waitFor();
    await main().getByText('is trained from scratch').waitFor();
    expect(await faultsOf(page)).toEqual([]);

    const from = at('from');
    await writeWeightFile(at('mobile.h5'), 'mobilenetv2');
    await addWeights(from, at('mobile.h5'));
    const [pack, cut] = [at('weights.zip'), at('cut.zip')];
    for (const file of [pack, cut]) await writePack(from, file);
    truncateSync(cut, 1_000_000);
    await add(cut);
    await main().getByText(`Nothing was added from the weight pack ${cut}`).waitFor();
    expect(await row('MobileNetV2').innerText()).toContain('Missing');
    await add(pack);
    await row('MobileNetV2').getByText('Stored').waitFor();
    expect(await main().getByText('was taken').count()).toBe(0);
    // A dropped file is uploaded first.
    const dropped = at('densenet.h5');
    await writeWeightFile(dropped, 'densenet121');
    await drop(dropped);
    await row('DenseNet121').getByText('Stored').waitFor();
    await page.reload();
    await heading('Pretrained weights').waitFor();
    await row('DenseNet121').getByText('Stored').waitFor();
    const { weights } = await falxJson<{ weights: { network: string }[] }>(home, ['weights']);
    expect(weights.map(({ network }) => network).sort()).toEqual(['densenet121', 'mobilenetv2']);
  });

  test('a step back is a step back, and the sample scans follow at the end', async () => {
    await button('Back').click();
    await heading('What Falx will compute on').waitFor();
    await button('Next').click();
    await button('Try with sample scans').click();
    // Scans are drawn and the check is next; stops the rest.
    await main().getByRole('heading', { level: 1, name: 'Check' }).waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.evaluate(() => (location.hash = '#/data'));
    await main().getByRole('img').first().waitFor();
    await page.reload();
    await main().getByRole('img').first().waitFor();
  });

  test('Settings shows them again, and they can be skipped', async () => {
    await page.evaluate(() => (location.hash = '#/settings'));
    await button('Show the first steps again').click();
    await heading('Welcome to Falx').waitFor();
    await page.keyboard.press('Alt+7'); // does not skip the first steps
    await button('Skip these steps').click();
    await main().getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await page.reload();
    await main().getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    expectNoComplaint();
  });
});

/** Chooses a weight file in the picker. */
async function add(file: string): Promise<void> {
  await button('Add a file').click();
  const picker = await pickFolder(page, path.dirname(file));
  await picker.getByRole('option', { name: path.basename(file) }).click();
  // Reading the folder again keeps the selection.
  await picker.getByRole('button', { name: 'Open', exact: true }).click();
  await picker.locator('[role=listbox][aria-busy=false]').waitFor();
  await picker.getByRole('button', { name: 'Choose 1 file' }).click();
}

/** Drops a file on its drop zone, as the system does. */
async function drop(file: string): Promise<void> {
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { type: 'file', id: 'to-drop' });
    document.body.append(input);
  });
  await page.locator('#to-drop').setInputFiles(file);
  await page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('#to-drop')!;
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(input.files![0]!);
    input.remove();
    const zone = document.querySelector('[role="group"][aria-label="Drop weight files here"]')!;
    for (const kind of ['dragenter', 'dragover', 'drop'])
      zone.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  });
}

describe('in Korean, by the keyboard alone', () => {
  test('the system’s language is guessed, the check is not waited for, and one’s own scans come next', async () => {
    await open('korean', 'ko');
    const hand = keyboard(page);
    await heading('Falx를 시작합니다').waitFor();
    expect(await main().getByRole('radio', { name: '한국어' }).isChecked()).toBe(true);
    expect(await faultsOf(page)).toEqual([]);
    await hand.press(main().getByRole('radio', { name: 'English' }));
    await heading('Welcome to Falx').waitFor();
    await hand.press(main().getByRole('radio', { name: '한국어' }));
    await hand.press(button('다음'));
    await heading('계산에 사용할 장치').waitFor();
    await hand.press(button('다음'));
    await heading('사전 학습 가중치').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await hand.press(button('이전'));
    await main().getByText('디스크 여유 공간').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await hand.press(button('다음'));
    await hand.press(button('내 영상으로 시작'));
    await main().getByRole('heading', { level: 1, name: '데이터' }).waitFor();
    expectNoComplaint();
  });
});

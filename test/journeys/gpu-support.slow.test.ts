import { cpSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findRuntime, programFolder } from '../../src-main/system/installation.ts';
import {
  entriesOf,
  lay,
  names,
  partOf,
  random,
  unpackedOf,
  type MadePart,
} from '../gpu-pack/gpu-pack-fixtures.ts';
import { zipOf } from '../import/zips.ts';
import { faultsOf } from './axe.ts';
import { saidOf } from './described.ts';
import { keyboard, type Hand } from './hands.ts';
import { journey } from './journey.ts';
import { serveFalx } from './served-journey.ts';

/*
 * Adding and removing GPU support in Settings by keyboard only, with a small fake pack: a copy of Falx's folder whose list
 * of parts is the pack's. The trial really loads TensorFlow, but the CPU build, found on the loader's path: this can't see
 * whether NVIDIA's libraries load (gpu-registers.slow.test.ts, npm run verify:gpu-pack).
 */
const { at, home, open, expectNoComplaint } = journey('gpu-support');
const { tensorflow } = findRuntime().runtime;

let parts: MadePart[];
let server: Server;
/** The requests the server received. */
const requested: string[] = [];
let page: Page;
let hand: Hand;

/** Parts of the version that Falx needs; TensorFlow's without the two libraries. */
function madePack(): MadePart[] {
  const next = random(7);
  return names.map((name) => {
    const entries = entriesOf(name, next).filter(
      ({ name }) => !/^tensorflow\/libtensorflow/.test(String(name)),
    );
    if (name === 'tensorflow') entries.push({ name: 'nvidia/none/lib/libnone.so.1', data: 'none' });
    return partOf(name, tensorflow.version, zipOf(entries), unpackedOf(entries));
  });
}

/** Falx's sources in a folder that lists its parts, as a package does. */
function layProgram(parts: readonly MadePart[]): string {
  const program = at('program');
  mkdirSync(program);
  for (const name of ['src-main', 'package.json', 'LICENSE'])
    cpSync(path.join(programFolder, name), path.join(program, name), { recursive: true });
  for (const name of ['node_modules', 'out', 'resources', '.falx', 'build'])
    symlinkSync(path.join(programFolder, name), path.join(program, name));
  const list = { tensorflow: tensorflow.version, wheels: parts.map(({ part }) => part) };
  writeFileSync(path.join(program, 'gpu-pack.json'), JSON.stringify(list));
  return path.join(program, 'src-main', 'shells', 'cli', 'main.ts');
}

beforeAll(async () => {
  parts = madePack();
  lay(at('stick'), parts);
  lay(at('cut'), parts);
  truncateSync(at('cut', parts[2]!.part.file), 100);
  // A mirror that lacks these files.
  server = createServer((request, response) => {
    requested.push(request.url!);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const env = {
    FALX_RUNTIMES: at('runtimes'),
    FALX_GPU_MIRROR: `http://localhost:${(server.address() as AddressInfo).port}/`,
    LD_LIBRARY_PATH: tensorflow.folder,
  };
  const program = layProgram(parts);
  page = await open({}, () => serveFalx(home, env, { main: program }));
  hand = keyboard(page);
  await page.getByRole('main').waitFor();
  await page.goto(`${new URL(page.url()).origin}/#/settings`);
});
afterAll(() => void server.close());

const card = (): Locator => page.getByRole('region', { name: 'GPU support' });
const button = (name: string | RegExp): Locator => card().getByRole('button', { name });
const told = (): Locator => card().getByRole('alert');

/** Waits until the machine's card has been refreshed: the processor works. */
async function computesOnProcessor(): Promise<void> {
  const device = page.getByRole('region', { name: 'Device' });
  await hand.press(device.getByRole('button', { name: 'Check again' }));
  const processor = device.getByRole('listitem').filter({ hasText: 'core' });
  await expect.poll(() => processor.innerText()).toContain('In use');
  expect(await device.getByRole('alert').count()).toBe(0);
}

async function choose(folder: string): Promise<void> {
  await hand.press(button('From a folder or USB stick'));
  const picker = page.getByRole('dialog');
  const typed = picker.getByRole('textbox', { name: 'Path of a folder' });
  await expect.poll(() => typed.inputValue()).not.toBe('');
  await hand.write(typed, folder);
  await hand.press(picker.getByRole('button', { name: 'Open', exact: true }));
  await expect.poll(() => picker.innerText()).toContain(path.basename(folder));
  await hand.press(picker.getByRole('button', { name: 'Choose this folder' }));
}

test('says before anything is fetched from which server it would come, and where each file lies there', async () => {
  await card().getByText('Not added', { exact: true }).waitFor();
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  expect(await saidOf(button('Add GPU support'))).toContain(host);
  const fold = card().getByText(/files and where they come from/);
  await hand.press(fold);
  const listed = card().getByRole('listitem');
  await expect.poll(() => listed.count()).toBe(parts.length);
  const text = (await listed.allInnerTexts()).join('\n');
  for (const { part } of parts) expect(text).toContain(`http://${host}/${part.file} `);
  await hand.press(fold);
  expect(requested).toEqual([]);
});

test('what is missing on the server or damaged on the stick is told by its name, and the processor goes on', async () => {
  await card().getByText('Not added', { exact: true }).waitFor();
  await hand.press(button('Add GPU support'));
  await expect.poll(() => told().allInnerTexts()).toEqual([expect.stringContaining('404')]);
  await button('Try again').waitFor();
  await choose(at('cut'));
  const short = /Falx keeps using the processor: .*nvidia_cudnn_cu12.*should have .* bytes and has 100/;
  await expect.poll(() => told().allInnerTexts()).toEqual([expect.stringMatching(short)]);
  await card().getByText('Not added', { exact: true }).waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await computesOnProcessor();
});

test('from a whole stick it is added, checked, and removed again, each said', async () => {
  await choose(at('stick'));
  await card().getByText('Added', { exact: true }).first().waitFor();
  await button(/^Remove/).waitFor();
  expect(await told().count()).toBe(0);
  await computesOnProcessor();
  await hand.press(button('Check its files'));
  await page.getByText(/^All \d+ files are /).waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await hand.press(button(/^Remove/));
  await page.getByRole('dialog').getByText('Remove GPU support?').waitFor();
  await page.keyboard.press('Escape');
  await card().getByText('Added', { exact: true }).first().waitFor();
  await hand.press(button(/^Remove/));
  await hand.press(page.getByRole('dialog').getByRole('button', { name: 'Remove it' }));
  await card().getByText('Not added', { exact: true }).waitFor();
  await computesOnProcessor();
  expectNoComplaint();
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Prediction } from '../../src-main/contract/records.ts';
import { openLog } from '../../src-main/core/log.ts';
import { newUpload, removeAbandonedUploads, removeAnswered } from '../../src-main/core/uploads.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from '../registry/sample-records.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-answered-'));
const registry = Registry.open(home);
const log = openLog(home);
const beside = path.join(home, 'beside.png');

afterAll(() => {
  log.close();
  registry.close();
  rmSync(home, { recursive: true });
});
beforeEach(() => void registry.preferences.set({ keepHistory: false }));

async function sent(name = 'scan.png'): Promise<{ file: string; folder: string }> {
  const { folder } = await newUpload(home);
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), 'a scan');
  return { file: path.join(folder, name), folder };
}

test('files uploaded for an answer are deleted once the answer is left, and nothing else is', async () => {
  writeFileSync(beside, 'a scan of this computer');
  const [left, other] = [await sent('exam/one.png'), await sent()];
  await removeAnswered(home, registry, [left.file, `${left.file}#axial:3`, beside], log);
  expect([left.folder, other.file, beside].map((one) => existsSync(one))).toEqual([false, true, true]);
});

test('with a history it stays, since the history shows it', async () => {
  registry.preferences.set({ keepHistory: true });
  const { file } = await sent();
  await removeAnswered(home, registry, [file], log);
  expect(existsSync(file)).toBe(true);
});

test('what a dataset or an answer of before stands on stays', async () => {
  const [imported, answered] = [await sent(), await sent()];
  registry.datasets.add({ ...sample.dataset('ds-1'), folder: imported.folder }, [], []);
  registry.splits.add(sample.split('sp-1', 'ds-1'), []);
  registry.runs.add(sample.run('run-1', 'sp-1'));
  const answer: Prediction = {
    runId: 'run-1',
    file: answered.file,
    sha256: '1'.repeat(64),
    answer: 'negative',
    notices: [],
    probability: 0.2,
    calibrated: null,
    conformal: null,
    label: 'Healthy',
    positive: false,
    threshold: 0.5,
    milliseconds: 40,
    error: null,
    created: '2026-01-02T03:04:05.678Z',
  };
  registry.predictions.add(answer);
  await removeAnswered(home, registry, [imported.file, answered.file], log);
  expect([imported.file, answered.file].map((one) => existsSync(one))).toEqual([true, true]);
});

/** The id of a process that no longer exists. */
const gone = () => spawnSync(process.execPath, ['-e', '']).pid;

async function left(purpose: 'keep' | 'answer', pid: number | string): Promise<string> {
  const { folder } = await newUpload(home, purpose);
  writeFileSync(path.join(folder, 'scan.png'), 'a scan');
  if (purpose === 'answer') writeFileSync(path.join(folder, '.to-answer'), String(pid));
  return folder;
}

test('files uploaded for an answer to a Falx that crashed are deleted once another starts', async () => {
  const sentFor = [
    await left('answer', gone()),
    await left('answer', process.ppid), // in use by another window's Falx
    await left('keep', gone()), // half of a dataset
    await left('answer', 'no number'),
  ];
  await removeAbandonedUploads(home, registry, log);
  expect(sentFor.map((folder) => existsSync(folder))).toEqual([false, true, true, true]);
});

test('with a history it stays for a day: an answer may stand on it', async () => {
  registry.preferences.set({ keepHistory: true });
  const folder = await left('answer', gone());
  await removeAbandonedUploads(home, registry, log);
  expect(existsSync(folder)).toBe(true);
});

test('an upload names the process that it is sent to', async () => {
  const { folder } = await newUpload(home, 'answer');
  expect(readFileSync(path.join(folder, '.to-answer'), 'utf8')).toBe(String(process.pid));
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../src-main/registry/connection.ts';
import { newId, Registry } from '../../src-main/registry/registry.ts';
import * as sample from './records.ts';

let home: string;
let registry: Registry;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-registry-'));
  registry = Registry.open(home);
});
afterEach(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

/** A dataset of two images, its split and one queued run. */
function addLine(): [number, number] {
  registry.addDataset(
    sample.dataset('ds-1', 'scans'),
    [sample.image('Healthy/a.jpg'), sample.image('Brain Tumor/b.jpg', 'Brain Tumor')],
    [{ file: 'Healthy/c.jpg', reason: 'The file is empty.' }],
  );
  const [first, second] = registry.images('ds-1').map((image) => image.id) as [number, number];
  registry.addSplit(sample.split('sp-1', 'ds-1'), [
    { imageId: second, part: 'test' },
    { imageId: first, part: 'train' },
  ]);
  registry.addRun(sample.run('run-1', 'sp-1'));
  return [first, second];
}

describe('records', () => {
  test('come back as they were given, through another connection', () => {
    const [first, second] = addLine();
    registry.addEpoch('run-1', sample.epoch(1));
    registry.putMetrics(sample.metrics('run-1'));
    const other = Registry.open(home);
    expect(other.datasets()).toEqual([sample.dataset('ds-1', 'scans')]);
    expect(other.images('ds-1')).toEqual([
      { ...sample.image('Healthy/a.jpg'), id: first, datasetId: 'ds-1' },
      { ...sample.image('Brain Tumor/b.jpg', 'Brain Tumor'), id: second, datasetId: 'ds-1' },
    ]);
    expect(other.quarantined('ds-1')).toEqual([{ file: 'Healthy/c.jpg', reason: 'The file is empty.' }]);
    expect(other.splits('ds-1')).toEqual([sample.split('sp-1', 'ds-1')]);
    expect(other.parts('sp-1')).toEqual([
      { imageId: first, part: 'train' },
      { imageId: second, part: 'test' },
    ]);
    expect(other.run('run-1')).toEqual(sample.run('run-1', 'sp-1'));
    expect(other.epochs('run-1')).toEqual([sample.epoch(1)]);
    expect(other.metrics('run-1', 'test')).toEqual([sample.metrics('run-1')]);
    expect(other.metrics('run-1', 'train')).toEqual([]);
    other.close();
  });

  test('are refused when they are not what the contract says', () => {
    const wrong = { ...sample.dataset('ds-1'), hash: 'short' };
    expect(() => registry.addDataset(wrong, [], [])).toThrow(/hash/);
    expect(registry.datasets()).toEqual([]);
  });

  test('that were changed by another hand are refused when read, naming the table', () => {
    addLine();
    const hand = new SQLite(path.join(home, 'registry.sqlite'));
    hand.exec(`UPDATE runs SET network = 'alexnet'`);
    hand.close();
    expect(() => registry.run('run-1')).toThrow(/holds a row in "runs".*network/s);
  });

  test('of a dataset are added all or none', () => {
    const twice = [sample.image('Healthy/a.jpg'), sample.image('Healthy/a.jpg')];
    expect(() => registry.addDataset(sample.dataset('ds-1'), twice, [])).toThrow(
      expect.objectContaining({ code: 'registry' }),
    );
    expect(registry.datasets()).toEqual([]);
    expect(registry.images('ds-1')).toEqual([]);
  });

  test('may not refer to what is not there', () => {
    expect(() => registry.addRun(sample.run('run-1', 'sp-none'))).toThrow(
      expect.objectContaining({ code: 'registry' }),
    );
  });
});

describe('a dataset', () => {
  test('whose name is taken gets a number', () => {
    const names = ['ds-1', 'ds-2', 'ds-3'].map(
      (id) => registry.addDataset(sample.dataset(id, 'scans'), [], []).name,
    );
    expect(names).toEqual(['scans', 'scans-2', 'scans-3']);
    expect(registry.dataset('scans-2').id).toBe('ds-2');
    expect(registry.dataset('ds-3').name).toBe('scans-3');
  });

  test('that is not there is named, with the nearest ones', () => {
    registry.addDataset(sample.dataset('ds-abcdefgh', 'scans'), [], []);
    expect(() => registry.dataset('scan')).toThrow(
      expect.objectContaining({
        code: 'not-found',
        message: 'There is no dataset "scan" in this home folder. Nearest: scans, ds-abcdefgh.',
      }),
    );
    expect(() => registry.run('run-x')).toThrow(/make one with "falx train SPLIT"/);
  });
});

describe('a run', () => {
  test('is claimed once, oldest first, with the time and the process', () => {
    addLine();
    registry.addRun(sample.run('run-2', 'sp-1'));
    const first = registry.claimNextQueued(111);
    expect(first).toMatchObject({ id: 'run-1', status: 'running' });
    expect(Date.parse(first!.started!)).toBeGreaterThan(Date.now() - 10_000);
    expect(registry.runnerPid('run-1')).toBe(111);
    expect(registry.claimNextQueued(222)?.id).toBe('run-2');
    expect(registry.claimNextQueued(333)).toBeNull();
  });

  test('a process can ask for runs of its own only', () => {
    addLine();
    registry.addRun(sample.run('run-2', 'sp-1'));
    expect(registry.claimNextQueued(111, ['run-2', 'run-9'])?.id).toBe('run-2');
    expect(registry.claimNextQueued(111, ['run-2', 'run-9'])).toBeNull();
    expect(registry.claimNextQueued(111, [])).toBeNull();
    expect(registry.run('run-1').status).toBe('queued');
  });

  test('that is no longer running belongs to no process', () => {
    addLine();
    registry.claimNextQueued(111);
    registry.updateRun('run-1', { status: 'done', bestEpoch: 3, device: 'CPU' });
    expect(registry.run('run-1')).toMatchObject({
      status: 'done',
      bestEpoch: 3,
      device: 'CPU',
      network: 'mobilenetv2',
    });
    expect(registry.runnerPid('run-1')).toBeNull();
    expect(() => registry.updateRun('run-9', { status: 'done' })).toThrow(/no run "run-9"/);
  });

  test('keeps one record for an epoch that was trained twice', () => {
    addLine();
    registry.addEpoch('run-1', sample.epoch(1));
    registry.addEpoch('run-1', sample.epoch(2));
    registry.addEpoch('run-1', { ...sample.epoch(2), trainLoss: 9 });
    expect(registry.epochs('run-1').map((epoch) => epoch.trainLoss)).toEqual([0.5, 9]);
  });

  test('gives its test predictions with the label of each image', () => {
    const [healthy, tumour] = addLine();
    registry.addTestPredictions('run-1', [
      { imageId: tumour, probability: 0.875 },
      { imageId: healthy, probability: 0.125 },
    ]);
    expect(registry.testPredictions('run-1')).toEqual([
      { imageId: healthy, label: 0, probability: 0.125 },
      { imageId: tumour, label: 1, probability: 0.875 },
    ]);
    registry.addTestPredictions('run-1', [{ imageId: tumour, probability: 0.5 }]);
    expect(registry.testPredictions('run-1')).toHaveLength(1);
  });

  test('gives the newest predictions, oldest of them first', () => {
    addLine();
    const prediction = (file: string, positive: boolean | null) => ({
      runId: 'run-1',
      file,
      sha256: null,
      probability: positive === null ? null : 0.75,
      label: positive ? 'Brain Tumor' : null,
      positive,
      milliseconds: 4,
      error: positive === null ? 'Not an image.' : null,
      created: '2026-01-02T03:04:05Z',
    });
    const all = [prediction('a', true), prediction('b', null), prediction('c', false)];
    for (const one of all) registry.addPrediction(one);
    expect(registry.predictions('run-1')).toEqual(all);
    expect(registry.predictions(undefined, 2)).toEqual(all.slice(1));
    expect(registry.predictions('run-2')).toEqual([]);
  });
});

describe('the file', () => {
  test('is written through to the disk before a write returns, with foreign keys held', () => {
    const db = connect(home);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2); // FULL
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    db.close();
  });

  test('that is no database is refused with a remedy', () => {
    const other = mkdtempSync(path.join(tmpdir(), 'falx-registry-'));
    writeFileSync(
      path.join(other, 'registry.sqlite'),
      'this is a text file, long enough to be looked at\n'.repeat(40),
    );
    expect(() => Registry.open(other)).toThrow(
      expect.objectContaining({
        code: 'registry',
        message: expect.stringMatching(/restore it from a backup/),
      }),
    );
    rmSync(other, { recursive: true });
  });

  test('in a place that cannot be a folder is refused with a remedy', () => {
    writeFileSync(path.join(home, 'file'), '');
    expect(() => Registry.open(path.join(home, 'file', 'home'))).toThrow(
      expect.objectContaining({ code: 'disk', message: expect.stringMatching(/--home/) }),
    );
  });
});

test('ids are short, random and free of letters that are misread', () => {
  const ids = Array.from({ length: 1000 }, () => newId('run'));
  expect(new Set(ids).size).toBe(1000);
  expect(ids.every((id) => /^run-[0-9a-hjkmnp-tv-z]{8}$/.test(id))).toBe(true);
});

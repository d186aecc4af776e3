import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultPreferences } from '../../src-main/contract/views.ts';
import { connect } from '../../src-main/registry/connection.ts';
import { newId, Registry } from '../../src-main/registry/registry.ts';
import * as sample from './sample-records.ts';
import { expectWithin } from '../timed.ts';

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
  registry.datasets.add(
    sample.dataset('ds-1', 'scans'),
    [sample.image('Healthy/a.jpg'), sample.image('Brain Tumor/b.jpg', 'Brain Tumor')],
    [{ file: 'Healthy/c.jpg', reason: 'The file is empty.' }],
  );
  const [first, second] = registry.images.list('ds-1').map((image) => image.id) as [number, number];
  registry.splits.add(sample.split('sp-1', 'ds-1'), [
    { imageId: second, part: 'test' },
    { imageId: first, part: 'train' },
  ]);
  registry.runs.add(sample.run('run-1', 'sp-1'));
  return [first, second];
}

describe('records', () => {
  test('come back as they were given, through another connection', () => {
    const [first, second] = addLine();
    registry.epochs.add('run-1', sample.epoch(1));
    registry.metrics.put(sample.metrics('run-1'));
    const other = Registry.open(home);
    expect(other.datasets.list()).toEqual([sample.dataset('ds-1', 'scans')]);
    expect(other.images.list('ds-1')).toEqual([
      { ...sample.image('Healthy/a.jpg'), id: first, datasetId: 'ds-1' },
      { ...sample.image('Brain Tumor/b.jpg', 'Brain Tumor'), id: second, datasetId: 'ds-1' },
    ]);
    expect(other.quarantine.list('ds-1')).toEqual([{ file: 'Healthy/c.jpg', reason: 'The file is empty.' }]);
    expect(other.splits.list('ds-1')).toEqual([sample.split('sp-1', 'ds-1')]);
    expect(other.parts.list('sp-1')).toEqual([
      { imageId: first, part: 'train' },
      { imageId: second, part: 'test' },
    ]);
    expect(other.runs.get('run-1')).toEqual(sample.run('run-1', 'sp-1'));
    expect(other.epochs.list('run-1')).toEqual([sample.epoch(1)]);
    expect(other.metrics.list('run-1', 'test')).toEqual([sample.metrics('run-1')]);
    expect(other.metrics.list('run-1', 'train')).toEqual([]);
    other.close();
  });

  test('are refused when they are not what the contract says', () => {
    const wrong = { ...sample.dataset('ds-1'), hash: 'short' };
    expect(() => registry.datasets.add(wrong, [], [])).toThrow(/hash/);
    expect(registry.datasets.list()).toEqual([]);
  });

  test('that were changed by another hand are refused when read, naming the table', () => {
    addLine();
    const hand = new SQLite(path.join(home, 'registry.sqlite'));
    hand.exec(`UPDATE runs SET network = 'alexnet'`);
    hand.close();
    expect(() => registry.runs.get('run-1')).toThrow(/holds a row in "runs".*network/s);
  });

  test('of a dataset are added all or none', () => {
    const twice = [sample.image('Healthy/a.jpg'), sample.image('Healthy/a.jpg')];
    expect(() => registry.datasets.add(sample.dataset('ds-1'), twice, [])).toThrow(
      expect.objectContaining({ code: 'registry' }),
    );
    expect(registry.datasets.list()).toEqual([]);
    expect(registry.images.list('ds-1')).toEqual([]);
  });

  test('may not refer to what is not there', () => {
    expect(() => registry.runs.add(sample.run('run-1', 'sp-none'))).toThrow(
      expect.objectContaining({ code: 'registry' }),
    );
  });
});

describe('a dataset', () => {
  test('whose name is taken gets a number', () => {
    const names = ['ds-1', 'ds-2', 'ds-3'].map(
      (id) => registry.datasets.add(sample.dataset(id, 'scans'), [], []).name,
    );
    expect(names).toEqual(['scans', 'scans-2', 'scans-3']);
    expect(registry.datasets.get('scans-2').id).toBe('ds-2');
    expect(registry.datasets.get('ds-3').name).toBe('scans-3');
  });

  test('that is not there is named, with the nearest ones', () => {
    registry.datasets.add(sample.dataset('ds-abcdefgh', 'scans'), [], []);
    expect(() => registry.datasets.get('scan')).toThrow(
      expect.objectContaining({
        code: 'not-found',
        message: 'There is no dataset "scan" in this home folder. Nearest: scans, ds-abcdefgh.',
      }),
    );
    expect(() => registry.runs.get('run-x')).toThrow(/make one with "falx train SPLIT"/);
  });
});

describe('a run', () => {
  test('is claimed once, oldest first, with the time and the process', () => {
    addLine();
    registry.runs.add(sample.run('run-2', 'sp-1'));
    const first = registry.queue.claimNext(111);
    expect(first).toMatchObject({ id: 'run-1', status: 'running' });
    expect(Date.parse(first!.started!)).toBeGreaterThan(Date.now() - 10_000);
    expect(registry.runs.runnerPid('run-1')).toBe(111);
    expect(registry.queue.claimNext(222)?.id).toBe('run-2');
    expect(registry.queue.claimNext(333)).toBeNull();
  });

  test('a process can ask for runs of its own only', () => {
    addLine();
    registry.runs.add(sample.run('run-2', 'sp-1'));
    expect(registry.queue.claimNext(111, ['run-2', 'run-9'])?.id).toBe('run-2');
    expect(registry.queue.claimNext(111, ['run-2', 'run-9'])).toBeNull();
    expect(registry.queue.claimNext(111, [])).toBeNull();
    expect(registry.runs.get('run-1').status).toBe('queued');
  });

  test('that is no longer running belongs to no process', () => {
    addLine();
    registry.queue.claimNext(111);
    registry.runs.update('run-1', { status: 'done', bestEpoch: 3, device: 'CPU' });
    expect(registry.runs.get('run-1')).toMatchObject({
      status: 'done',
      bestEpoch: 3,
      device: 'CPU',
      network: 'mobilenetv2',
    });
    expect(registry.runs.runnerPid('run-1')).toBeNull();
    expect(() => registry.runs.update('run-9', { status: 'done' })).toThrow(/no run "run-9"/);
  });

  test('keeps one record for an epoch that was trained twice', () => {
    addLine();
    registry.epochs.add('run-1', sample.epoch(1));
    registry.epochs.add('run-1', sample.epoch(2));
    registry.epochs.add('run-1', { ...sample.epoch(2), trainLoss: 9 });
    expect(registry.epochs.list('run-1').map((epoch) => epoch.trainLoss)).toEqual([0.5, 9]);
  });

  test('gives its test predictions with the label of each image', () => {
    const [healthy, tumour] = addLine();
    registry.testPredictions.replace('run-1', [
      { imageId: tumour, probability: 0.875 },
      { imageId: healthy, probability: 0.125 },
    ]);
    expect(registry.testPredictions.list('run-1')).toEqual([
      { imageId: healthy, label: 0, probability: 0.125 },
      { imageId: tumour, label: 1, probability: 0.875 },
    ]);
    registry.testPredictions.replace('run-1', [{ imageId: tumour, probability: 0.5 }]);
    expect(registry.testPredictions.list('run-1')).toHaveLength(1);
  });

  test('gives the newest predictions, oldest of them first', () => {
    addLine();
    const prediction = (file: string, positive: boolean | null) => ({
      runId: 'run-1',
      file,
      sha256: null,
      answer: positive === null ? ('refused' as const) : ('unsure' as const),
      notices: [{ code: 'noticeColour', grade: 'refusal' as const, share: 0.5, limit: 0 }],
      calibrated: positive === null ? null : 0.7,
      conformal: positive === null ? null : { errorRate: 0.1, positive: 0.5, negative: 0.2 },
      probability: positive === null ? null : 0.75,
      label: positive ? 'Brain Tumor' : null,
      positive,
      threshold: 0.5,
      milliseconds: 4,
      error: positive === null ? 'Not an image.' : null,
      created: '2026-01-02T03:04:05Z',
    });
    const all = [prediction('a', true), prediction('b', null), prediction('c', false)];
    for (const one of all) registry.predictions.add(one);
    expect(registry.predictions.list('run-1')).toEqual(all);
    expect(registry.predictions.list(undefined, 2)).toEqual(all.slice(1));
    expect(registry.predictions.list('run-2')).toEqual([]);
  });
});

describe('removing', () => {
  const now = '2026-02-03T04:05:06.000Z';

  test('a dataset hides it and its runs from the lists, and what is asked for by id is still there', () => {
    addLine();
    registry.datasets.update('ds-1', { removed: now });
    expect(registry.datasets.list()).toEqual([]);
    expect(registry.datasets.list({ removed: true }).map(({ id }) => id)).toEqual(['ds-1']);
    expect(registry.runs.list()).toEqual([]);
    expect(registry.runs.list({ removed: 'any' }).map(({ id }) => id)).toEqual(['run-1']);
    expect(registry.datasets.get('ds-1').removed).toBe(now);
    expect(registry.runs.get('run-1').id).toBe('run-1');
    expect(() => registry.datasets.get('scans')).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(registry.queue.claimNext(111)).toBeNull();
    registry.datasets.update('ds-1', { removed: null });
    expect(registry.queue.claimNext(111)?.id).toBe('run-1');
  });

  test('a run hides it, and only then can it be deleted with all that came of it', () => {
    const [healthy] = addLine();
    registry.epochs.add('run-1', sample.epoch(1));
    registry.metrics.put(sample.metrics('run-1'));
    registry.testPredictions.replace('run-1', [{ imageId: healthy, probability: 0.5 }]);
    expect(() => registry.runs.delete('run-1')).toThrow(expect.objectContaining({ code: 'bad-run' }));
    registry.runs.update('run-1', { removed: now });
    expect(registry.runs.list()).toEqual([]);
    expect(registry.runs.list({ removed: true, splitId: 'sp-1' }).map(({ id }) => id)).toEqual(['run-1']);
    expect(registry.queue.list()).toEqual([]);
    registry.runs.delete('run-1');
    expect(() => registry.runs.get('run-1')).toThrow(expect.objectContaining({ code: 'not-found' }));
    const db = new SQLite(path.join(home, 'registry.sqlite'));
    for (const table of ['runs', 'epochs', 'metrics', 'testPredictions'])
      expect(db.prepare(`SELECT * FROM ${table}`).all(), table).toEqual([]);
    expect(db.prepare('SELECT * FROM images').all()).toHaveLength(2);
    db.close();
  });
});

describe('the queue', () => {
  beforeEach(() => {
    addLine();
    for (const id of ['run-2', 'run-3', 'run-4']) registry.runs.add(sample.run(id, 'sp-1'));
  });
  const order = () => registry.queue.list().map(({ id }) => id);

  test('is worked on in the order people give it', () => {
    registry.queue.move('run-4', 0);
    expect(order()).toEqual(['run-4', 'run-1', 'run-2', 'run-3']);
    registry.queue.move('run-1', 2);
    expect(order()).toEqual(['run-4', 'run-2', 'run-1', 'run-3']);
    registry.queue.move('run-4', 99);
    expect(order()).toEqual(['run-2', 'run-1', 'run-3', 'run-4']);
    expect(registry.queue.claimNext(111)?.id).toBe('run-2');
    registry.runs.add(sample.run('run-5', 'sp-1'));
    expect(order()).toEqual(['run-1', 'run-3', 'run-4', 'run-5']);
    expect(registry.runs.list().map(({ id }) => id)).toEqual(['run-1', 'run-2', 'run-3', 'run-4', 'run-5']);
  });

  test('gives a run that comes back its place, whatever was moved meanwhile', () => {
    registry.queue.claimNext(111);
    registry.queue.move('run-4', 0);
    registry.runs.update('run-1', { status: 'queued' });
    expect(order()).toEqual(['run-1', 'run-4', 'run-2', 'run-3']);
  });

  test('holds only runs that wait', () => {
    registry.queue.claimNext(111);
    expect(() => registry.queue.move('run-1', 0)).toThrow(
      expect.objectContaining({ code: 'bad-run', message: expect.stringMatching(/run-1 is running/) }),
    );
    expect(() => registry.queue.move('run-9', 0)).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});

describe('what a window shows', () => {
  test('of a dataset: counts by class, format and size, bytes and duplicates', () => {
    const like = (file: string, className: string, change: object) => ({
      ...sample.image(file, className),
      ...change,
    });
    const sha = (digit: string) => ({ sha256: digit.repeat(64) });
    registry.datasets.add(
      sample.dataset('ds-1'),
      [
        like('h/1', 'Healthy', { ...sha('1'), bytes: 100 }),
        like('h/2', 'Healthy', { ...sha('1'), bytes: 100, format: 'png' }),
        like('h/3', 'Healthy', { ...sha('2'), bytes: 7, width: 64, height: 32, givenPart: 'test' }),
        like('t/1', 'Brain Tumor', { ...sha('3'), bytes: 1 }),
      ],
      [{ file: 'h/4', reason: 'The file is empty.' }],
      { warnings: [{ code: 'warnLoose', parameters: { count: 1 } }], positiveSure: false },
    );
    expect(registry.images.counts('ds-1')).toEqual({
      images: 4,
      bytes: 208,
      classes: { Healthy: 3, 'Brain Tumor': 1 },
      formats: { jpeg: 3, png: 1 },
      sizes: [
        { width: 512, height: 480, className: 'Healthy', count: 2 },
        { width: 64, height: 32, className: 'Healthy', count: 1 },
        { width: 512, height: 480, className: 'Brain Tumor', count: 1 },
      ],
      distinctSizes: 2,
      duplicates: 1,
      givenParts: true,
      given: { train: 0, validation: 0, test: 1 },
    });
    expect(registry.quarantine.count('ds-1')).toBe(1);
    expect(registry.datasets.notes('ds-1')).toEqual({
      warnings: [{ code: 'warnLoose', parameters: { count: 1 } }],
      positiveSure: false,
    });
    expect(registry.datasets.dependents('ds-1')).toEqual({ splits: 0, runs: 0 });
  });

  test('of a dataset of files with several pictures: each file’s bytes once', () => {
    const slices = (file: string, bytes: number) =>
      [3, 4].map((at) => ({
        ...sample.image(`${file}#axial:${at}`, 'Healthy'),
        sha256: (bytes + at).toString(16).padStart(64, '0'),
        frame: `axial:${at}`,
        bytes,
      }));
    const plain = { ...sample.image('h/1.png', 'Healthy'), bytes: 5 };
    registry.datasets.add(
      sample.dataset('ds-1'),
      [...slices('h/a.nii', 100), ...slices('h/b.nii', 100), plain],
      [],
    );
    expect(registry.images.counts('ds-1')).toMatchObject({ images: 5, bytes: 205 });
  });

  test('of a dataset without images: zeros', () => {
    registry.datasets.add(sample.dataset('ds-1'), [], []);
    expect(registry.images.counts('ds-1')).toEqual({
      images: 0,
      bytes: 0,
      classes: { Healthy: 0, 'Brain Tumor': 0 },
      formats: {},
      sizes: [],
      distinctSizes: 0,
      duplicates: 0,
      givenParts: false,
      given: null,
    });
  });

  test('of a split: images of each part by class', () => {
    addLine();
    expect(registry.parts.counts('sp-1')).toEqual({
      train: { Healthy: 1, 'Brain Tumor': 0 },
      validation: { Healthy: 0, 'Brain Tumor': 0 },
      test: { Healthy: 0, 'Brain Tumor': 1 },
    });
    expect(registry.datasets.dependents('ds-1')).toEqual({ splits: 1, runs: 1 });
  });

  test('of runs: epochs of several at once, how far each has come, and their metrics', () => {
    addLine();
    registry.runs.add(sample.run('run-2', 'sp-1'));
    registry.runs.add(sample.run('run-3', 'sp-1'));
    registry.epochs.add('run-1', { ...sample.epoch(1), validationAccuracy: 0.7 });
    registry.epochs.add('run-1', { ...sample.epoch(2), validationAccuracy: 0.9 });
    registry.epochs.add('run-1', { ...sample.epoch(3), validationAccuracy: 0.95 });
    registry.runs.update('run-1', { bestEpoch: 2 });
    registry.epochs.add('run-2', sample.epoch(1));
    registry.metrics.put(sample.metrics('run-1'));
    const epochs = registry.epochs.ofRuns(['run-2', 'run-1', 'run-3']);
    expect([...epochs].map(([id, list]) => [id, list.map(({ epoch }) => epoch)])).toEqual([
      ['run-2', [1]],
      ['run-1', [1, 2, 3]],
      ['run-3', []],
    ]);
    expect(registry.epochs.progress()).toEqual(
      new Map([
        ['run-1', { epochsDone: 3, validationAccuracy: 0.9 }],
        ['run-2', { epochsDone: 1, validationAccuracy: null }],
      ]),
    );
    expect(registry.metrics.byRun('test')).toEqual(new Map([['run-1', sample.metrics('run-1')]]));
    expect(registry.metrics.byRun('train')).toEqual(new Map());
  });

  test('of a scan: the files that held it, newest first, each once', () => {
    addLine();
    const predicted = (file: string, sha256: string) =>
      registry.predictions.add({
        runId: 'run-1',
        file,
        sha256,
        answer: 'positive',
        notices: [],
        calibrated: null,
        conformal: null,
        probability: 0.75,
        label: 'Brain Tumor',
        positive: true,
        threshold: 0.25,
        milliseconds: 4,
        error: null,
        created: '2026-01-02T03:04:05Z',
      });
    for (const file of ['/a', '/b', '/a', '/b']) predicted(file, 'd'.repeat(64));
    predicted('/c', 'e'.repeat(64));
    expect(registry.predictions.scanFiles('d'.repeat(64))).toEqual(['/b', '/a']);
    expect(registry.predictions.scanFiles('f'.repeat(64))).toEqual([]);
    expect(registry.predictions.list('run-1', 1)[0]!.threshold).toBe(0.25);
  });
});

describe('a dataset is changed', () => {
  test('in its name, unless another has it', () => {
    for (const id of ['ds-1', 'ds-2']) registry.datasets.add(sample.dataset(id, `of ${id}`), [], []);
    expect(registry.datasets.update('ds-1', { name: 'knees' })).toEqual(sample.dataset('ds-1', 'knees'));
    expect(registry.datasets.get('knees').id).toBe('ds-1');
    expect(() => registry.datasets.update('ds-1', { name: 'of ds-2' })).toThrow(
      expect.objectContaining({ code: 'bad-usage', message: expect.stringMatching(/already\. Choose/) }),
    );
    registry.datasets.update('ds-2', { removed: '2026-02-03T04:05:06Z' });
    expect(() => registry.datasets.update('ds-1', { name: 'of ds-2' })).toThrow(
      /among those that were removed/,
    );
  });

  test('in its positive class, until a run stands on it', () => {
    registry.datasets.add(sample.dataset('ds-1'), [], [], { warnings: [], positiveSure: false });
    expect(registry.datasets.update('ds-1', { positive: 'Healthy' }).positive).toBe('Healthy');
    expect(registry.datasets.notes('ds-1').positiveSure).toBe(true);
    expect(() => registry.datasets.update('ds-1', { positive: 'Knee' })).toThrow(
      expect.objectContaining({
        code: 'bad-usage',
        message: expect.stringMatching(/"Healthy" and "Brain Tumor"/),
      }),
    );
    registry.splits.add(sample.split('sp-1', 'ds-1'), []);
    registry.runs.add(sample.run('run-1', 'sp-1'));
    expect(() => registry.datasets.update('ds-1', { positive: 'Brain Tumor' })).toThrow(
      expect.objectContaining({
        code: 'bad-dataset',
        message: expect.stringMatching(/run-1 was made with it/),
      }),
    );
    expect(registry.datasets.update('ds-1', { positive: 'Healthy' }).positive).toBe('Healthy');
  });
});

describe('preferences', () => {
  test('are the defaults until some are changed, and what is left out stays', () => {
    expect(registry.preferences.get()).toEqual(defaultPreferences);
    registry.preferences.set({ theme: 'dark' });
    const all = registry.preferences.set({ language: 'ko', theme: undefined });
    expect(all).toEqual({ ...defaultPreferences, theme: 'dark', language: 'ko' });
    expect(registry.preferences.get()).toEqual(all);
  });

  test('that are none are refused', () => {
    expect(() => registry.preferences.set({ theme: 'pink' as 'dark' })).toThrow(/theme/);
    expect(registry.preferences.get()).toEqual(defaultPreferences);
  });
});

test('a page of 100,000 images reads that page alone, wherever it lies', () => {
  registry.datasets.add(sample.dataset('ds-1'), [], []);
  const hand = new SQLite(path.join(home, 'registry.sqlite'));
  hand.exec(`
    WITH RECURSIVE numbers (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number < 99999)
    INSERT INTO images (datasetId, file, className, sha256, bytes, format, width, height)
    SELECT 'ds-1', number || '.jpg', iif(number % 3 = 0, 'Brain Tumor', 'Healthy'), printf('%064x', number), 9, 'jpeg', 8, 6
    FROM numbers`);
  hand.close();
  const pages = [
    { className: null, offset: 0, limit: 200 },
    { className: null, offset: 99_900, limit: 200 },
    { className: 'Healthy', offset: 66_000, limit: 200 },
  ];
  expect(registry.images.page('ds-1', pages[1]!).images.map(({ file }) => file)).toEqual(
    Array.from({ length: 100 }, (_, index) => `${99_900 + index}.jpg`),
  );
  expect(registry.images.page('ds-1', pages[2]!).total).toBe(66_666);
  const milliseconds = (work: () => unknown): number => {
    const began = performance.now();
    work();
    return performance.now() - began;
  };
  // Relative to the total in the same run: the machine's load slows both.
  const whole = milliseconds(() => registry.images.list('ds-1'));
  for (const page of pages) {
    const times = Array.from({ length: 9 }, () => milliseconds(() => registry.images.page('ds-1', page)));
    expectWithin(Math.min(...times), whole / 10);
  }
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
        message: expect.stringMatching(/is damaged, or is not one of Falx.*move it away to start afresh/),
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

describe('the first steps', () => {
  test('come first in a new home, and are not shown to who has data in it', () => {
    const home = mkdtempSync(path.join(tmpdir(), 'falx-first-'));
    const registry = Registry.open(home);
    expect(registry.preferences.get().firstSteps).toBe('language');
    registry.datasets.add(sample.dataset('ds-1'), [], []);
    expect(registry.preferences.get().firstSteps).toBe('done');
    // On request, they are shown.
    expect(registry.preferences.set({ firstSteps: 'language' }).firstSteps).toBe('language');
    expect(registry.preferences.get().firstSteps).toBe('language');
    registry.close();
    rmSync(home, { recursive: true });
  });
});

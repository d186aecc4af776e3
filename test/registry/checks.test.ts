import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CheckRecord, TwinLink } from '../../src-main/contract/check.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from './sample-records.ts';

let home: string;
let registry: Registry;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-checks-'));
  registry = Registry.open(home);
});
afterEach(() => {
  registry.close();
  rmSync(home, { recursive: true });
});
const reopen = () => {
  registry.close();
  registry = Registry.open(home);
};

/** Adds a dataset with this many images. @returns their ids. */
function dataset(id: string, files: number | string[]): number[] {
  const names = typeof files === 'number' ? Array.from({ length: files }, (_, n) => `${n}.png`) : files;
  registry.datasets.add(
    sample.dataset(id),
    names.map((name) => sample.image(`Healthy/${name}`)),
    [],
  );
  return registry.images.list(id).map((image) => image.id);
}

const record = (datasetId: string, change: Partial<CheckRecord> = {}): CheckRecord => ({
  datasetId,
  datasetHash: 'a'.repeat(64),
  created: '2026-01-02T03:04:05.678Z',
  method: 'twins-1',
  images: 4,
  compared: 3,
  seconds: 0.25,
  unreadable: [{ file: 'Healthy/9.png', reason: 'It is gone.' }],
  ...change,
});
const link = (firstId: number, otherId: number, change: TwinLink['change'] = null): TwinLink => ({
  firstId,
  otherId,
  correlation: 0.987,
  detail: 0.95,
  change,
});

describe('a check', () => {
  test('is kept with its twins, and a later one takes its place', () => {
    const [a, b, c] = dataset('ds-1', 4) as [number, number, number];
    expect(registry.checks.record('ds-1')).toBeNull();
    const links = [link(a, b, { mirrored: true, turned: 90, rotated: -3.5 }), link(a, c)];
    registry.checks.put(record('ds-1'), links);
    reopen();
    expect(registry.checks.record('ds-1')).toEqual(record('ds-1'));
    expect(registry.checks.links('ds-1')).toEqual(links);
    const later = record('ds-1', { created: '2026-02-02T03:04:05.678Z' });
    registry.checks.put(later, [link(b, c)]);
    expect(registry.checks.record('ds-1')).toEqual(later);
    expect(registry.checks.links('ds-1')).toEqual([link(b, c)]);
  });

  test('of images that are not there is not stored, nor half of it', () => {
    const [a, b] = dataset('ds-1', 4) as [number, number];
    expect(() => registry.checks.put(record('ds-1'), [link(a, b), link(a, 9999)])).toThrow(
      expect.objectContaining({ code: 'registry' }),
    );
    expect(registry.checks.record('ds-1')).toBeNull();
    expect(registry.checks.links('ds-1')).toEqual([]);
  });
});

describe('the state', () => {
  test('tells which part of it changed', () => {
    const [a, b] = dataset('ds-1', 4) as [number, number];
    dataset('ds-2', 4);
    const seen = [registry.checks.state('ds-1')];
    const changed = (work: () => void) => {
      work();
      const [before, now] = [seen.at(-1)!, registry.checks.state('ds-1')];
      seen.push(now);
      return (['images', 'twins', 'decisions'] as const).filter((part) => before[part] !== now[part]);
    };
    expect(changed(() => registry.checks.put(record('ds-1'), [link(a, b)]))).toEqual(['twins']);
    expect(changed(() => registry.checks.put(record('ds-2'), []))).toEqual([]);
    expect(changed(() => registry.checks.decide('ds-1', 'drop', [a]))).toEqual(['decisions']);
    expect(changed(() => registry.checks.undo('ds-1'))).toEqual(['decisions']);
    expect(changed(() => registry.checks.redo('ds-1'))).toEqual(['decisions']);
    expect(changed(() => registry.checks.undo('ds-1'))).toEqual(['decisions']);
    expect(changed(() => registry.checks.decide('ds-1', 'drop', [a]))).toEqual(['decisions']);
    expect(changed(() => undefined)).toEqual([]);
  });
});

describe('decisions', () => {
  const idsOf = (some: readonly { imageIds: number[] }[]) => some.map(({ imageIds }) => imageIds);

  test('are taken back one by one and brought back in turn, after a restart too', () => {
    const [a, b, c, d] = dataset('ds-1', 4) as [number, number, number, number];
    registry.checks.decide('ds-1', 'drop', [a]);
    registry.checks.decide('ds-1', 'same-patient', [c, b, c]);
    registry.checks.decide('ds-1', 'keep', [d]);
    const holding = () => idsOf(registry.checks.decisions('ds-1').filter(({ undone }) => undone === null));
    expect(holding()).toEqual([[a], [b, c], [d]]);
    expect(registry.checks.undo('ds-1')).toMatchObject({ kind: 'keep', imageIds: [d] });
    reopen();
    expect(registry.checks.undo('ds-1')).toMatchObject({ kind: 'same-patient' });
    expect(holding()).toEqual([[a]]);
    reopen();
    expect(registry.checks.redo('ds-1')).toMatchObject({ kind: 'same-patient', undone: null });
    expect(registry.checks.redo('ds-1')).toMatchObject({ kind: 'keep' });
    expect(registry.checks.redo('ds-1')).toBeNull();
    for (let i = 0; i < 3; i += 1) expect(registry.checks.undo('ds-1')).not.toBeNull();
    expect(registry.checks.undo('ds-1')).toBeNull();
    expect(holding()).toEqual([]);
  });

  test('that were taken back are forgotten by a new one', () => {
    const [a, b] = dataset('ds-1', 4) as [number, number];
    registry.checks.decide('ds-1', 'drop', [a]);
    registry.checks.undo('ds-1');
    registry.checks.decide('ds-1', 'drop', [b]);
    expect(registry.checks.redo('ds-1')).toBeNull();
    expect(idsOf(registry.checks.decisions('ds-1'))).toEqual([[b]]);
  });

  test('about images of another dataset are refused, and nothing is forgotten for them', () => {
    const [a] = dataset('ds-1', 4) as [number];
    const [stranger] = dataset('ds-2', 1) as [number];
    registry.checks.decide('ds-1', 'drop', [a]);
    registry.checks.undo('ds-1');
    expect(() => registry.checks.decide('ds-1', 'drop', [a, stranger])).toThrow(
      expect.objectContaining({ code: 'not-found', message: expect.stringContaining(String(stranger)) }),
    );
    expect(registry.checks.redo('ds-1')).not.toBeNull();
  });

  test('of one dataset are no other’s', () => {
    const [a] = dataset('ds-1', 1) as [number];
    dataset('ds-2', 1);
    registry.checks.decide('ds-1', 'drop', [a]);
    expect(registry.checks.undo('ds-2')).toBeNull();
    expect(registry.checks.decisions('ds-2')).toEqual([]);
  });

  test('go over to a dataset that takes another’s place, by file', () => {
    const [a, b, c] = dataset('ds-1', ['a.png', 'b.png', 'c.png']) as [number, number, number];
    const [newB, , newA] = dataset('ds-2', ['b.png', 'new.png', 'a.png']) as [number, number, number];
    registry.checks.decide('ds-1', 'drop', [a, c]);
    registry.checks.decide('ds-1', 'keep', [c]);
    registry.checks.decide('ds-1', 'same-patient', [a, b]);
    registry.checks.decide('ds-1', 'drop', [b]);
    registry.checks.undo('ds-1');
    registry.checks.copyDecisions('ds-1', 'ds-2');
    const copied = registry.checks.decisions('ds-2');
    expect(copied.map(({ kind }) => kind)).toEqual(['drop', 'same-patient']);
    expect(idsOf(copied)).toEqual([[newA], [newB, newA].sort((x, y) => x - y)]);
    expect(registry.checks.undo('ds-2')).toMatchObject({ kind: 'same-patient' });
    expect(registry.checks.decisions('ds-1')).toHaveLength(4);
  });
});

test('verbs that are run together are stored together, or not at all', () => {
  const [a, b] = dataset('ds-1', 2) as [number, number];
  expect(() =>
    registry.transaction(() => {
      registry.checks.decide('ds-1', 'drop', [a]);
      registry.checks.decide('ds-1', 'drop', [b, 9999]);
    }),
  ).toThrow(expect.objectContaining({ code: 'not-found' }));
  expect(registry.checks.decisions('ds-1')).toEqual([]);
  expect(registry.transaction(() => registry.checks.decide('ds-1', 'drop', [a]).imageIds)).toEqual([a]);
});

test('a shortcut audit is kept, and a later one takes its place', () => {
  dataset('ds-1', 2);
  expect(registry.checks.shortcuts('ds-1')).toBeNull();
  const audit = {
    datasetId: 'ds-1',
    created: '2026-01-02T03:04:05.678Z',
    method: 'shortcuts-1',
    seed: 7,
    seconds: 1.5,
    shortcuts: [],
    means: [{ className: 'Healthy', thumbnail: Array.from({ length: 256 }, (_, n) => n), levels: [] }],
  };
  registry.checks.putShortcuts(audit);
  registry.checks.putShortcuts({ ...audit, seed: 8 });
  reopen();
  expect(registry.checks.shortcuts('ds-1')).toEqual({ ...audit, seed: 8 });
});

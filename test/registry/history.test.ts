import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Prediction } from '../../src-main/contract/records.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from './sample-records.ts';

let home: string;
let registry: Registry;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-history-'));
  registry = Registry.open(home);
  registry.datasets.add(sample.dataset('ds-1'), [], []);
  registry.splits.add(sample.split('sp-1', 'ds-1'), []);
  registry.runs.add(sample.run('run-1', 'sp-1'));
});
afterEach(() => {
  registry.close();
  rmSync(home, { recursive: true, force: true });
});

const answer = (file: string, sha256: string | null): Prediction => ({
  runId: 'run-1',
  file,
  sha256,
  answer: 'negative',
  notices: [],
  probability: 0.264,
  calibrated: null,
  conformal: null,
  label: 'Healthy',
  positive: false,
  threshold: 0.5,
  milliseconds: 3,
  error: null,
  created: '2026-01-02T03:04:05.678Z',
});
const trail = () => registry.audit.newest(1000).toReversed();
const files = () => registry.predictions.list().map(({ file }) => file);
const [one, other] = ['1'.repeat(64), '2'.repeat(64)];

test('answers on one scan are deleted, or all; the trail keeps that they were given', () => {
  for (const [file, sha256] of [
    ['/a.png', one],
    ['/copy-of-a.png', one],
    ['/b.png', other],
    ['/torn.png', null],
  ] as const)
    registry.predictions.add(answer(file, sha256));
  expect(registry.predictions.delete({ file: '/a.png', sha256: one })).toEqual([one]);
  expect(files()).toEqual(['/b.png', '/torn.png']);
  expect(registry.predictions.delete({ file: '/torn.png', sha256: null })).toEqual([]);
  expect(files()).toEqual(['/b.png']);
  expect(registry.predictions.delete(null)).toEqual([other]);
  expect(files()).toEqual([]);
  expect(registry.predictions.delete(null)).toEqual([]);
  const told = trail().map(({ entry }) => [entry.action, entry.facts['answers']]);
  expect(told.slice(-3)).toEqual([2, 1, 1].map((answers) => ['history-deleted', answers]));
  expect(told.filter(([action]) => action === 'predicted')).toHaveLength(4);
});

test('what is not to be kept can be shown until Falx ends, is listed nowhere, and stands in the trail without a name', () => {
  registry.predictions.add(answer('/secret-name.png', one), null, false);
  expect(files()).toEqual([]);
  expect(registry.predictions.scanFiles(one)).toEqual(['/secret-name.png']);
  expect(registry.predictions.isPassing(one)).toBe(true);
  const last = trail().at(-1)!;
  expect(last.entry.action).toBe('predicted');
  expect(JSON.stringify(trail())).not.toContain('secret-name');
  registry.close();
  registry = Registry.open(home);
  expect(registry.predictions.scanFiles(one)).toEqual([]);
  // An earlier one stays.
  registry.predictions.add(answer('/c.png', other));
  registry.predictions.add(answer('/c.png', other), null, false);
  expect(registry.predictions.isPassing(other)).toBe(false);
});

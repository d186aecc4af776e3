import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Registry } from '../../../src-main/registry/registry.ts';
import { resolveDataset, resolveRun, resolveSplit } from '../../../src-main/shells/cli/resolve.ts';
import * as sample from '../../registry/sample-records.ts';

let home: string;
let registry: Registry;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-resolve-'));
  registry = Registry.open(home);
  registry.datasets.add(sample.dataset('ds-abc12345', 'hospital-a'), [], []);
  registry.datasets.add(sample.dataset('ds-def12345', 'abc'), [], []);
  registry.splits.add(sample.split('sp-abc12345', 'ds-abc12345'), []);
  for (const id of ['run-abc12345', 'run-abd12345', 'run-xyz12345'])
    registry.runs.add(sample.run(id, 'sp-abc12345'));
});
afterEach(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

test('takes an id or a beginning that is no other’s, with or without its first part', () => {
  expect(resolveRun(registry, 'run-abc12345').id).toBe('run-abc12345');
  expect(resolveRun(registry, 'run-x').id).toBe('run-xyz12345');
  expect(resolveRun(registry, 'abd').id).toBe('run-abd12345');
  expect(resolveSplit(registry, 'sp-a').id).toBe('sp-abc12345');
});

test('takes a dataset’s name before the beginning of an id', () => {
  expect(resolveDataset(registry, 'hospital-a').id).toBe('ds-abc12345');
  expect(resolveDataset(registry, 'abc').id).toBe('ds-def12345');
  expect(resolveDataset(registry, 'ds-abc').id).toBe('ds-abc12345');
});

test('refuses what could be more than one, naming them', () => {
  expect(() => resolveRun(registry, 'run-ab')).toThrow(
    expect.objectContaining({
      code: 'bad-usage',
      message:
        '"run-ab" is the beginning of more than one run: "run-abc12345", "run-abd12345". Type more of it.',
    }),
  );
});

test('says when nothing fits', () => {
  expect(() => resolveRun(registry, 'run-q')).toThrow(expect.objectContaining({ code: 'not-found' }));
  expect(() => resolveRun(registry, '')).toThrow(expect.objectContaining({ code: 'not-found' }));
});

import { expect, test } from 'vitest';
import type { SplitView } from '../../src-main/contract/views.ts';
import { usualSplit } from '../../src-renderer/app/usual-split.ts';
import { split } from '../registry/sample-records.ts';
import { runView } from './run-view.ts';

const made = (id: string, day: number): SplitView => ({
  split: { ...split(id, 'ds-a'), created: `2026-01-0${day}T00:00:00.000Z` },
  classes: { train: {}, validation: {}, test: {} },
});
const splits = [made('sp-1', 1), made('sp-2', 2), made('sp-3', 3)];
const run = (splitId: string) => runView({ id: `run-${splitId}`, splitId });

test.each([
  ['none where there is none', [], [], null, null],
  ['the newest where none has runs', splits, [], null, 'sp-3'],
  ['the newest that has runs', splits, [run('sp-1'), run('sp-2')], null, 'sp-2'],
  ['the one that was worked on last', splits, [run('sp-2')], 'sp-1', 'sp-1'],
  ['not one that was removed since', splits, [run('sp-1')], 'sp-gone', 'sp-1'],
])('shows of a dataset %s', (_, there, runs, remembered, expected) => {
  expect(usualSplit(there, runs, remembered)).toBe(expected);
});

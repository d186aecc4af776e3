import { expect, test } from 'vitest';
import type { RunView } from '../../src-main/contract/views.ts';
import { stepStates } from '../../src-renderer/app/steps.ts';

const run = (hasModel: boolean, evaluated: boolean) =>
  ({ hasModel, metrics: evaluated ? {} : null }) as unknown as RunView;

test.each([
  ['nothing', {}, 'current later later later later open'],
  ['a dataset', { datasetId: 'ds-1' }, 'current open open later later open'],
  ['a split', { datasetId: 'ds-1', splitId: 'sp-1' }, 'current open done open later open'],
  ['a checked dataset', { datasetId: 'ds-1', checked: true }, 'current done open later later open'],
  [
    'a run that waits',
    { datasetId: 'ds-1', splitId: 'sp-1', runs: [run(false, false)] },
    'current open done open later open',
  ],
  [
    'a model',
    { datasetId: 'ds-1', splitId: 'sp-1', runs: [run(true, false)] },
    'current open done done open open',
  ],
  [
    'an evaluated model in use',
    { datasetId: 'ds-1', checked: true, splitId: 'sp-1', runs: [run(true, true)], hasModel: true },
    'current done done done done done',
  ],
])('says how far one is with %s', (_, standing, expected) => {
  const states = stepStates({
    current: 'data',
    datasetId: null,
    checked: false,
    splitId: null,
    runs: [],
    hasModel: false,
    ...standing,
  });
  expect(Object.values(states).join(' ')).toBe(expected);
});

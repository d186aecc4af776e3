import type { Run } from '../../src-main/contract/records.ts';
import { defaultSettings } from '../../src-main/contract/settings.ts';

/** A finished run's record, trained from random weights. */
export const aRun = (changes: Partial<Run> = {}): Run => ({
  id: 'run-aaaaaaaa',
  splitId: 'sp-aaaaaaaa',
  network: 'mobilenetv2',
  status: 'done',
  settings: defaultSettings('mobilenetv2', false, 32),
  datasetHash: '0'.repeat(64),
  splitHash: '1'.repeat(64),
  folder: '/nowhere',
  created: '2026-11-29T00:00:00.000Z',
  started: null,
  ended: null,
  bestEpoch: 1,
  error: null,
  errorFacts: undefined,
  versions: {},
  device: null,
  computedOn: null,
  weightsSha256: null,
  name: null,
  tags: [],
  notes: '',
  removed: null,
  ...changes,
});

import path from 'node:path';
import type { Run } from '../contract/records.ts';
import { newId } from '../registry/registry.ts';
import { versions } from '../version.ts';

/** A waiting run, of which only the training settings are known. @param home in which its folder will be created. */
export const newRun = (
  home: string,
  given: Pick<Run, 'splitId' | 'settings' | 'datasetHash' | 'splitHash'>,
  id: string = newId('run'),
): Run => ({
  ...given,
  id,
  network: given.settings.network,
  status: 'queued',
  folder: path.join(home, 'runs', id),
  created: new Date().toISOString(),
  started: null,
  ended: null,
  bestEpoch: null,
  error: null,
  versions: versions(),
  device: null,
  computedOn: null,
  weightsSha256: null,
  name: null,
  tags: [],
  notes: '',
  removed: null,
});

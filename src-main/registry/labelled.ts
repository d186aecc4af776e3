import { FalxError } from '../contract/errors.ts';
import { isLabelled } from '../contract/labels.ts';
import type { Dataset } from '../contract/records.ts';

/** @throws FalxError `bad-dataset` where there are no labels, with the way on. */
export function requireLabels(dataset: Pick<Dataset, 'id' | 'name' | 'classes' | 'folder'>): void {
  if (isLabelled(dataset)) return;
  const { id, name, folder } = dataset;
  throw new FalxError('noLabels', { dataset: id, name, folder });
}

import { FalxError } from '../contract/errors.ts';
import { isLabelled } from '../contract/labels.ts';
import type { Dataset } from '../contract/records.ts';

/** @throws FalxError `bad-dataset` where there are no labels, with the way on. */
export function requireLabels(dataset: Pick<Dataset, 'id' | 'name' | 'classes' | 'folder'>): void {
  if (isLabelled(dataset)) return;
  const { id, name, folder } = dataset;
  throw new FalxError(
    'bad-dataset',
    `The scans of "${name}" have no labels, which this needs. Put those of each class in a folder of their own, such as ` +
      `Tumour/ and Healthy/, or write a CSV of file and label, and import "${folder}" again (with --labels FILE.csv).`,
    { why: 'noLabels', dataset: id, name },
  );
}

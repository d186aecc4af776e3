import { FalxError } from '../contract/errors.ts';
import { isLabelled, UNLABELLED } from '../contract/labels.ts';
import type { Dataset } from '../contract/records.ts';

type Classes = Pick<Dataset, 'id' | 'name' | 'classes' | 'folder'>;

/** @throws FalxError `bad-dataset` if there are no labels or only those of one class, with a remedy. */
export function requireLabels(dataset: Classes): void {
  const error = withoutLabels(dataset);
  if (error) throw error;
}

/** Why a dataset can't be split or trained on; null if it has two classes. */
export function withoutLabels(dataset: Classes): FalxError | null {
  if (isLabelled(dataset)) return null;
  const { id, name, folder, classes } = dataset;
  return classes.length === 1 && classes[0] !== UNLABELLED
    ? oneClass(dataset)
    : new FalxError('noLabels', { dataset: id, name, folder });
}

/** All scans of a dataset are of one class. */
export const oneClass = ({ id, name }: Pick<Dataset, 'id' | 'name'>): FalxError =>
  new FalxError('datasetOneClass', { name, dataset: id });

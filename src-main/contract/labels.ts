import type { Dataset } from './records.ts';

/** What stands for a class where scans have no labels: their dataset has no other. */
export const UNLABELLED = 'unlabelled';

/** Whether the scans of a dataset are told apart by labels: without them it can't be split or trained on. */
export const isLabelled = ({ classes }: Pick<Dataset, 'classes'>): boolean => classes.length === 2;

import { error, note } from '../entry.ts';
import { choice, names, network, number, text } from '../parameters.ts';

/** What runs are put through besides their test set. */
export const studies = {
  validateWhat: error('bad-usage', {}),
  validatedOnItself: error('bad-usage', { run: text, dataset: text }),
  notValidated: error('bad-run', { run: text, dataset: text }),
  progressValidating: note({ percent: text }),
  validated: note({ run: text, network, trainedOn: text, dataset: text, images: number }),
  validatedClasses: note({ here: text, there: text }),
  validatedSeen: note({
    images: number,
    exact: number,
    train: number,
    validation: number,
    test: number,
    unseen: number,
  }),
  validatedUnread: note({ count: number }),
  validatedNoneUnseen: note({}),
  attributeUnknown: error('bad-usage', { by: text, dataset: text, known: names, any: choice('yes', 'no') }),
  attributeNoMatch: error('bad-dataset', {
    table: text,
    column: text,
    dataset: text,
    row: text,
    file: text,
    files: text,
  }),
  attributeManyValues: error('bad-dataset', { by: text, count: number, most: number }),
  attributeOneValue: error('bad-dataset', { by: text, count: number }),
  seedsOf: note({ network, size: text, seeds: number }),
  spreadColumn: note({ of: choice('measure', 'meanSd', 'leastMost', 'seed') }),
  foldDifference: note({ a: text, b: text, folds: number, measure: text, difference: text, p: text }),
  leaveOutUnknown: error('bad-dataset', { by: text, count: number, file: text }),
  leftOutStrayed: note({ count: number, by: text }),
  validationNotKept: error('bad-run', { run: text }),
  validationMissing: error('bad-run', { run: text, lacks: choice('scans', 'class') }),
  thresholdsChosen: note({ by: choice('youden', 'sensitivity', 'specificity', 'cost'), value: text }),
  thresholdChosen: note({
    run: text,
    network,
    threshold: text,
    sensitivity: text,
    specificity: text,
    positives: number,
    negatives: number,
  }),
  calibratedTable: note({ scans: number, temperature: text }),
  calibratedHow: note({ how: choice('none', 'temperature', 'isotonic') }),
  csvWithoutBy: error('bad-usage', { csv: text }),
  subgroupsOf: note({ run: text, network, by: text }),
  subgroupColumn: note({ value: text, scans: number, small: choice('yes', 'no') }),
  subgroupsSmall: note({ few: number }),
  subgroupsUnknown: note({ count: number }),
  /** How figures are counted. */
  unitOf: note({ unit: choice('perScan', 'perImage') }),
  /** Columns of figures. */
  studyColumn: note({
    of: choice('measure', 'testSet', 'all', 'known', 'unseen', 'drop', 'scans', 'leftOut', 'interval'),
  }),
} as const;

import { z } from 'zod';
import { error, note } from '../entry.ts';
import { choice, fact, list, message, network, number, text } from '../parameters.ts';

/** Evaluating and comparing runs. */
export const evaluate = {
  splitNoTest: error('bad-split', { split: text, run: text }),
  runDiverged: error('bad-run', { run: text }),
  labelsOneDataset: error('bad-usage', { count: number, list: text, datasets: fact(z.array(z.string())) }),
  labelsNotEvaluated: error('bad-run', { run: text, status: fact(z.string()) }),
  foldTwice: error('bad-usage', { one: text, other: text, network, fold: number }),
  foldsOfSeveralSets: error('bad-run', { list }),
  placeOfFold: note({ split: text, fold: number, set: text }),
  placeOfSplit: note({ split: text }),
  noneHasModel: error('bad-run', { list }),
  statusOfRun: note({ run: text, status: text }),
  testsDiffer: error('bad-run', { list }),
  splitOfRun: note({ run: text, split: text }),
  askingCancelled: error('cancelled', { run: text }),
  /** For one file among several that are predicted. */
  runNoAnswer: note({ run: text, file: text }),
  modelUnfinished: error('bad-run', { folder: text }),
  /** Conclusions from paired figures of two models on the same scans. */
  verdictBetter: note({
    better: message,
    other: message,
    by: choice('auc', 'accuracy'),
    atLeast: text,
    scans: number,
  }),
  verdictOpen: note({ a: message, b: message, scans: number, points: text, needed: number }),
  /** Pairs without a demonstrated difference, if there are many. */
  verdictsOpen: note({
    open: number,
    pairs: number,
    scans: number,
    points: text,
    least: number,
    most: number,
    one: choice('yes', 'no'),
  }),
  /** A run, with its network if the name does not contain it: otherwise `none`. */
  runAs: note({ run: text, network: text }),
  meanOfRuns: note({}),
  /** Groups of one scan or patient with images of both classes. */
  contradictionsFound: note({ groups: number, images: number }),
  foldsMissing: error('not-found', { id: text }),
} as const;

import { z } from 'zod';
import { error } from '../entry.ts';
import { brief, choice, detail, fact, number, optional, text } from '../parameters.ts';

/** Searching for twins and shortcuts, and users' decisions on them. */
export const check = {
  /** @param exit the thread's code; `none` if it failed before. */
  shortcutsStopped: error('worker-failed', { exit: text, said: optional(detail) }),
  twinsStopped: error('worker-failed', { exit: text, said: optional(detail) }),
  checkCancelled: error('cancelled', { dataset: fact(z.string()) }),
  auditShortcutsCancelled: error('cancelled', { dataset: fact(z.string()) }),
  shortcutsTooFew: error('bad-dataset', {
    dataset: fact(z.string()),
    className: text,
    name: text,
    groups: number,
    least: number,
  }),
  decisionNeedsTwo: error('bad-usage', { kind: text, imageIds: fact(z.unknown()) }),
  twinsOneFile: error('bad-usage', { imageIds: fact(z.unknown()) }),
  twinsNotLinked: error('bad-usage', {
    grouped: choice('yes', 'no'),
    first: text,
    imageIds: fact(z.unknown()),
  }),
  noTwinsLeft: error('bad-usage', { dataset: fact(z.string()), name: text, mixed: number, slices: number }),
  noDecision: error('bad-usage', { dataset: fact(z.string()), name: text, to: choice('undo', 'redo') }),
  patternTooSlow: error('bad-usage', { pattern: text, count: number }),
  patternWrong: error('bad-usage', { pattern: text, said: detail }),
  datasetUnreadable: error('bad-dataset', {
    dataset: fact(z.string()),
    name: text,
    count: number,
    folder: text,
    first: text,
    reason: brief,
  }),
} as const;

import { z } from 'zod';
import { error, note } from '../entry.ts';
import { choice, detail, fact, message, optional, text } from '../parameters.ts';

/** What a worker was doing, and with which run or network. */
const worker = {
  work: choice(
    'training',
    'trying',
    'previewing',
    'predicting',
    'exporting',
    'importing',
    'loading',
    'verifying',
  ),
  of: text,
  log: text,
};
/** How its process ended. */
const end = {
  code: fact(z.number().nullable()),
  signal: fact(z.string().nullable()),
  memoryRanOut: fact(z.boolean().nullable()),
};

/** TensorFlow and its processes. */
export const tensorflow = {
  tensorflowNotSetUp: error('tensorflow-missing', {
    installation: text,
    file: text,
    detail: optional(detail),
  }),
  /** @param installation `user` if it is GPU support that was installed later. */
  tensorflowNotLoaded: error('tensorflow-missing', { installation: text, file: text, detail }),
  processorNoAvx: error('tensorflow-missing', {}),
  loadMemory: error('out-of-memory', {}),
  tensorflowStopped: error('worker-failed', { detail }),
  /** Part of a sentence, in brackets. */
  tensorflowSays: note({ detail }),
  stepMemory: error('out-of-memory', { detail: optional(detail) }),
  modelNotOpened: error('bad-run', { folder: text, detail }),

  workerHung: error('worker-failed', { ...worker, how: choice('stopped', 'idle') }),
  workerNotStarted: error('worker-failed', { module: fact(z.string()), reason: message }),
  workerMemory: error('out-of-memory', { ...worker, ...end, how: choice('system', 'itself') }),
  workerKilled: error('out-of-memory', { ...worker, ...end }),
  workerGarbled: error('worker-failed', { ...worker, ...end, detail }),
  /** @param by the signal's name, or `none`. @param exit the code. @param last its last output. */
  workerEnded: error('worker-failed', {
    ...worker,
    ...end,
    by: text,
    exit: text,
    last: optional(fact(z.string())),
  }),
  workersAnswer: error('worker-failed', {
    installation: text,
    node: text,
    how: choice('stopped', 'other'),
    detail: optional(detail),
  }),
  logNotWritten: error('disk', { file: text, reason: message }),
} as const;

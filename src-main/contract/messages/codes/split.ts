import { z } from 'zod';
import { error } from '../entry.ts';
import { choice, fact, number, text } from '../parameters.ts';

/** Why a dataset can't be split as requested. */
export const split = {
  splitShares: error('bad-split', { test: number, validation: number }),
  splitFolds: error('bad-split', { folds: number, validation: number }),
  splitNoPatients: error('bad-usage', { dataset: fact(z.string()), name: text, by: fact(z.string()) }),
  splitPatternNothing: error('bad-usage', {
    dataset: fact(z.string()),
    pattern: text,
    name: text,
    example: text,
  }),
  splitNoGivenParts: error('bad-split', { dataset: fact(z.string()), name: text }),
  splitWithoutClass: error('bad-split', {
    dataset: fact(z.string()),
    part: choice('train', 'validation', 'test'),
    className: text,
    images: number,
    groups: number,
    grouped: choice('yes', 'no'),
  }),
  splitCrowdedOut: error('bad-split', {
    images: number,
    first: text,
    room: number,
    part: choice('train', 'validation', 'test'),
    group: fact(z.array(z.string())),
  }),
  splitChanged: error('bad-split', { split: text, run: fact(z.string()) }),
} as const;

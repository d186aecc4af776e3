import { z } from 'zod';
import { note } from '../entry.ts';
import { choice, fact, number, optional, percent, text } from '../parameters.ts';

/** Notices beside an answer: why there is none, or what may make it wrong. */
export const notices = {
  noticeModality: note({ modality: text, expected: text }),
  noticeBodyPart: note({ part: text }),
  /** @param share of coloured pixels. @param limit the highest share among the training scans. */
  noticeColour: note({ share: percent, limit: percent }),
  /** @param distance in feature space, @param limit of this grade: 1 − cosine similarity. @param falseAlarms share of validation scans beyond it. */
  noticeUnlike: note({
    how: choice('far', 'somewhat'),
    distance: fact(z.number()),
    limit: fact(z.number()),
    falseAlarms: percent,
  }),
  noticeBlurred: note({ sharpness: fact(z.number()), limit: fact(z.number()) }),
  noticeCropped: note({ border: fact(z.number()), limit: fact(z.number()) }),
  /** @param how it differs from the training scan. */
  noticeTwin: note({
    file: text,
    part: choice('train', 'validation'),
    how: choice('same', 'flipped', 'turned', 'changed'),
    className: text,
  }),
  noticeNotFitted: note({
    run: text,
    because: choice('noValidation', 'oneClass', 'notWritten', 'notYet', 'imagesGone', 'imported'),
  }),
  /** @param scans groups of the rarer class in the validation set. @param needed for this error rate. */
  noticeFewScans: note({ scans: number, needed: number, errorRate: percent }),
  noticeNearThreshold: note({ threshold: percent, distance: optional(fact(z.number())) }),
  answerWord: note({ of: choice('positive', 'negative', 'unsure', 'refused') }),
  researchUse: note({}),
  /** On the command line, for one file: several runs' mean, with the lowest and the highest. */
  predictedTogether: note({
    file: text,
    answer: choice('positive', 'negative', 'unsure', 'refused'),
    probability: text,
    low: text,
    high: text,
    models: number,
    disagree: choice('yes', 'no'),
    positive: number,
    name: text,
  }),
  /** On the command line, for one file among several. */
  predictedNotice: note({ grade: choice('refusal', 'warning', 'hint'), file: text, said: text }),
} as const;

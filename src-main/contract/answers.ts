import { z } from 'zod';
import { message, type ParametersOf } from './messages/catalogue.ts';

/**
 * What is answered for a scan: one of the two classes; `unsure`, which of them can't be told at the error rate that was
 * asked for; `refused`, it is no scan that the network could know, or could not be read.
 */
export const answerWords = ['positive', 'negative', 'unsure', 'refused'] as const;
export const AnswerWord = z.enum(answerWords);
export type AnswerWord = z.infer<typeof AnswerWord>;

/** How grave a notice is: a `refusal` takes the answer back, a `warning` says what may make it wrong, a `hint` more than that. */
export const grades = ['refusal', 'warning', 'hint'] as const;
export type Grade = (typeof grades)[number];

/** What can be told of an answer, gravest first: codes of the message catalogue, with the grades that each may have. */
export const noticeTable = {
  noticeModality: ['refusal'],
  noticeBodyPart: ['refusal', 'warning'],
  noticeColour: ['refusal'],
  noticeUnlike: ['refusal', 'warning'],
  noticeBlurred: ['warning'],
  noticeCropped: ['warning'],
  noticeTwin: ['warning'],
  noticeNotFitted: ['warning'],
  noticeFewScans: ['warning'],
  noticeNearThreshold: ['hint'],
} as const satisfies Readonly<Record<string, readonly Grade[]>>;
export type NoticeCode = keyof typeof noticeTable;
export const noticeCodes = Object.keys(noticeTable) as NoticeCode[];

/** A notice on its way to a program, a window or a record: beside code and grade its message's parameters. */
export const Notice = z.looseObject({ code: z.string(), grade: z.enum(grades) });
export type Notice = z.infer<typeof Notice>;

export const notice = <C extends NoticeCode>(
  code: C,
  grade: (typeof noticeTable)[C][number],
  parameters: ParametersOf<C>,
): Notice => ({ code, grade, ...message(code, parameters).parameters });

/** By which a notice is worded, as of an error's: `toldBy`. */
export function noticeFacts({ code, grade: _, ...parameters }: Notice): Record<string, unknown> {
  return { why: code, ...parameters };
}

/** Gravest first, in the table's order within a grade. */
export const inOrderOfGravity = (notices: readonly Notice[]): Notice[] =>
  notices.toSorted(
    (a, b) =>
      grades.indexOf(a.grade) - grades.indexOf(b.grade) ||
      noticeCodes.indexOf(a.code as NoticeCode) - noticeCodes.indexOf(b.code as NoticeCode),
  );

/** What conformal prediction says of a scan: how usual it would be if it were of a class, 0 to 1. */
export const Conformal = z.object({
  /** Which was asked for. */
  errorRate: z.number().min(0).max(1),
  /** p-values: the share of the class's validation scans that are at least as unusual. */
  positive: z.number().min(0).max(1),
  negative: z.number().min(0).max(1),
});
export type Conformal = z.infer<typeof Conformal>;

/** The error rate that is asked for unless a person chooses another, and the least and most that can be chosen. */
export const defaultErrorRate = 0.1;
export const errorRates = { least: 0.01, most: 0.4 } as const;

/** How near to its threshold a probability is still called close. */
export const CLOSE = 0.1;

/** In JSON and files beside every answer, whatever the language is. */
export const RESEARCH_USE = 'Research use only, not for diagnosis.';

/** What the limits and rates came to on the test set, which nothing was fitted on; shares are 0 to 1, null of none. */
export const FittedFigures = z.object({
  images: z.int(),
  /** Expected calibration error before and after temperature scaling. */
  calibrationError: z.object({ before: z.number().nullable(), after: z.number().nullable() }),
  /** Share of the test scans, each group counted once, that are refused or warned of as unlike the training scans. */
  falseAlarms: z.object({ refused: z.number().nullable(), warned: z.number().nullable() }),
  /** At the threshold of one half. */
  atErrorRate: z.array(
    z.object({
      errorRate: z.number(),
      /** Share of a class's scans that are not ruled out to be of it, each group counted once. */
      coverage: z.object({ positive: z.number().nullable(), negative: z.number().nullable() }),
      /** Share of all scans that are left open, and that are given the other class's name. */
      open: z.number().nullable(),
      wrong: z.number().nullable(),
    }),
  ),
});
export type FittedFigures = z.infer<typeof FittedFigures>;

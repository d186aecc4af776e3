import { z } from 'zod';
import { message, type ParametersOf } from './messages/catalogue.ts';

/**
 * The answer for a scan: one of the two classes; `unsure`: undecided at the requested error rate; `refused`: not a scan that the
 * network can know, or unreadable.
 */
export const answerWords = ['positive', 'negative', 'unsure', 'refused'] as const;
export const AnswerWord = z.enum(answerWords);
export type AnswerWord = z.infer<typeof AnswerWord>;

/**
 * Severity of a notice: a `refusal` withdraws the answer, a `warning` says what may make it wrong, a `hint` gives further facts.
 */
export const grades = ['refusal', 'warning', 'hint'] as const;
export type Grade = (typeof grades)[number];

/** What a notice can say, most severe first: codes of the message catalogue, with the grades that each may have. */
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

/** A notice sent to a program, a window or a record: code and grade with its message's parameters. */
export const Notice = z.looseObject({ code: z.string(), grade: z.enum(grades) });
export type Notice = z.infer<typeof Notice>;

export const notice = <C extends NoticeCode>(
  code: C,
  grade: (typeof noticeTable)[C][number],
  parameters: ParametersOf<C>,
): Notice => ({ code, grade, ...message(code, parameters).parameters });

/** A notice's facts, from which `messageFromFacts` makes its message, as for an error. */
export function noticeFacts({ code, grade: _, ...parameters }: Notice): Record<string, unknown> {
  return { why: code, ...parameters };
}

/** Most severe first, in the table's order within a grade. */
export const inOrderOfGravity = (notices: readonly Notice[]): Notice[] =>
  notices.toSorted(
    (a, b) =>
      grades.indexOf(a.grade) - grades.indexOf(b.grade) ||
      noticeCodes.indexOf(a.code as NoticeCode) - noticeCodes.indexOf(b.code as NoticeCode),
  );

/** The conformal prediction for a scan: how typical it would be of each class, 0 to 1. */
export const Conformal = z.object({
  /** As requested. */
  errorRate: z.number().min(0).max(1),
  /** p-values: the share of the class's validation scans that are at least as unusual. */
  positive: z.number().min(0).max(1),
  negative: z.number().min(0).max(1),
});
export type Conformal = z.infer<typeof Conformal>;

/** The default error rate, and the limits within which a user can choose it. */
export const defaultErrorRate = 0.1;
export const errorRates = { least: 0.01, most: 0.4 } as const;

/** How close to its threshold a probability counts as near it. */
export const CLOSE = 0.1;

/** Accompanies every answer in JSON and files, whatever the language. */
export const RESEARCH_USE = 'Research use only, not for diagnosis.';

/** How limits and error rates perform on the test set, on which nothing was fitted; shares are 0 to 1, null of none. */
export const FittedFigures = z.object({
  images: z.int(),
  /** Expected calibration error before and after temperature scaling. */
  calibrationError: z.object({ before: z.number().nullable(), after: z.number().nullable() }),
  /** Share of the test scans, each group counted once, that are refused or given a warning as unlike the training scans. */
  falseAlarms: z.object({ refused: z.number().nullable(), warned: z.number().nullable() }),
  /** At a threshold of 0.5. */
  atErrorRate: z.array(
    z.object({
      errorRate: z.number(),
      /** Share of a class's scans for which that class is not ruled out, each group counted once. */
      coverage: z.object({ positive: z.number().nullable(), negative: z.number().nullable() }),
      /** Share of all scans that are left undecided, and that are assigned the other class. */
      open: z.number().nullable(),
      wrong: z.number().nullable(),
    }),
  ),
});
export type FittedFigures = z.infer<typeof FittedFigures>;

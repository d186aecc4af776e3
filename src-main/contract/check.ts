import { z } from 'zod';
import { Part as Told } from './messages/parameters.ts';
import { ImageRecord, Part, Quarantined } from './records.ts';
import { ShortcutFigures } from './shortcut-kinds.ts';

export { shortcutKinds } from './shortcut-kinds.ts';

/** What the check of a dataset found, and what people decided about it. */

const Time = z.iso.datetime();

/** What makes one picture of another, as far as it shows: mirrored left to right, then turned. */
export const Change = z.object({
  mirrored: z.boolean(),
  /** Quarter turns clockwise, degrees. */
  turned: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  /** The rest of the turn, degrees clockwise, about −20 to 20. */
  rotated: z.number(),
  /**
   * Whether it is rather a neighbouring slice of the same head than a copy: `check/change.ts`. Left out where it is not, and of checks
   * before `twins-4`.
   */
  nextSlice: z.boolean().optional(),
});
export type Change = z.infer<typeof Change>;

/** Two images that are one scan, as the check laid them over each other. */
export const TwinLink = z.object({
  firstId: z.int(),
  otherId: z.int(),
  /** Pearson's, of the grey levels and of the detail inside the head; 1 when the files are the same. */
  correlation: z.number(),
  detail: z.number(),
  /** Null when the files are the same. */
  change: Change.nullable(),
});
export type TwinLink = z.infer<typeof TwinLink>;

/** A check that was made of a dataset; a later one takes its place. */
export const CheckRecord = z.object({
  datasetId: z.string(),
  /** The dataset's hash when it was made. */
  datasetHash: z.string(),
  created: Time,
  /** Name and version of the method, such as `twins-1`. */
  method: z.string(),
  images: z.int(),
  /** Pairs laid over each other. */
  compared: z.int(),
  seconds: z.number(),
  /** Files that changed or vanished since import; they were left out. */
  unreadable: z.array(Quarantined),
  /** Pairs of likely one scan that the searches between the parts of splits have added since. */
  joined: z.array(TwinLink).optional(),
});
export type CheckRecord = z.infer<typeof CheckRecord>;

export const decisionKinds = ['drop', 'keep', 'same-patient', 'not-twins'] as const;
/**
 * What a person decided. `drop`: these images are left out of splits; `keep`: they were looked at and stay, also those
 * that were dropped before; `same-patient`: they are one group whatever else says; `not-twins`: the links among them
 * do not hold (files that are byte for byte the same stay together all the same).
 */
export const Decision = z.object({
  number: z.int(),
  datasetId: z.string(),
  kind: z.enum(decisionKinds),
  imageIds: z.array(z.int()).min(1),
  created: Time,
  /** When it was taken back; null while it holds. */
  undone: Time.nullable(),
});
export type Decision = z.infer<typeof Decision>;

/** A decision without its images, of which there may be a hundred thousand. */
export const DecisionOutline = Decision.omit({ imageIds: true }).extend({ images: z.int() });
export type DecisionOutline = z.infer<typeof DecisionOutline>;

/** One image of a group beside the first. */
export const GroupTwin = z.object({
  image: ImageRecord,
  exact: z.boolean(),
  correlation: z.number(),
  detail: z.number(),
  change: Change.nullable(),
});

/** A group of twins for a person to look at. */
export const GroupView = z.object({
  first: ImageRecord,
  /** Ordered by file; 200 at most. */
  twins: z.array(GroupTwin),
  images: z.int(),
  mixedLabels: z.boolean(),
  /** The class folders that images of one class came in, if several were put together as that; else empty. */
  mergedClasses: z.array(z.string()),
  /** The parts its images came in, if more than one; else empty. */
  acrossParts: z.array(Part),
  /** Ids of the images that were dropped. */
  dropped: z.array(z.int()),
  /** Whether a person has looked at it and decided. */
  decided: z.boolean(),
});
export type GroupView = z.infer<typeof GroupView>;

export const groupFilters = [
  'all',
  'mixed-labels',
  'merged-classes',
  'across-parts',
  'undecided',
  'dropped',
] as const;
export const GroupFilter = z.enum(groupFilters);
export type GroupFilter = z.infer<typeof GroupFilter>;

/** Groups on a page of the window. The first page of all groups is kept ready. */
export const GROUPS_SHOWN = 20;

/**
 * How well something that is not the brain tells the classes apart. `file`: size and format alone; `border`: the ring
 * at the edge alone; `histogram`: how bright the pixels are, wherever they lie; `thumbnail`: 16 × 16 pixels.
 */
export const Shortcut = ShortcutFigures.extend({
  images: z.int(),
  groups: z.int(),
  folds: z.int(),
  /** How often it was evaluated over other folds; the mean is given. Once in audits of `shortcuts-1`. */
  repeats: z.int().default(1),
  /**
   * What gives it away, most telling first; empty when the verdict is `fine`. `feature`: a message (`featureSize`, …);
   * `positive`, `negative`: how many of a class have it, or the class's median with its middle half, messages too
   * (`valueShare`, …); `share`: balanced accuracy of one rule ("more than", "is") on it alone.
   */
  reasons: z.array(
    z.object({
      feature: Told,
      positive: Told,
      negative: Told,
      share: z.number(),
      /**
       * How the values of each class are spread: shares of the class, 0 to 1, in bins of one width from `from` to `to`; what lies
       * outside is in the first and the last. Null for a yes or no, and in audits of `shortcuts-2` and before.
       */
      spread: z
        .object({
          from: z.number(),
          to: z.number(),
          positive: z.array(z.number()),
          negative: z.array(z.number()),
        })
        .nullable()
        .default(null),
    }),
  ),
});
export type Shortcut = z.infer<typeof Shortcut>;

/** Kinds that hold nothing of the brain. The others see all of the picture, and what they find may be the finding itself. */
export const brainlessKinds: readonly Shortcut['kind'][] = ['file', 'border'];

/** In order of weight, the lightest first. */
export const shortcutStandings = ['chance', 'slight', 'notice', 'either', 'warn'] as const;
export type ShortcutStanding = (typeof shortcutStandings)[number];

/**
 * What is said of a shortcut: `chance` only where the interval holds 0.5; `slight`: above it, but by so little that chance
 * gives it now and then; `notice`: more than chance; `warn`: a model would not need the brain; `either`: it tells the
 * classes apart as well, but may be the finding itself.
 */
export function standingOf({
  kind,
  low,
  verdict,
}: Pick<Shortcut, 'kind' | 'low' | 'verdict'>): ShortcutStanding {
  if (low <= 0.5) return 'chance';
  if (verdict === 'fine') return 'slight';
  if (verdict === 'notice') return 'notice';
  return brainlessKinds.includes(kind) ? 'warn' : 'either';
}

/** The heaviest of them. */
export const worstStanding = (
  shortcuts: readonly Pick<Shortcut, 'kind' | 'low' | 'verdict'>[],
): ShortcutStanding =>
  shortcutStandings[Math.max(0, ...shortcuts.map((one) => shortcutStandings.indexOf(standingOf(one))))]!;

export const ShortcutAudit = z.object({
  datasetId: z.string(),
  created: Time,
  /** Name and version of the method, such as `shortcuts-3`. */
  method: z.string(),
  seed: z.int(),
  seconds: z.number(),
  shortcuts: z.array(Shortcut),
  /** Average 16 × 16 thumbnail of each class, grey 0 to 255, row by row, and how its pixels are spread over the grey levels. */
  means: z.array(
    z.object({
      className: z.string(),
      thumbnail: z.array(z.number()).length(256),
      /** Shares of the pixels in 32 steps from black to white; empty in audits of `shortcuts-2` and before. */
      levels: z.array(z.number()).default([]),
    }),
  ),
});
export type ShortcutAudit = z.infer<typeof ShortcutAudit>;

/** A dataset's check with its counts as decisions have left them. */
export const CheckView = z.object({
  datasetId: z.string(),
  /** Null before the first check. */
  check: CheckRecord.nullable(),
  /** Whether images came or went since the check. */
  outdated: z.boolean(),
  /** Whether an older method than today's made the check, or the audit of shortcuts; their `method` says which. */
  older: z.object({ check: z.boolean(), shortcuts: z.boolean() }),
  images: z.int(),
  exactDuplicates: z.int(),
  /** Groups of twins, images in them, and scans when each group counts as one; dropped images included. */
  groups: z.int(),
  imagesInGroups: z.int(),
  distinctScans: z.int(),
  /** Groups, as far as their images were not dropped, and the images in them. */
  mixedLabels: z.int(),
  mixedImages: z.int(),
  mergedClasses: z.int(),
  mergedImages: z.int(),
  acrossParts: z.int(),
  undecided: z.int(),
  dropped: z.int(),
  /** Test images with a twin in train or validation, if the folder came in parts: how many, of how many. */
  leaked: z.object({ count: z.int(), of: z.int() }).nullable(),
  /** The same, expected of a random 80/20 split; null before the first check. */
  randomLeak: z.object({ count: z.number(), of: z.int() }).nullable(),
  /** Images whose patient is known, and how many patients. */
  patients: z.object({ images: z.int(), patients: z.int() }),
  shortcuts: ShortcutAudit.nullable(),
  /** Decisions that hold, and the one that an undo would take back and a redo bring back. */
  decisions: z.int(),
  undo: DecisionOutline.nullable(),
  redo: DecisionOutline.nullable(),
});
export type CheckView = z.infer<typeof CheckView>;

/** What a person noted of a scan. It changes no data: what becomes of a marked label is decided in Check. */
export const Remark = z.object({
  imageId: z.int(),
  file: z.string(),
  className: z.string(),
  note: z.string(),
  /** Whether its label looks wrong. */
  wrongLabel: z.boolean(),
  created: Time,
});
export type Remark = z.infer<typeof Remark>;

/** What a pattern would make of a dataset's file names. */
export const PatternPreview = z.object({
  groups: z.int(),
  /** Images that the pattern does not match; each stays alone. */
  unmatched: z.int(),
  largest: z.array(z.object({ key: z.string(), images: z.int(), files: z.array(z.string()).max(3) })),
  unmatchedFiles: z.array(z.string()).max(5),
});
export type PatternPreview = z.infer<typeof PatternPreview>;

/** A scan whose label trained networks contradict (confident learning: Northcutt et al., 2021, JAIR 70). */
export const LabelSuspect = z.object({
  image: ImageRecord,
  /** Mean probability of the positive class over the runs that evaluated it in their test part. */
  probability: z.number(),
  runs: z.array(z.string()),
  /** Its own label's probability less the other's, −1 to 1: the lower the more suspect. */
  margin: z.number(),
  /** The last word of a person about it, if any: that it stays, or is left out. */
  decided: z.enum(['keep', 'drop']).nullable(),
});
export type LabelSuspect = z.infer<typeof LabelSuspect>;

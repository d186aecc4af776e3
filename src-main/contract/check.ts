import { z } from 'zod';
import { Part as Told } from './messages/parameters.ts';
import { ImageRecord, Part, Quarantined } from './records.ts';
import { ShortcutFigures } from './shortcut-kinds.ts';

export { shortcutKinds } from './shortcut-kinds.ts';

/** What the check of a dataset found, and what users decided about it. */

const Time = z.iso.datetime();

/** The transformation from one picture to the other, as far as it can be determined: mirrored left to right, then rotated. */
export const Change = z.object({
  mirrored: z.boolean(),
  /** Quarter turns clockwise, degrees. */
  turned: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  /** The remaining rotation, degrees clockwise, about −20 to 20. */
  rotated: z.number(),
  /**
   * Whether it is more likely a neighbouring slice of the same head than a copy: `check/change.ts`. Absent if it is not, and in
   * checks before `twins-4`.
   */
  nextSlice: z.boolean().optional(),
});
export type Change = z.infer<typeof Change>;

/** Two images of one scan, as the check aligned them. */
export const TwinLink = z.object({
  firstId: z.int(),
  otherId: z.int(),
  /** Pearson's correlation of the grey levels and of the detail inside the head; 1 if the files are the same. */
  correlation: z.number(),
  detail: z.number(),
  /** Null if the files are the same. */
  change: Change.nullable(),
});
export type TwinLink = z.infer<typeof TwinLink>;

/** A check of a dataset; a later one replaces it. */
export const CheckRecord = z.object({
  datasetId: z.string(),
  /** The dataset's hash when it was made. */
  datasetHash: z.string(),
  created: Time,
  /** Name and version of the method, such as `twins-1`. */
  method: z.string(),
  images: z.int(),
  /** Pairs aligned with each other. */
  compared: z.int(),
  seconds: z.number(),
  /** Files that changed or vanished since import; they were left out. */
  unreadable: z.array(Quarantined),
  /** Pairs that are probably one scan, added since by the searches between the sets of splits. */
  joined: z.array(TwinLink).optional(),
});
export type CheckRecord = z.infer<typeof CheckRecord>;

export const decisionKinds = ['drop', 'keep', 'same-patient', 'not-twins'] as const;
/**
 * A user's decision. `drop`: these images are left out of splits; `keep`: they were reviewed and stay, including images dropped
 * before; `same-patient`: they are one group in any case; `not-twins`: the links between them do not hold (identical files stay
 * together all the same).
 */
export const Decision = z.object({
  number: z.int(),
  datasetId: z.string(),
  kind: z.enum(decisionKinds),
  imageIds: z.array(z.int()).min(1),
  created: Time,
  /** When it was undone; null while it holds. */
  undone: Time.nullable(),
});
export type Decision = z.infer<typeof Decision>;

/** A decision without its image ids, of which there may be a hundred thousand. */
export const DecisionOutline = Decision.omit({ imageIds: true }).extend({ images: z.int() });
export type DecisionOutline = z.infer<typeof DecisionOutline>;

/** One image of a group next to the first. */
export const GroupTwin = z.object({
  image: ImageRecord,
  exact: z.boolean(),
  correlation: z.number(),
  detail: z.number(),
  change: Change.nullable(),
});

/** A group of twins to review. */
export const GroupView = z.object({
  first: ImageRecord,
  /** Ordered by file; 200 at most. */
  twins: z.array(GroupTwin),
  images: z.int(),
  mixedLabels: z.boolean(),
  /** The class folders its images came from, if several were merged into one class; otherwise empty. */
  mergedClasses: z.array(z.string()),
  /** The sets its images came in, if more than one; otherwise empty. */
  acrossParts: z.array(Part),
  /** Ids of the images that were dropped. */
  dropped: z.array(z.int()),
  /** Whether a user has reviewed it and decided. */
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

/** Groups per page of the window. The first page of all groups is cached. */
export const GROUPS_SHOWN = 20;

/**
 * How well something other than the brain tells the classes apart. `file`: size and format only; `border`: the edge of the picture
 * only; `histogram`: pixel brightness, regardless of position; `thumbnail`: 16 × 16 pixels.
 */
export const Shortcut = ShortcutFigures.extend({
  images: z.int(),
  groups: z.int(),
  folds: z.int(),
  /** Number of repetitions with other folds; the mean is reported. 1 in audits of `shortcuts-1`. */
  repeats: z.int().default(1),
  /**
   * The features that give it away, most telling first; empty if the verdict is `fine`. `feature`: a message (`featureSize`, …);
   * `positive`, `negative`: the share of a class that has it, or the class's median with its interquartile range, messages too
   * (`valueShare`, …); `share`: balanced accuracy of a single rule ("more than", "is") on it.
   */
  reasons: z.array(
    z.object({
      feature: Told,
      positive: Told,
      negative: Told,
      share: z.number(),
      /**
       * Distribution of the values in each class: shares of the class, 0 to 1, in bins of equal width from `from` to `to`; values
       * outside are in the first and the last. Null for yes/no features, and in audits of `shortcuts-2` and before.
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

/** Kinds that contain nothing of the brain. The others see the whole picture, and what they find may be the disease itself. */
export const brainlessKinds: readonly Shortcut['kind'][] = ['file', 'border'];

/** In order of severity, mildest first. */
export const shortcutStandings = ['chance', 'slight', 'notice', 'either', 'warn'] as const;
export type ShortcutStanding = (typeof shortcutStandings)[number];

/**
 * The wording of a shortcut's result: `chance` only if the interval contains 0.5; `slight`: above it, but by so little that chance
 * alone gives it now and then; `notice`: more than chance; `warn`: a model would not need the brain; `either`: it tells the classes
 * apart as well, but may be the disease itself.
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

/** The most severe of them. */
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
  /** Average 16 × 16 thumbnail of each class, grey 0 to 255, row by row, and the histogram of its pixels' grey levels. */
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

/** A dataset's check with its counts after decisions. */
export const CheckView = z.object({
  datasetId: z.string(),
  /** Null before the first check. */
  check: CheckRecord.nullable(),
  /** Whether images were added or removed since the check. */
  outdated: z.boolean(),
  /** Whether the check, or the shortcut audit, was made with an older method than today's; their `method` says which. */
  older: z.object({ check: z.boolean(), shortcuts: z.boolean() }),
  images: z.int(),
  exactDuplicates: z.int(),
  /** Groups of twins, images in them, and the number of scans if each group counts as one; dropped images included. */
  groups: z.int(),
  imagesInGroups: z.int(),
  distinctScans: z.int(),
  /** Groups among images that were not dropped, and the images in them. */
  mixedLabels: z.int(),
  mixedImages: z.int(),
  mergedClasses: z.int(),
  mergedImages: z.int(),
  acrossParts: z.int(),
  undecided: z.int(),
  dropped: z.int(),
  /** Test images with a twin in train or validation, if the folder was divided into sets: how many, of how many. */
  leaked: z.object({ count: z.int(), of: z.int() }).nullable(),
  /** The same, expected for a random 80/20 split; null before the first check. */
  randomLeak: z.object({ count: z.number(), of: z.int() }).nullable(),
  /** Images whose patient is known, and how many patients. */
  patients: z.object({ images: z.int(), patients: z.int() }),
  shortcuts: ShortcutAudit.nullable(),
  /** Decisions in force, and those that undo and redo would affect. */
  decisions: z.int(),
  undo: DecisionOutline.nullable(),
  redo: DecisionOutline.nullable(),
});
export type CheckView = z.infer<typeof CheckView>;

/** A user's note on a scan. It changes no data: what happens to a marked label is decided in Check. */
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

/** How a pattern would group a dataset's file names. */
export const PatternPreview = z.object({
  groups: z.int(),
  /** Images that the pattern does not match; each is a group of its own. */
  unmatched: z.int(),
  largest: z.array(z.object({ key: z.string(), images: z.int(), files: z.array(z.string()).max(3) })),
  unmatchedFiles: z.array(z.string()).max(5),
});
export type PatternPreview = z.infer<typeof PatternPreview>;

/** A scan whose label trained networks contradict (confident learning: Northcutt et al., 2021, JAIR 70). */
export const LabelSuspect = z.object({
  image: ImageRecord,
  /** Mean probability of the positive class over the runs that evaluated it in their test set. */
  probability: z.number(),
  runs: z.array(z.string()),
  /** Its own label's probability less the other's, −1 to 1: the lower the more suspect. */
  margin: z.number(),
  /** The latest decision of a user about it, if any: kept, or left out. */
  decided: z.enum(['keep', 'drop']).nullable(),
});
export type LabelSuspect = z.infer<typeof LabelSuspect>;

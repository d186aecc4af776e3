import { z } from 'zod';

/** What stands for a class where scans have no labels: their dataset has no other. */
export const UNLABELLED = 'unlabelled';

/** Whether the scans of a dataset are told apart by labels: without them it can't be split or trained on. */
export const isLabelled = ({ classes }: { readonly classes: readonly unknown[] }): boolean =>
  classes.length === 2;

/** One class of a dataset: a class folder or label as it is, or several that count as one. */
export const ClassChoice = z.object({
  name: z.string().trim().min(1).max(200),
  /** Names of class folders or labels, in any case. */
  of: z.array(z.string().min(1)).min(1),
});
export type ClassChoice = z.infer<typeof ClassChoice>;

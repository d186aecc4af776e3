import { z } from 'zod';

/** Class name of datasets without labels: they have no other. */
export const UNLABELLED = 'unlabelled';

/** Whether a dataset has labels: without them it can't be split or trained on. */
export const isLabelled = ({ classes }: { readonly classes: readonly unknown[] }): boolean =>
  classes.length === 2;

/** One class of a dataset: a class folder or label as it is, or several merged into one. */
export const ClassChoice = z.object({
  name: z.string().trim().min(1).max(200),
  /** Names of class folders or labels, in any case. */
  of: z.array(z.string().min(1)).min(1),
});
export type ClassChoice = z.infer<typeof ClassChoice>;

/** Words that are also written together with their negation: "notumor", "nontumorous". */
export const DENIED_WORDS = 'tumou?r|cancer|lesion|glioma|mass|finding|disease';

const denials = [
  /^(?:no|non|not|without)[\s_-]+(?<denied>.+)$/i,
  new RegExp(`^(?:no|non|not)(?<denied>${DENIED_WORDS})`, 'i'),
  /^(?<denied>.+?)[\s_-]*(?:free|없음)$/iu,
];

const LONGEST_NAME = 60;

/**
 * The name of class folders or labels merged into one class: what the other class negates ("no_tumor": "tumor"), otherwise their
 * own names.
 */
export function nameTogether(of: readonly string[], others: readonly string[]): string {
  const [first = ''] = of;
  if (of.length < 2) return first;
  for (const other of others)
    for (const denial of denials) {
      const denied = denial.exec(other)?.groups?.['denied'];
      if (denied) return denied;
    }
  const all = of.join('+');
  return all.length <= LONGEST_NAME ? all : `${first}+${of.length - 1}`;
}

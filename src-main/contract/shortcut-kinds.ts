import { z } from 'zod';

export const shortcutKinds = ['file', 'border', 'histogram', 'thumbnail'] as const;

/** How well one kind of shortcut tells the classes apart, and the verdict on it. */
export const ShortcutFigures = z.object({
  kind: z.enum(shortcutKinds),
  /** Mean of sensitivity and specificity over folds that keep groups together, 0.5 is chance; with its 95 % interval. */
  balancedAccuracy: z.number(),
  low: z.number(),
  high: z.number(),
  /** `warn`: a model would not need the brain; `notice`: more than chance; `fine`: not distinguishable from chance. */
  verdict: z.enum(['fine', 'notice', 'warn']),
});
export type ShortcutFigures = z.infer<typeof ShortcutFigures>;

import type { Part } from '../../../src-main/contract/records.ts';
import type { PartCounts } from '../../../src-main/contract/views.ts';

/** Set → scans of both classes. */
export const totals = (counts: PartCounts): Record<Part, number> => ({
  train: sum(counts.train),
  validation: sum(counts.validation),
  test: sum(counts.test),
});

const sum = (classes: Record<string, number>): number =>
  Object.values(classes).reduce((all, count) => all + count, 0);

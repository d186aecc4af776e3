/** How much of a job is done, from 0 to 1; null where nobody knows how much there is. */
export const shareDone = ({ done, total }: { done: number; total: number | null }): number | null =>
  total === null ? null : total === 0 ? 1 : done / total;

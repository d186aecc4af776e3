/** The fraction of a job that is done, 0 to 1; null while the total is unknown. */
export const shareDone = ({ done, total }: { done: number; total: number | null }): number | null =>
  total === null ? null : total === 0 ? 1 : done / total;

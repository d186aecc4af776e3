import type { RunView, SplitView } from '../../src-main/contract/views.ts';

/**
 * The split of a dataset to be shown where nobody has chosen one: the newest that has runs, else the newest.
 * @param remembered what was worked on last; it stays while it is there.
 */
export function usualSplit(
  splits: readonly SplitView[],
  runs: readonly RunView[],
  remembered: string | null,
): string | null {
  if (splits.some(({ split }) => split.id === remembered)) return remembered;
  const newestFirst = splits.map(({ split }) => split).sort((a, b) => (a.created < b.created ? 1 : -1));
  const withRuns = new Set(runs.map(({ run }) => run.splitId));
  return (newestFirst.find(({ id }) => withRuns.has(id)) ?? newestFirst[0])?.id ?? null;
}

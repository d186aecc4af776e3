import type { RunView, SplitView } from '../../src-main/contract/views.ts';

/**
 * The split of a dataset to show when none is selected: the newest that has runs, else the newest.
 * @param remembered the last one selected; it is kept while it exists.
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

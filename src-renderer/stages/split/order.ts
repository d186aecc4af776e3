import type { SplitView } from '../../../src-main/contract/views.ts';

/** Splits newest first; the folds of a set together, in order. */
export function inOrder(splits: readonly SplitView[]): SplitView[] {
  const made = new Map<string, string>();
  for (const { split } of splits) {
    const set = split.fold?.set ?? split.id;
    const first = made.get(set);
    if (first === undefined || split.created > first) made.set(set, split.created);
  }
  return [...splits].sort((a, b) => {
    const [one, other] = [a.split.fold?.set ?? a.split.id, b.split.fold?.set ?? b.split.id];
    if (one === other) return (a.split.fold?.index ?? 0) - (b.split.fold?.index ?? 0);
    const [mine, its] = [made.get(one)!, made.get(other)!];
    return mine === its ? (one < other ? -1 : 1) : mine < its ? 1 : -1;
  });
}

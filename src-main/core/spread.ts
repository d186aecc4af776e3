import { foldComparison, runsOfFolds, seedSummaries } from '../compare/fold-comparison.ts';
import type { Spread } from '../contract/views.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';

/** How the figures of a split's evaluated runs vary: over the folds of its set, and over seeds on it. */
export async function spreadBy(registry: Registry, splitId: string, signal?: AbortSignal): Promise<Spread> {
  const { fold } = registry.splits.get(splitId);
  const folded = fold ? runsOfFolds(registry, fold.set) : [];
  return {
    folds:
      fold && folded.length > 0 ? await runInTurns(foldComparison(registry, fold.set, folded), signal) : null,
    seeds: seedSummaries(registry, registry.runs.list({ splitId })),
  };
}

import { foldComparison, runsOfFolds, seedSummaries } from '../compare/fold-comparison.ts';
import { learningCurvesOf } from '../compare/learning-curve.ts';
import type { Spread } from '../contract/views.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';

/**
 * How the figures of a split's evaluated runs vary: over the folds of its set, over seeds, and with the size of the training set.
 */
export async function spreadBy(registry: Registry, splitId: string, signal?: AbortSignal): Promise<Spread> {
  const { fold } = registry.splits.get(splitId);
  const folded = fold ? runsOfFolds(registry, fold.set) : [];
  const runs = registry.runs.list({ splitId });
  const evaluated = runs.filter(({ id }) => registry.metrics.list(id, 'test').length > 0);
  return {
    folds:
      fold && folded.length > 0 ? await runInTurns(foldComparison(registry, fold.set, folded), signal) : null,
    seeds: seedSummaries(registry, runs),
    curves: await runInTurns(learningCurvesOf(registry, evaluated), signal),
  };
}

import { runsOfFolds } from '../../../compare/fold-comparison.ts';
import { FalxError } from '../../../contract/errors.ts';
import type { Registry } from '../../../registry/registry.ts';
import { resolveRun, resolveSet } from '../resolve.ts';

/** Ids of the runs typed; a set of folds stands for the runs on it. @throws FalxError if none of them has a model. */
export const runsNamed = (registry: Registry, typed: readonly string[]): string[] =>
  typed.flatMap((text) => {
    const set = resolveSet(registry, text);
    return set === null ? [resolveRun(registry, text).id] : trainedOn(registry, set);
  });

function trainedOn(registry: Registry, set: string): string[] {
  const runs = runsOfFolds(registry, set);
  if (runs.length > 0) return runs.map(({ id }) => id);
  throw new FalxError('foldsWithoutModel', { set });
}

import { FalxError } from '../../contract/errors.ts';
import type { Dataset, Run, Split } from '../../contract/records.ts';
import type { Registry } from '../../registry/registry.ts';

/**
 * What a user typed as RUN, SPLIT or DATASET: a whole id, or its unique beginning, with or without the prefix before the dash. A
 * dataset may also be named.
 * @throws FalxError `not-found` if nothing matches, `bad-usage` if more than one does.
 */
export function resolveRun(registry: Registry, typed: string): Run {
  return registry.runs.get(
    idOf(
      typed,
      registry.runs.list().map((run) => run.id),
      'run',
    ),
  );
}

/** RUN and those of `--with RUN,RUN`, each once. */
export function resolveRuns(registry: Registry, typed: string, others = ''): [Run, ...Run[]] {
  const first = resolveRun(registry, typed);
  const more = others.split(',').filter((one) => one.trim() !== '');
  const runs = more.map((one) => resolveRun(registry, one.trim()));
  const rest = new Map(runs.map((one) => [one.id, one]));
  rest.delete(first.id);
  return [first, ...rest.values()];
}

export function resolveSplit(registry: Registry, typed: string): Split {
  return registry.splits.get(
    idOf(
      typed,
      registry.splits.list().map((split) => split.id),
      'split',
    ),
  );
}

export function resolveDataset(registry: Registry, typed: string): Dataset {
  const datasets = registry.datasets.list();
  if (datasets.some((dataset) => dataset.name === typed)) return registry.datasets.get(typed);
  return registry.datasets.get(
    idOf(
      typed,
      datasets.map((dataset) => dataset.id),
      'dataset',
    ),
  );
}

/** The set of folds typed as `cv-…` or its beginning, otherwise null. @throws FalxError `bad-usage` if several match. */
export function resolveSet(registry: Registry, typed: string): string | null {
  if (!typed.startsWith('cv-')) return null;
  const sets = [...new Set(registry.splits.list().flatMap(({ fold }) => fold?.set ?? []))];
  return idOf(typed, sets, 'set');
}

/** The one id that starts as typed; if none does, the text is returned unchanged, for the registry to reject. */
function idOf(typed: string, ids: readonly string[], kind: 'run' | 'split' | 'dataset' | 'set'): string {
  if (typed === '' || ids.includes(typed)) return typed;
  const found = ids.filter((id) => id.startsWith(typed) || id.slice(id.indexOf('-') + 1).startsWith(typed));
  if (found.length > 1) throw new FalxError('ambiguous', { typed, kind, found });
  return found[0] ?? typed;
}

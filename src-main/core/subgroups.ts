import { requireOneTest } from '../compare/compare-handlers.ts';
import { subgroupsOf } from '../compare/subgroups.ts';
import type { AttributeChoice, Subgroups } from '../contract/studies.ts';
import type { Registry } from '../registry/registry.ts';
import { evaluatedRuns } from './comparisons.ts';

/** @throws FalxError `bad-run` if one has not been evaluated, or their test sets differ; as `subgroupsOf`. */
export async function subgroupsBy(
  registry: Registry,
  { runIds, ...choice }: AttributeChoice & { runIds: readonly string[] },
  signal?: AbortSignal,
): Promise<Subgroups> {
  const runs = evaluatedRuns(registry, runIds);
  requireOneTest(registry, runs);
  return subgroupsOf(registry, runs, choice, { signal });
}

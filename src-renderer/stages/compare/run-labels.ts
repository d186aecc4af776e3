import type { NetworkName } from '../../../src-main/contract/networks.ts';
import type { Run } from '../../../src-main/contract/records.ts';

/**
 * Each run's label among the others: its user-given name, else its network's; where labels would be equal, with the
 * run's id.
 */
export function runLabels(
  runs: readonly Pick<Run, 'id' | 'name' | 'network'>[],
  title: (network: NetworkName) => string,
): ReadonlyMap<string, string> {
  const own = runs.map((run) => run.name ?? title(run.network));
  const count = new Map<string, number>();
  for (const label of own) count.set(label, (count.get(label) ?? 0) + 1);
  return new Map(
    runs.map((run, i) => {
      const label = own[i]!;
      return [run.id, count.get(label)! > 1 ? `${label} (${run.id.replace(/^run-/, '')})` : label];
    }),
  );
}

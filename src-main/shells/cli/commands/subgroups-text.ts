import type { ComparisonRow } from '../../../compare/compare-handlers.ts';
import { FEW_SCANS } from '../../../compare/subgroups.ts';
import { evidenceMeasures } from '../../../contract/evidence.ts';
import { measureLabel } from '../../../contract/measures.ts';
import type { Subgroups } from '../../../contract/studies.ts';
import type { Speech } from '../output.ts';
import { table } from '../text.ts';
import { intervalText } from './interval-text.ts';

/** Each run's measures on each subgroup of the test set, per scan. */
export function subgroupLines(
  { by, groups, unknown, runIds }: Subgroups,
  runs: readonly Pick<ComparisonRow, 'id' | 'network'>[],
  speech: Speech,
): string[] {
  const { say, language } = speech;
  return [
    ...runIds.flatMap((run, model) => [
      '',
      say('subgroupsOf', { run, network: runs.find(({ id }) => id === run)!.network, by }),
      table(
        [
          say('studyColumn', { of: 'measure' }),
          ...groups.map(({ value, perScan, small }) =>
            say('subgroupColumn', { value, scans: perScan.units, small: small ? 'yes' : 'no' }),
          ),
        ],
        evidenceMeasures.map((name) => [
          measureLabel(name, language),
          ...groups.map(({ perScan }) => intervalText(perScan.models[model]!.measures[name], speech)),
        ]),
      ),
    ]),
    ...(groups.some(({ small }) => small) ? [say('subgroupsSmall', { few: FEW_SCANS })] : []),
    ...(unknown > 0 ? [say('subgroupsUnknown', { count: unknown })] : []),
  ];
}

import { partNames } from '../../../contract/records.ts';
import { makeSplit } from '../../../split/handlers.ts';
import type { Context } from '../main.ts';
import { resolveDataset } from '../resolve.ts';
import { table } from '../text.ts';
import { withRegistry } from './shared.ts';

export async function split(
  context: Context,
  typed: string,
  options: { test?: number; validation?: number; seed?: number; useGiven?: boolean },
): Promise<void> {
  await withRegistry(context, (registry) => {
    const dataset = resolveDataset(registry, typed);
    const made = makeSplit({ registry, datasetId: dataset.id, ...options });
    context.output.answer(made, () => {
      const rows = partNames.map((part) => [
        part,
        String(made.counts[part]),
        ...dataset.classes.map((name) => String(made.classes[part][name])),
      ]);
      return [
        `${made.split.id}  of ${dataset.name}, seed ${made.split.seed}`,
        table(['part', 'images', ...dataset.classes], rows),
        `Next: falx train ${made.split.id}`,
      ].join('\n');
    });
  });
}

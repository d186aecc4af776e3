import type { LabelSuspect } from '../../../contract/check.ts';
import { labelSuspects } from '../../../evaluate/label-suspects.ts';
import type { Context } from '../main.ts';
import { resolveRun } from '../resolve.ts';
import type { Speech } from '../output.ts';
import { share, table } from '../text.ts';
import { withRegistry } from './with-registry.ts';

export async function labels(
  context: Context,
  typed: string[],
  { limit = 50 }: { limit?: number },
): Promise<void> {
  await withRegistry(context, (registry) => {
    const runs = typed.map((run) => resolveRun(registry, run).id);
    const found = labelSuspects(registry, runs, limit);
    const { datasetId } = registry.splits.get(registry.runs.get(runs[0]!).splitId);
    const { positive } = registry.datasets.get(datasetId);
    context.output.answer({ runs, ...found }, () => text(found, limit, positive, context.output));
  });
}

function text(
  { evaluated, suspects }: { evaluated: number; suspects: LabelSuspect[] },
  limit: number,
  positive: string,
  { say }: Speech,
): string {
  if (suspects.length === 0) return say('suspectsNone', { evaluated });
  return [
    say('suspectsSome', { evaluated }),
    table(
      [
        say('heading', { of: 'file' }),
        say('heading', { of: 'label' }),
        say('suspectsProbability', { name: positive }),
        say('heading', { of: 'runs' }),
      ],
      suspects.map(({ image, probability, runs }) => [
        image.file,
        image.className,
        share(probability),
        String(runs.length),
      ]),
    ),
    ...(suspects.length === limit ? [say('suspectsMore', { limit: String(2 * limit) })] : []),
    say('suspectsLook', {}),
  ].join('\n');
}

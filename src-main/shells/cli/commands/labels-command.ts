import type { LabelSuspect } from '../../../contract/check.ts';
import { labelSuspects } from '../../../evaluate/label-suspects.ts';
import type { Context } from '../main.ts';
import { resolveRun } from '../resolve.ts';
import { counted, share, table } from '../text.ts';
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
    context.output.answer({ runs, ...found }, () => text(found, limit, positive));
  });
}

function text(
  { judged, suspects }: { judged: number; suspects: LabelSuspect[] },
  limit: number,
  positive: string,
): string {
  const scans = counted(judged, 'scan');
  if (suspects.length === 0) return `${scans} judged; the networks contradict no label with confidence.`;
  return [
    `${scans} judged; these labels the networks contradict with confidence, the surest first:`,
    table(
      ['file', 'label', `probability of ${positive}`, 'runs'],
      suspects.map(({ image, probability, runs }) => [
        image.file,
        image.className,
        share(probability),
        String(runs.length),
      ]),
    ),
    ...(suspects.length === limit ? [`There may be more: --limit ${2 * limit}`] : []),
    'Look at them: a label may be wrong, or the scan hard. Move wrong files to the other folder and import it again.',
  ].join('\n');
}

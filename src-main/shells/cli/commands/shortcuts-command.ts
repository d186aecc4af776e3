import { auditShortcuts } from '../../../check/shortcut-audit.ts';
import type { Dataset } from '../../../contract/records.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { Context } from '../main.ts';
import type { Speech } from '../output.ts';
import { resolveDataset } from '../resolve.ts';
import { withRegistry } from './with-registry.ts';
import { shortcutLines } from './shortcut-text.ts';

export async function shortcuts(context: Context, typed: string, options: { seed?: number }): Promise<void> {
  await withRegistry(context, async (registry) => {
    const dataset = resolveDataset(registry, typed);
    const audit = await audited(context, registry, dataset, options.seed);
    context.output.answer({ dataset, ...audit }, () =>
      [
        context.output.say('shortcutsTitleOf', { name: dataset.name }),
        ...shortcutLines(dataset, audit, context.output),
      ].join('\n'),
    );
  });
}

/** Makes a shortcut audit, showing its progress. */
export const audited = ({ output }: Context, registry: Registry, dataset: Dataset, seed?: number) =>
  auditShortcuts({
    registry,
    datasetId: dataset.id,
    seed,
    onProgress: (step, done, total) => output.progress.show(auditProgress(output, step, done, total)),
  });

/** An audit's progress as text. */
export const auditProgress = ({ say }: Speech, step: string, done: number, total: number): string =>
  step === 'evaluating'
    ? say('progressShortcuts', { percent: String(Math.round((100 * done) / total)) })
    : say('progressCheck', { step, done, total });

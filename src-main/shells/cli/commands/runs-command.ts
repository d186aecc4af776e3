import path from 'node:path';
import type { Metrics, Run } from '../../../contract/records.ts';
import { releaseAbandonedRuns } from '../../../train/abandoned.ts';
import type { Context } from '../main.ts';
import { measureLabel } from '../../../contract/measures.ts';
import type { ParametersOf } from '../../../contract/messages/catalogue.ts';
import type { Speech } from '../output.ts';
import { share, table, when } from '../text.ts';
import { withRegistry } from './with-registry.ts';

export async function runs(context: Context): Promise<void> {
  await withRegistry(context, (registry) => {
    releaseAbandonedRuns(registry);
    const listed = registry.runs
      .list()
      .map((run) => ({ ...run, metrics: registry.metrics.list(run.id, 'test')[0] ?? null }));
    context.output.answer({ runs: listed }, () =>
      listed.length === 0 ? context.output.say('runsNone', {}) : text(listed, context.output),
    );
  });
}

export function text(
  listed: readonly (Run & { metrics: Metrics | null })[],
  { say, language }: Speech,
): string {
  const titles = (...all: ParametersOf<'heading'>['of'][]) => all.map((of) => say('heading', { of }));
  const head = [
    ...titles('run', 'network', 'status', 'split', 'size', 'weights', 'epochs', 'best', 'accuracy'),
    measureLabel('auc', language),
    ...titles('created'),
  ];
  return table(
    head,
    listed.map(({ id, network, status, splitId, settings, bestEpoch, metrics, created }) => [
      id,
      network,
      say('runStatus', { status }),
      splitId,
      String(settings.pixels.imageSize),
      path.basename(settings.weights),
      String(settings.epochs),
      bestEpoch === null ? null : String(bestEpoch),
      metrics && share(metrics.accuracy.value),
      metrics && share(metrics.auc),
      when(created),
    ]),
  );
}

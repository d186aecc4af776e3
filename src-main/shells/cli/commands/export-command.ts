import path from 'node:path';
import { exportRun } from '../../../predict/export-model.ts';
import type { Context } from '../main.ts';
import { resolveRun } from '../resolve.ts';
import { withRegistry } from './with-registry.ts';

export async function exportModel(context: Context, typed: string, dir: string): Promise<void> {
  await withRegistry(context, async (registry) => {
    const run = resolveRun(registry, typed);
    const exported = await exportRun(run, path.resolve(dir), registry);
    context.output.answer({ run: { id: run.id, network: run.network }, ...exported }, () => exported.folder);
  });
}

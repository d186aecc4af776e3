import path from 'node:path';
import { type ExportFormat, exportFormatOf } from '../../../contract/export-formats.ts';
import { exportRun } from '../../../predict/export-model.ts';
import type { Context } from '../main.ts';
import { resolveRun } from '../resolve.ts';
import { bytes } from '../text.ts';
import { withRegistry } from './with-registry.ts';

/** @param target folder or file to create. */
export async function exportModel(
  context: Context,
  typed: string,
  target: string,
  { format = exportFormatOf(target) }: { format?: ExportFormat },
): Promise<void> {
  const { output } = context;
  await withRegistry(context, async (registry) => {
    const run = resolveRun(registry, typed);
    const exported = await exportRun(run, path.resolve(target), registry, {
      format,
      onProgress: (done, of) =>
        output.progress.show(output.say('progressExporting', { done: bytes(done), of: bytes(of) })),
    });
    output.answer({ run: { id: run.id, network: run.network }, format, ...exported }, () => exported.folder);
  });
}

import path from 'node:path';
import { importRun } from '../../../predict/import-run.ts';
import type { Context } from '../main.ts';
import { withRecords } from './with-registry.ts';

/** Takes in a run that another workstation exported as a `.falx` file. */
export async function importRunFile(context: Context, typed: string): Promise<void> {
  await withRecords(context, async (registry) => {
    const { id, network, splitId } = await importRun({ registry, file: path.resolve(typed) });
    context.output.answer({ run: { id, network, splitId } }, () => id);
  });
}

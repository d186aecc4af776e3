import path from 'node:path';
import { FalxError } from '../../../contract/errors.ts';
import type { KerasChoices, KerasScaling } from '../../../contract/keras-import.ts';
import type { ClassChoice } from '../../../contract/labels.ts';
import { positiveClass } from '../../../import/positive.ts';
import { importRun } from '../../../predict/import-run.ts';
import type { Context } from '../main.ts';
import { withRecords } from './with-registry.ts';

export type ImportRunCommandOptions = {
  classes?: ClassChoice[];
  positive?: string;
  pixels?: KerasScaling;
};

/** Imports a run that another workstation exported as a `.falx` file, or a model that Keras saved. */
export async function importRunFile(
  context: Context,
  typed: string,
  options: ImportRunCommandOptions = {},
): Promise<void> {
  const file = path.resolve(typed);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await withRecords(context, async (registry) => {
      const keras = choicesOf(options, file);
      const { id, network, splitId } = await importRun({ registry, file, keras, signal: stop.signal });
      context.output.answer({ run: { id, network, splitId } }, () => id);
    });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** The positive class is guessed from the names if they indicate it. */
function choicesOf(
  { classes, positive, pixels }: ImportRunCommandOptions,
  file: string,
): KerasChoices | undefined {
  if (classes === undefined) {
    if (positive === undefined && pixels === undefined) return undefined;
    throw new FalxError('kerasClasses', { file });
  }
  const [first, second] = classes.map(({ name }) => name) as [string, string];
  return {
    classes: [first, second],
    positive: positiveClass([first, second], positive).positive,
    ...(pixels && { scaling: pixels }),
  };
}

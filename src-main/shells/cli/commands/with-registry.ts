import { FalxError } from '../../../contract/errors.ts';
import { Registry } from '../../../registry/registry.ts';
import { upkeep } from '../../../trash/upkeep.ts';
import type { Context } from '../main.ts';
import type { Output } from '../output.ts';

/** Opens the home's registry for one command and closes it however the command ends. */
export async function withRegistry<T>(
  { home, output }: Context,
  work: (registry: Registry) => T | Promise<T>,
): Promise<T> {
  const registry = Registry.open(home);
  if (registry.readOnly) output.note(`falx: ${output.say('homeReadable', { home })}`);
  if (registry.mended !== 0) output.note(rightsNote(home, registry.mended, output));
  try {
    return await work(registry);
  } finally {
    registry.close();
  }
}

/** The same for a command that changes records: daily maintenance is done after it. */
export const withRecords = <T>(context: Context, work: (registry: Registry) => T | Promise<T>): Promise<T> =>
  withRegistry(context, async (registry) => {
    const done = await work(registry);
    if (registry.readOnly) return done;
    try {
      await upkeep(registry);
    } catch (error) {
      // The command itself has succeeded.
      const { output } = context;
      output.note(
        `falx: ${error instanceof FalxError ? output.words(error.asMessage) : (error as Error).message}`,
      );
    }
    return done;
  });

const rightsNote = (home: string, mended: number | null, { say }: Output): string =>
  `falx: ${mended === null ? say('homeOthersRead', { home }) : say('homeNowPrivate', { home, count: String(mended) })}`;

/** Shows the number of decoded images. */
export function pixelProgress(output: Output): (done: number, total: number) => void {
  return (done, total) => output.progress.show(output.say('progressPixels', { done, total }));
}

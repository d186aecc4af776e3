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
  if (registry.readOnly)
    output.note(`falx: ${home} can only be read here: what it holds is shown, and nothing in it is changed.`);
  if (registry.mended !== 0) output.note(rightsNote(home, registry.mended));
  try {
    return await work(registry);
  } finally {
    registry.close();
  }
}

/** The same for a command that changes records: what is due each day is done after it. */
export const withRecords = <T>(context: Context, work: (registry: Registry) => T | Promise<T>): Promise<T> =>
  withRegistry(context, async (registry) => {
    const done = await work(registry);
    if (registry.readOnly) return done;
    try {
      await upkeep(registry);
    } catch (error) {
      // The command itself is done.
      context.output.note(`falx: ${(error as Error).message}`);
    }
    return done;
  });

const rightsNote = (home: string, mended: number | null): string =>
  mended === null
    ? `falx: other users of this machine may be able to read ${home}, and you may not change that: ask its owner to.`
    : `falx: other users of this machine could read ${home}; ${mended} files and folders are yours alone now.`;

/** Shows how many images were decoded. */
export function pixelProgress(output: Output): (done: number, total: number) => void {
  return (done, total) => output.progress.show(`reading images ${done}/${total}`);
}

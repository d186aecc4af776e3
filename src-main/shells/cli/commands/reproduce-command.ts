import { statSync } from 'node:fs';
import path from 'node:path';
import { message } from '../../../contract/messages/catalogue.ts';
import { readRecipe, reproduce as again, type Reproduced } from '../../../report/reproduce.ts';
import type { QueueEvent } from '../../../train/train-handlers.ts';
import type { Context } from '../main.ts';
import type { Output, Speech } from '../output.ts';
import { resolveDataset } from '../resolve.ts';
import { withRecords } from './with-registry.ts';

export type ReproduceCommandOptions = { train: boolean };

/** Exit code 1 if something is not the same. */
export async function reproduce(
  context: Context,
  file: string,
  images: string,
  { train }: ReproduceCommandOptions,
): Promise<number> {
  const { output, home } = context;
  const recipe = readRecipe(path.resolve(file));
  return withRecords(context, async (registry) => {
    const place = path.resolve(images);
    const isPlace = statSync(place, { throwIfNoEntry: false }) !== undefined;
    const stop = new AbortController();
    const interrupt = () => stop.abort();
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    try {
      const done = await again({
        registry,
        home,
        recipe,
        images: isPlace ? { folder: place } : { dataset: resolveDataset(registry, images) },
        train,
        onEvent: reporter(output),
        onProgress: (of, total) =>
          output.progress.show(output.say('progressFiles', { done: of, total, rate: '' })),
        cancel: stop.signal,
      });
      output.answer(done, () => reproducedText(done, recipe.dataset.name, recipe.runs.length, output));
      const wanted = train ? recipe.runs.length : 0;
      const same = done.runs.filter(({ outcome }) => outcome === 'same' || outcome === 'figures').length;
      return done.split.same && same === wanted ? 0 : 1;
    } finally {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    }
  });
}

/** The result as text. */
export function reproducedText(
  { dataset, split, runs }: Reproduced,
  name: string,
  wanted: number,
  { say }: Speech,
): string {
  return [
    say('reproducedData', { dataset: `${name} (${dataset.id})`, same: 'yes' }),
    say('reproducedSplit', { split: split.id, same: split.same ? 'yes' : 'no' }),
    ...runs.map(({ was, id, network, outcome, sameVersions }) =>
      say('reproducedRun', { run: id, was, network, outcome, versions: sameVersions ? 'same' : 'other' }),
    ),
    ...(runs.length < wanted ? [say('reproducedNotTrained', { runs: wanted - runs.length })] : []),
  ].join('\n');
}

const reporter =
  (output: Output) =>
  (event: QueueEvent): void => {
    const { run } = event;
    if (event.kind === 'packet' && event.packet.kind === 'epoch')
      output.progress.show(`${run.network}  ${event.packet.epoch.epoch}/${run.settings.epochs}`);
    if (event.kind === 'ended')
      output.note(
        output.say('runEnded', {
          run: run.id,
          network: run.network,
          status: message('runStatus', { status: run.status }),
          reason: 'none',
        }),
      );
  };

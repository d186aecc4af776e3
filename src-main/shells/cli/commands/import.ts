import { importFolder, type Imported } from '../../../import/handlers.ts';
import type { Context } from '../main.ts';
import { counted } from '../text.ts';
import { withRegistry } from './shared.ts';

export async function importDataset(
  context: Context,
  folder: string,
  options: { name?: string; positive?: string },
): Promise<void> {
  const { output } = context;
  await withRegistry(context, async (registry) => {
    const imported = await importFolder({
      registry,
      folder,
      ...options,
      onProgress: (done, total, imagesPerSecond) =>
        output.progress.show(`reading images ${done}/${total}  ${imagesPerSecond.toFixed(0)} images/s`),
    });
    output.answer(imported, () => text(imported));
    for (const warning of imported.warnings) output.note(`Note: ${warning}`);
  });
}

/** How many quarantined files are named; all are in the registry. */
const NAMED = 10;

function text(imported: Imported): string {
  const { dataset, images, classes, positive, positiveGuessed, duplicates, quarantined, ignored } = imported;
  const guess = positiveGuessed ? ', guessed: say --positive CLASS if it is the other' : '';
  return [
    `${dataset.id}  ${dataset.name}: ${counted(images, 'image')}`,
    ...Object.entries(classes).map(
      ([name, count]) => `  ${name}: ${count}${name === positive ? ` (positive${guess})` : ''}`,
    ),
    ...(duplicates > 0
      ? [`  ${counted(duplicates, 'exact duplicate')}, which a split keeps on one side`]
      : []),
    ...(ignored > 0 ? [`  ${counted(ignored, 'file')} ignored: hidden, or in no class folder`] : []),
    ...(quarantined.length > 0 ? [`  ${counted(quarantined.length, 'file')} left out:`] : []),
    ...quarantined.slice(0, NAMED).map(({ file, reason }) => `    ${file}: ${reason}`),
    ...(quarantined.length > NAMED
      ? [`    and ${quarantined.length - NAMED} more: falx show ${dataset.id}`]
      : []),
    `Next: falx split ${dataset.id}`,
  ].join('\n');
}

import { inEnglish } from '../../../contract/messages/say.ts';
import { FalxError } from '../../../contract/errors.ts';
import { isLabelled } from '../../../contract/labels.ts';
import { planes, type Plane } from '../../../images/scan.ts';
import { importPath } from '../../../import/import-path.ts';
import type { Imported, ImportOptions } from '../../../import/import-handlers.ts';
import type { Context, ImportCommandOptions } from '../main.ts';
import { counted } from '../text.ts';
import { withRecords } from './with-registry.ts';

export async function importDataset(
  context: Context,
  folder: string,
  typed: ImportCommandOptions,
): Promise<void> {
  const { output } = context;
  const { name, positive, reread } = typed;
  const slices = slicesOf(typed.slices);
  const [labels, plane] = [labelsOf(typed), planeOf(typed.plane)];
  const stop = new AbortController();
  const interrupt = () => stop.abort(); // so that nothing half-done stays; a second time ends it at once
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await withRecords(context, async (registry) => {
      const imported = await importPath({
        registry,
        folder,
        name,
        positive,
        labels,
        classes: typed.classes,
        plane,
        slices,
        reread,
        signal: stop.signal,
        onProgress: (done, total, perSecond) =>
          output.progress.show(`reading files ${done}/${total}  ${perSecond.toFixed(0)} a second`),
      });
      output.answer(imported, () => text(imported));
      for (const warning of imported.warnings) output.note(`Note: ${inEnglish(warning)}`);
    });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function labelsOf(typed: ImportCommandOptions): ImportOptions['labels'] {
  const { labels: file, fileColumn, labelColumn, patientColumn } = typed;
  const columns = { file: fileColumn, label: labelColumn, patient: patientColumn };
  if (file !== undefined) return { file, columns };
  const needs = Object.values(columns).some((option) => option !== undefined);
  if (!needs) return undefined;
  throw new FalxError('columnsWithoutTable', {});
}

export function planeOf(typed: string | undefined): Plane | undefined {
  const plane = planes.find((one) => one === typed);
  if (typed === undefined || plane) return plane;
  throw new FalxError('planeUnknown', { plane: typed, planes });
}

export function slicesOf(typed: number | undefined): number | undefined {
  if (typed === undefined || typed >= 1) return typed;
  throw new FalxError('slicesTooFew', { slices: typed });
}

/** How many quarantined files are named; all are in the registry. */
const NAMED = 10;

function text(imported: Imported): string {
  const { dataset, images, classes, positive, positiveGuessed, duplicates, quarantined, ignored } = imported;
  const guess = positiveGuessed ? ', guessed: say --positive CLASS if it is the other' : '';
  return [
    ...since(imported),
    `${dataset.id}  ${dataset.name}: ${counted(images, 'image')}`,
    ...(isLabelled(dataset)
      ? Object.entries(classes).map(
          ([name, count]) => `  ${name}: ${count}${name === positive ? ` (positive${guess})` : ''}`,
        )
      : ['  without labels']),
    ...(duplicates > 0
      ? [`  ${counted(duplicates, 'exact duplicate')}, which a split keeps on one side`]
      : []),
    ...(ignored > 0
      ? [`  ${counted(ignored, 'file')} ignored: hidden, in no class folder, or without a label`]
      : []),
    ...(quarantined.length > 0 ? [`  ${counted(quarantined.length, 'file')} left out:`] : []),
    ...quarantined
      .slice(0, NAMED)
      .map(({ file, reason }) => `    ${JSON.stringify(file).slice(1, -1)}: ${reason}`),
    ...(quarantined.length > NAMED
      ? [`    and ${quarantined.length - NAMED} more: falx show ${dataset.id}`]
      : []),
    ...(quarantined.length > 0
      ? ['    Export or copy them anew, or convert them, and import again: these are always tried again.']
      : []),
    `Next: falx ${isLabelled(dataset) ? 'split' : 'check'} ${dataset.id}`,
  ].join('\n');
}

/** What is new since the last import, and what was spared. */
function since({ existing, changes, takenOver }: Imported): string[] {
  if (existing) return ['Nothing has changed since the last import: this is its dataset.'];
  if (changes) {
    const { added, changed, gone, unchanged } = changes;
    return [`Since the last import: ${added} new, ${changed} changed, ${gone} gone, ${unchanged} unchanged.`];
  }
  return takenOver > 0 ? [`${counted(takenOver, 'file')} had been read before the import was stopped.`] : [];
}

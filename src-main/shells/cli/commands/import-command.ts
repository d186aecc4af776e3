import { FalxError } from '../../../contract/errors.ts';
import { isLabelled } from '../../../contract/labels.ts';
import { importPath } from '../../../import/import-path.ts';
import type { Imported, ImportOptions } from '../../../import/import-handlers.ts';
import { planeOf, slicesOf } from '../cut-options.ts';
import type { Context, ImportCommandOptions } from '../main.ts';
import type { Speech } from '../output.ts';
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
  const interrupt = () => stop.abort(); // cancels cleanly; a second one ends it at once
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
          output.progress.show(output.say('progressFiles', { done, total, rate: perSecond.toFixed(0) })),
      });
      output.answer(imported, () => importText(imported, output));
      for (const warning of imported.warnings) output.note(output.say('noted', { said: warning }));
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

/** Number of quarantined files that are named; all are in the registry. */
const NAMED = 10;

/** An import as text. */
export function importText(imported: Imported, { say, reason }: Speech): string {
  const { dataset, images, classes, positive, positiveGuessed, duplicates, quarantined, ignored } = imported;
  const roleOf = (name: string) =>
    name !== positive ? 'none' : positiveGuessed ? 'guessed' : ('positive' as const);
  const more = quarantined.length - NAMED;
  return [
    ...since(imported, say),
    say('importedDataset', { id: dataset.id, name: dataset.name, images }),
    ...(isLabelled(dataset)
      ? Object.entries(classes).map(
          ([name, count]) => `  ${say('importedClass', { name, count: String(count), role: roleOf(name) })}`,
        )
      : [`  ${say('importedUnlabelled', {})}`]),
    ...(duplicates > 0 ? [`  ${say('importedDuplicates', { count: duplicates })}`] : []),
    ...(ignored > 0 ? [`  ${say('importedIgnored', { count: ignored })}`] : []),
    ...(quarantined.length > 0 ? [`  ${say('importedLeftOut', { count: quarantined.length })}`] : []),
    ...quarantined
      .slice(0, NAMED)
      .map((left) => `    ${JSON.stringify(left.file).slice(1, -1)}: ${reason(left)}`),
    ...(more > 0 ? [`    ${say('importedMore', { count: more, id: dataset.id })}`] : []),
    ...(quarantined.length > 0 ? [`    ${say('importedTryAgain', {})}`] : []),
    say('next', { command: `falx ${isLabelled(dataset) ? 'split' : 'check'} ${dataset.id}` }),
  ].join('\n');
}

/** Changes since the last import, and files not read again. */
function since({ existing, changes, takenOver }: Imported, say: Speech['say']): string[] {
  if (existing) return [say('importedSame', {})];
  if (changes) {
    const { added, changed, gone, unchanged } = changes;
    return [say('importedChanges', { added, changed, gone, unchanged })];
  }
  return takenOver > 0 ? [say('importedTakenOver', { count: takenOver })] : [];
}

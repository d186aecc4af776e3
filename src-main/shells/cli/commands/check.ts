import { checkDataset, type Checked, type CheckedGroup, type CheckedTwin } from '../../../check/handlers.ts';
import type { Context } from '../main.ts';
import { resolveDataset } from '../resolve.ts';
import { counted } from '../text.ts';
import { withRegistry } from './shared.ts';

export async function check(context: Context, typed: string): Promise<void> {
  const { output } = context;
  await withRegistry(context, async (registry) => {
    const checked = await checkDataset({
      registry,
      datasetId: resolveDataset(registry, typed).id,
      onProgress: (step, done, total) => output.progress.show(`${step} images ${done}/${total}`),
    });
    output.answer(checked, () => text(checked));
    for (const { file, reason } of checked.unreadable.slice(0, NAMED))
      output.note(`Note: "${file}" was left out. ${reason}`);
  });
}

/** How many groups, and twins of each, are named; `--json` has all. */
const NAMED = 10;

function text(checked: Checked): string {
  const { dataset, images, exactDuplicates, groups, imagesWithTwins, distinctScans } = checked;
  const more = groups.length - NAMED;
  return [
    `${dataset.name}: ${counted(images, 'image')} of ${counted(distinctScans, 'distinct scan')}`,
    `  ${counted(exactDuplicates, 'exact duplicate')}`,
    `  ${counted(groups.length, 'group')} of twins, ${counted(imagesWithTwins, 'image')} in them`,
    ...(checked.groupsWithMixedLabels > 0
      ? [`  ${counted(checked.groupsWithMixedLabels, 'group')} with both labels: one of them must be wrong`]
      : []),
    ...(checked.groupsAcrossParts > 0
      ? [`  ${counted(checked.groupsAcrossParts, 'group')} across the parts that the folder came in`]
      : []),
    ...worstFirst(groups).slice(0, NAMED).flatMap(groupLines),
    ...(more > 0
      ? [`  and ${counted(more, 'more group', 'more groups')}: falx check ${dataset.id} --json`]
      : []),
    advice(checked),
  ].join('\n');
}

/** Those that need a person's eye before those that are only large. */
const worstFirst = (groups: readonly CheckedGroup[]): CheckedGroup[] => {
  const badness = ({ mixedLabels, acrossParts }: CheckedGroup) =>
    2 * Number(mixedLabels) + Number(acrossParts.length > 0);
  return groups.toSorted((a, b) => badness(b) - badness(a));
};

function groupLines({ first, twins, mixedLabels, acrossParts }: CheckedGroup): string[] {
  const marks = [
    ...(mixedLabels ? ['both labels'] : []),
    ...(acrossParts.length > 0 ? [`in ${acrossParts.join(' and ')}`] : []),
  ];
  const more = twins.length - NAMED;
  return [
    `  ${first.file}${marks.length > 0 ? ` (${marks.join('; ')})` : ''}`,
    ...twins.slice(0, NAMED).map((twin) => `    ${twin.file}: ${inWords(twin)}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

function inWords({ exact, change, correlation }: CheckedTwin): string {
  if (exact || !change) return 'the same file';
  const { mirrored, turned, rotated } = change;
  const words = [
    ...(mirrored ? ['mirrored'] : []),
    ...(turned > 0 ? [`turned ${turned}°`] : []),
    ...(Math.abs(rotated) >= 1 ? [`rotated ${rotated.toFixed(0)}°`] : []),
  ];
  return `${words.length > 0 ? words.join(', ') : 'not turned'}, correlation ${correlation.toFixed(3)}`;
}

function advice({ dataset, groups, exactDuplicates, groupsWithMixedLabels }: Checked): string {
  if (groups.length === 0) return `No twins. Next: falx split ${dataset.id}`;
  if (groupsWithMixedLabels > 0)
    return 'Look at the groups with both labels first: move or delete the wrong files, then import the folder again.';
  if (groups.every(({ twins }) => twins.every(({ exact }) => exact)) && exactDuplicates > 0)
    return `A split keeps exact duplicates in one part. Next: falx split ${dataset.id}`;
  return (
    'A random split would put near twins on both sides and flatter the result: keep one file of each group ' +
    '(falx check … --json names all), then import the folder again.'
  );
}

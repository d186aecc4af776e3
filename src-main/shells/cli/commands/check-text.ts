import type { Checked, CheckedGroup, CheckedImage, CheckedTwin } from '../../../check/report.ts';
import { counted } from '../text.ts';

/** How many groups, and twins of each, are named; `--json` has all. */
const NAMED = 10;

/** A check in words. */
export function checkText(checked: Checked): string {
  const { dataset, images, exactDuplicates, groups, imagesWithTwins, distinctScans } = checked;
  const { dropped, decisions, undecided } = checked;
  const more = groups.length - NAMED;
  const some = (count: number, line: string) => (count > 0 ? [line] : []);
  return [
    `${dataset.name}: ${counted(images, 'image')} of ${counted(distinctScans, 'distinct scan')}`,
    `  ${counted(exactDuplicates, 'exact duplicate')}`,
    `  ${counted(groups.length, 'group')} of twins, ${counted(imagesWithTwins, 'image')} in them`,
    ...some(
      checked.groupsWithMixedLabels,
      `  ${counted(checked.groupsWithMixedLabels, 'group')} with both labels: one of them must be wrong`,
    ),
    ...some(
      checked.groupsAcrossParts,
      `  ${counted(checked.groupsAcrossParts, 'group')} across the parts that the folder came in`,
    ),
    ...leakLines(checked),
    ...some(
      checked.patients.patients,
      `  ${counted(checked.patients.patients, 'patient')} known, of ${counted(checked.patients.images, 'image')}`,
    ),
    ...some(dropped, `  ${counted(dropped, 'image')} dropped: left out of splits`),
    ...some(
      decisions,
      `  ${counted(decisions, 'decision')} made, ${counted(undecided, 'group')} undecided (--undo takes the newest back)`,
    ),
    ...groups.slice(0, NAMED).flatMap(groupLines),
    ...some(more, `  and ${counted(more, 'more group', 'more groups')}: falx check ${dataset.id} --json`),
    advice(checked),
  ].join('\n');
}

function leakLines({ leaked, randomLeak, groups }: Checked): string[] {
  if (groups.length === 0) return [];
  return [
    ...(leaked && leaked.of > 0
      ? [
          `  as the folder came, ${leaked.count} of ${counted(leaked.of, 'test image')} have a twin in training or validation`,
        ]
      : []),
    ...(randomLeak && randomLeak.count >= 0.5
      ? [
          `  a random 80/20 split would put a twin of about ${randomLeak.count.toFixed(0)} of ` +
            `${counted(randomLeak.of, 'test image')} into training`,
        ]
      : []),
  ];
}

function groupLines({ first, twins, mixedLabels, acrossParts, decided }: CheckedGroup): string[] {
  const marks = [
    ...(mixedLabels ? ['both labels'] : []),
    ...(acrossParts.length > 0 ? [`in ${acrossParts.join(' and ')}`] : []),
    ...(decided ? ['decided'] : []),
  ];
  const more = twins.length - NAMED;
  return [
    `  ${first.file}${marks.length > 0 ? ` (${marks.join('; ')})` : ''}${droppedMark(first)}`,
    ...twins.slice(0, NAMED).map((twin) => `    ${twin.file}: ${likenessInWords(twin)}${droppedMark(twin)}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

const droppedMark = ({ dropped }: CheckedImage): string => (dropped ? ' – dropped' : '');

/** How one image lies to another. @param likeness.correlation null where only a third image links the two. */
export function likenessInWords({
  exact,
  change,
  correlation,
}: Pick<CheckedTwin, 'exact' | 'change'> & { correlation: number | null }): string {
  if (exact) return 'the same file';
  if (!change) return 'a twin of another in this group';
  const { mirrored, turned, rotated } = change;
  const words = [
    ...(mirrored ? ['mirrored'] : []),
    ...(turned > 0 ? [`turned ${turned}°`] : []),
    ...(Math.abs(rotated) >= 1 ? [`rotated ${rotated.toFixed(0)}°`] : []),
  ];
  const how = words.length > 0 ? words.join(', ') : 'not turned';
  return correlation === null
    ? `${how}, by way of a third image`
    : `${how}, correlation ${correlation.toFixed(3)}`;
}

function advice({ dataset, groups }: Checked): string {
  const next = `falx split ${dataset.id}`;
  if (groups.length === 0) return `No twins. Next: ${next}`;
  const mixed = groups.find(({ mixedLabels, decided }) => mixedLabels && !decided);
  if (mixed)
    return (
      `Look at the groups with both labels first, and drop what is wrong: falx check ${dataset.id} --drop ` +
      `"${(mixed.twins.find(({ className }) => className !== mixed.first.className) ?? mixed.first).file}"`
    );
  const drop = groups.some(({ decided }) => !decided)
    ? ` To count each scan once: falx check ${dataset.id} --drop-twins`
    : '';
  return `A split keeps each group in one part. Next: ${next}.${drop}`;
}

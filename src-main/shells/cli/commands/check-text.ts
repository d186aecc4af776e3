import type { Checked, CheckedGroup, CheckedImage, CheckedTwin } from '../../../check/report.ts';
import { withoutLabels } from '../../../registry/labelled.ts';
import type { Speech } from '../output.ts';

/** Number of groups, and twins of each, that are named; `--json` has all. */
const NAMED = 10;

type Say = Speech['say'];

/** A check as text. */
export function checkText(checked: Checked, { say, words }: Speech): string {
  const { dataset, images, exactDuplicates, groups, imagesWithTwins, distinctScans } = checked;
  const { dropped, decisions, undecided, groupsWithMixedLabels: mixed, groupsAcrossParts: across } = checked;
  const { patients, mixedImages, groupsWithMergedClasses: merged, mergedImages } = checked;
  const more = groups.length - NAMED;
  const first = (count: number, line: () => string) => (count > 0 ? [line()] : []);
  const some = (count: number, line: () => string) => first(count, () => `  ${line()}`);
  return [
    ...first(mixed, () => say('checkedMixed', { groups: mixed, images: mixedImages })),
    ...first(merged, () => say('checkedMerged', { groups: merged, images: mergedImages })),
    say('checkedImages', { name: dataset.name, images, scans: distinctScans }),
    `  ${say('checkedDuplicates', { count: exactDuplicates })}`,
    `  ${say('checkedGroups', { groups: groups.length, images: imagesWithTwins })}`,
    ...some(across, () => say('checkedAcross', { groups: across })),
    ...leakLines(checked, say),
    ...some(patients.patients, () => say('checkedPatients', patients)),
    ...some(dropped, () => say('checkedDropped', { images: dropped })),
    ...some(decisions, () => say('checkedDecisions', { decisions, undecided })),
    ...groups.slice(0, NAMED).flatMap((group) => groupLines(group, say)),
    ...some(more, () => say('checkedMoreGroups', { count: more, id: dataset.id })),
    advice(checked, { say, words }),
  ].join('\n');
}

function leakLines({ leaked, randomLeak, groups }: Checked, say: Say): string[] {
  if (groups.length === 0) return [];
  return [
    ...(leaked && leaked.of > 0
      ? [`  ${say('checkedLeaks', { count: String(leaked.count), of: leaked.of })}`]
      : []),
    ...(randomLeak && randomLeak.count >= 0.5
      ? [`  ${say('checkedRandomLeak', { count: randomLeak.count.toFixed(0), of: randomLeak.of })}`]
      : []),
  ];
}

function groupLines(group: CheckedGroup, say: Say): string[] {
  const { first, twins, mixedLabels, mergedClasses, acrossParts, decided } = group;
  const parts = acrossParts.map((part) => say('partName', { part })).join(say('checkedAnd', {}));
  const marks = [
    ...(mixedLabels ? [say('checkedBothLabels', {})] : []),
    ...(mergedClasses.length > 0 ? [say('checkedFromClasses', { classes: mergedClasses })] : []),
    ...(acrossParts.length > 0 ? [say('checkedIn', { parts })] : []),
    ...(decided ? [say('checkedDecided', {})] : []),
  ];
  const droppedMark = ({ dropped }: CheckedImage): string =>
    dropped ? ` – ${say('checkedDroppedMark', {})}` : '';
  const more = twins.length - NAMED;
  return [
    `  ${first.file}${marks.length > 0 ? ` (${marks.join('; ')})` : ''}${droppedMark(first)}`,
    ...twins
      .slice(0, NAMED)
      .map((twin) => `    ${twin.file}: ${similarityText(twin, say)}${droppedMark(twin)}`),
    ...(more > 0 ? [`    ${say('andMore', { count: more })}`] : []),
  ];
}

/** How one image is related to another. @param likeness.correlation null if only a third image links the two. */
export function similarityText(
  { exact, change, correlation }: Pick<CheckedTwin, 'exact' | 'change'> & { correlation: number | null },
  say: Say,
): string {
  if (exact) return say('likeSameFile', {});
  if (!change) return say('likeOther', {});
  const { mirrored, turned, rotated, nextSlice } = change;
  const words = [
    ...(mirrored ? [say('likeMirrored', {})] : []),
    ...(turned > 0 ? [say('likeTurned', { degrees: String(turned) })] : []),
    ...(Math.abs(rotated) >= 1 ? [say('likeRotated', { degrees: rotated.toFixed(0) })] : []),
  ];
  const still = nextSlice ? say('likeNextSlice', {}) : say('likeNotTurned', {});
  const how = words.length > 0 && !nextSlice ? words.join(', ') : still;
  return correlation === null
    ? say('likeByThird', { how })
    : say('likeCorrelation', { how, correlation: correlation.toFixed(3) });
}

function advice({ dataset, groups }: Checked, { say, words }: Pick<Speech, 'say' | 'words'>): string {
  const { id } = dataset;
  const cannot = withoutLabels(dataset);
  if (cannot) return words(cannot.asMessage);
  const next = `falx split ${id}`;
  if (groups.length === 0) return say('adviceNoTwins', { next });
  const mixed = groups.find(({ mixedLabels, decided }) => mixedLabels && !decided);
  if (mixed) {
    const { file } = mixed.twins.find(({ className }) => className !== mixed.first.className) ?? mixed.first;
    return say('adviceMixed', { id, file });
  }
  const undecided = groups.some(({ decided }) => !decided) ? 'yes' : 'no';
  return say('adviceTwins', { next, id, undecided });
}

import { groupsIn, keptOf, type Evidence } from '../check/scan-groups.ts';
import type { Grouping } from '../contract/grouping.ts';
import type { Dataset } from '../contract/records.ts';
import type { ImageOutline } from '../registry/checks.ts';
import { forEachInSteps, sortedBy, type Steps } from '../system/steps.ts';

/** Images that a split keeps in one part. */
export interface Group {
  /** The class it counts for when it is drawn: the one that more of its images have. */
  className: string;
  /** Images of each class, in the order of `Divisible.classes`. */
  counts: readonly number[];
  images: readonly ImageOutline[];
}

/** A dataset as it is divided. */
export interface Divisible {
  classes: readonly string[];
  /** All images but the dropped ones; in the order of their least SHA-256, the same wherever the files lie. */
  groups: readonly Group[];
}

/**
 * @param plain keeps exact duplicates apart that came in different parts, where nothing but they makes groups: the
 *   split as it was given, leaks and all.
 * @throws FalxError as `groupsOf`.
 */
export function divisible(
  evidence: Evidence,
  { classes }: Pick<Dataset, 'classes'>,
  grouping: Grouping,
  plain: boolean,
): Steps<Divisible> {
  const apart = plain && grouping.by === 'none';
  return keptOf(evidence, `divisible ${JSON.stringify(grouping)} ${apart}`, function* () {
    const { images, labels, dropped } = yield* groupsIn(evidence, grouping);
    const members = new Map<number | string, ImageOutline[]>();
    yield* forEachInSteps(images, (image, place) => {
      if (dropped.has(image.id)) return;
      const label = labels[place]!;
      const key = apart ? `${label} ${image.givenPart ?? ''}` : label;
      const group = members.get(key);
      if (group) group.push(image);
      else members.set(key, [image]);
    });
    const groups: Group[] = [];
    yield* forEachInSteps(yield* sortedBy([...members.values()], keyOf), (group) =>
      groups.push(groupOf(group, classes)),
    );
    return { classes, groups };
  });
}

/** No two groups have one: only those of one SHA-256 from different parts share that. */
function keyOf(images: readonly ImageOutline[]): string {
  const least = images.reduce((least, image) => (image.sha256 < least.sha256 ? image : least));
  return `${least.sha256} ${least.givenPart ?? ''}`;
}

function groupOf(images: readonly ImageOutline[], classes: readonly string[]): Group {
  const counts = classes.map(() => 0);
  for (const { className } of images) counts[classes.indexOf(className)]! += 1;
  // Ties go to the name that comes first, whatever order the classes are in.
  const className = [...classes].sort(
    (a, b) => counts[classes.indexOf(b)]! - counts[classes.indexOf(a)]! || (a < b ? -1 : 1),
  )[0]!;
  return { className, counts, images };
}

import { evidenceOf, groupsOf, kept } from '../check/groups.ts';
import type { Grouping } from '../contract/grouping.ts';
import type { Part } from '../contract/records.ts';
import type { ImageOutline } from '../registry/checks.ts';
import type { Registry } from '../registry/registry.ts';

/** Images that a split keeps in one part. */
export interface Group {
  /** The class it counts for when it is drawn: the one that more of its images have. */
  className: string;
  /** Images of each class, in the order of `Divisible.classes`. */
  counts: readonly number[];
  images: readonly ImageOutline[];
  /** The part they came in, or null. */
  given: Part | null;
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
  registry: Registry,
  datasetId: string,
  grouping: Grouping,
  plain: boolean,
): Divisible {
  const { classes } = registry.dataset(datasetId);
  const apart = plain && grouping.by === 'none';
  return kept(evidenceOf(registry, datasetId), `divisible ${JSON.stringify(grouping)} ${apart}`, () => {
    const { images, labels, dropped } = groupsOf(registry, datasetId, grouping);
    const members = new Map<string, ImageOutline[]>();
    images.forEach((image, place) => {
      if (dropped.has(image.id)) return;
      const key = apart ? `${labels[place]!} ${image.givenPart ?? ''}` : String(labels[place]!);
      const group = members.get(key);
      if (group) group.push(image);
      else members.set(key, [image]);
    });
    return {
      classes,
      groups: [...members.values()]
        .map((group) => ({ group, key: keyOf(group) }))
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ group }) => groupOf(group, classes)),
    };
  });
}

/** No two groups have one: only those of one SHA-256 from different parts share that. */
function keyOf(images: readonly ImageOutline[]): string {
  const least = images.reduce((least, image) => (image.sha256 < least.sha256 ? image : least));
  return `${least.sha256} ${least.givenPart ?? ''}`;
}

function groupOf(images: readonly ImageOutline[], classes: readonly string[]): Group {
  const counts = classes.map((name) => images.filter(({ className }) => className === name).length);
  // Ties go to the name that comes first, whatever order the classes are in.
  const className = [...classes].sort(
    (a, b) => counts[classes.indexOf(b)]! - counts[classes.indexOf(a)]! || (a < b ? -1 : 1),
  )[0]!;
  return { className, counts, images, given: givenPartOf(images) };
}

/** Images that came in several parts go to the test part first: what the model is judged by must not be learned. */
function givenPartOf(images: readonly ImageOutline[]): Part | null {
  const found = (['test', 'validation', 'train'] as const).find((part) =>
    images.some((image) => image.givenPart === part),
  );
  return found ?? null;
}

import type { TwinLink } from '../contract/check.ts';
import { partNames, type Part } from '../contract/records.ts';
import type { ImageOutline } from '../registry/checks.ts';
import { forEachInSteps, runToEnd, type Steps } from '../system/steps.ts';
import { keptOf, lastingOf, linksThatHold, scansIn, type Evidence } from './scan-groups.ts';
import { sourceClassOf } from './source-classes.ts';

/** Images of one scan, two at least, as evidence and decisions have left them. */
export interface TwinGroup {
  /** The image that most others were laid over; the first by path where all are the same file. */
  first: ImageOutline;
  /** By path. */
  others: ImageOutline[];
  /** What is so of the images that were not dropped. */
  mixedLabels: boolean;
  /**
   * Class folders that they came in, by name, where several were put together as one class; else empty. One scan is then said to
   * be of two kinds, which the label it has now hides.
   */
  mergedClasses: string[];
  /** The parts they came in, if more than one; else empty. */
  acrossParts: Part[];
  /** Ids, by path. */
  dropped: number[];
  /** Whether a person has looked at it and decided. */
  decided: boolean;
}

/** Groups of twins, those that need an eye first: both labels, several merged classes, across parts, then large ones. */
export const twinGroupsOf = (evidence: Evidence): readonly TwinGroup[] => runToEnd(twinGroupsIn(evidence));

/** The same in steps. */
export const twinGroupsIn = (evidence: Evidence): Steps<readonly TwinGroup[]> =>
  keptOf(evidence, 'twin groups', function* () {
    const decided = decidedIn(evidence);
    const groups: TwinGroup[] = [];
    const all = yield* inOrder(evidence);
    yield* forEachInSteps(all, (members) => groups.push(twinGroup(members, evidence, decided)));
    return groups;
  });

/** The images of a scan, by path, and the one that most of them were laid over. */
type Members = { members: readonly ImageOutline[]; first: ImageOutline; others: ImageOutline[] };

/** In the order of the list, which no decision changes: a group keeps its place while it is worked on. */
const inOrder = (evidence: Evidence): Steps<readonly Members[]> =>
  keptOf(lastingOf(evidence), 'members in order', function* () {
    const links = yield* linksByImageIn(evidence);
    const linksOf = ({ id }: ImageOutline) => links.get(id)?.length ?? 0;
    const found: { need: number; of: Members }[] = [];
    yield* forEachInSteps(yield* membersOf(evidence), (members) => {
      const first = members.reduce((most, image) => (linksOf(image) > linksOf(most) ? image : most));
      const others = members.filter((image) => image !== first);
      found.push({ need: needOf(members, evidence), of: { members, first, others } });
    });
    return found
      .sort(
        (a, b) =>
          b.need - a.need ||
          b.of.others.length - a.of.others.length ||
          (a.of.first.file < b.of.first.file ? -1 : 1),
      )
      .map(({ of }) => of);
  });

/** The links that hold of each image, by its id. */
export const linksByImage = (evidence: Evidence): ReadonlyMap<number, TwinLink[]> =>
  runToEnd(linksByImageIn(evidence));

const linksByImageIn = (evidence: Evidence): Steps<ReadonlyMap<number, TwinLink[]>> =>
  keptOf(lastingOf(evidence), 'links by image', function* () {
    const found = new Map<number, TwinLink[]>();
    yield* forEachInSteps(linksThatHold(evidence), (link) => {
      for (const id of [link.firstId, link.otherId]) {
        const known = found.get(id);
        if (known) known.push(link);
        else found.set(id, [link]);
      }
    });
    return found;
  });

/** Images of each scan that has more than one, by path. */
function* membersOf(evidence: Evidence): Steps<ImageOutline[][]> {
  const labels = yield* scansIn(evidence);
  const sizes = new Uint32Array(labels.length);
  for (const label of labels) sizes[label]! += 1;
  const groups = new Map<number, ImageOutline[]>();
  yield* forEachInSteps(evidence.images, (image, place) => {
    const label = labels[place]!;
    if (sizes[label] === 1) return; // most images: they are not worth a list each
    const group = groups.get(label);
    if (group) group.push(image);
    else groups.set(label, [image]);
  });
  yield* forEachInSteps(groups.values(), (members) => members.sort((a, b) => (a.file < b.file ? -1 : 1)));
  return [...groups.values()];
}

function twinGroup(
  { members, first, others }: Members,
  { dropped, merged }: Evidence,
  decided: (members: readonly ImageOutline[]) => boolean,
): TwinGroup {
  const gone = members.filter(({ id }) => dropped.has(id)).map(({ id }) => id);
  const left = gone.length === 0 ? members : members.filter(({ id }) => !dropped.has(id));
  return {
    first,
    others,
    mixedLabels: hasMixedLabels(left),
    mergedClasses: mergedIn(left, merged),
    acrossParts: partsAcross(left),
    dropped: gone,
    decided: decided(members),
  };
}

const hasMixedLabels = (images: readonly ImageOutline[]): boolean =>
  images.some(({ className }) => className !== images[0]!.className);

/** Of each class the folders it came from, if they are several. */
function mergedIn(images: readonly ImageOutline[], merged: Evidence['merged']): string[] {
  if (merged.length === 0) return [];
  const byClass = [...Map.groupBy(images, ({ className }) => className).values()];
  return byClass
    .flatMap((alike) => {
      const found = new Set(alike.flatMap((image) => sourceClassOf(image, merged) ?? []));
      return found.size > 1 ? [...found] : [];
    })
    .sort((a, b) => (a < b ? -1 : 1));
}

function partsAcross(images: readonly ImageOutline[]): Part[] {
  const parts = partNames.filter((part) => images.some(({ givenPart }) => givenPart === part));
  return parts.length > 1 ? parts : [];
}

/** Of all images, dropped ones included: a group keeps its place in the list while it is worked on. */
const needOf = (members: readonly ImageOutline[], { merged }: Evidence): number =>
  4 * Number(hasMixedLabels(members)) +
  2 * Number(mergedIn(members, merged).length > 0) +
  Number(partsAcross(members).length > 0);

/**
 * A group is decided when some of it was dropped or told apart from it, or when all of it was kept or put together:
 * an image that came later has been looked at by nobody.
 */
function decidedIn({ decisions }: Evidence): (members: readonly ImageOutline[]) => boolean {
  const idsOf = (...kinds: string[]) =>
    new Set(decisions.filter(({ kind }) => kinds.includes(kind)).flatMap(({ imageIds }) => imageIds));
  const [touched, seen] = [idsOf('drop', 'not-twins'), idsOf('keep', 'same-patient')];
  return (members) => members.some(({ id }) => touched.has(id)) || members.every(({ id }) => seen.has(id));
}

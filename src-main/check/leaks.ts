import type { Change, TwinLink } from '../contract/check.ts';
import type { ImageOutline } from '../registry/checks.ts';
import type { Evidence } from './scan-groups.ts';
import { linksByImage, twinGroupsOf } from './twin-groups.ts';

/** A test image, as the folder came, and the twin in train or validation that is most like it. */
export interface Leak {
  image: ImageOutline;
  twin: ImageOutline;
  /** Byte for byte the same. */
  exact: boolean;
  /** As laid over each other; null where both were laid over a third image of their group only. */
  correlation: number | null;
  /** What makes the test image of its twin, as far as it shows; null if exact, or if not known. */
  change: Change | null;
}

/** Every test image that leaks, by path. Dropped images neither leak nor are leaked. */
export function leaksOf(evidence: Evidence): Leak[] {
  const links = linksByImage(evidence);
  return twinGroupsOf(evidence)
    .flatMap(({ first, others }) => {
      const left = [first, ...others].filter(({ id }) => !evidence.dropped.has(id));
      const seen = left.filter(({ givenPart }) => givenPart === 'train' || givenPart === 'validation');
      if (seen.length === 0) return [];
      return left
        .filter(({ givenPart }) => givenPart === 'test')
        .map((image) => nearest(image, seen, first, links));
    })
    .sort((a, b) => (a.image.file < b.image.file ? -1 : 1));
}

function nearest(
  image: ImageOutline,
  seen: readonly ImageOutline[],
  first: ImageOutline,
  links: ReadonlyMap<number, TwinLink[]>,
): Leak {
  const all = seen.map((twin): Leak => {
    const exact = twin.sha256 === image.sha256;
    const direct = links
      .get(image.id)
      ?.find(({ firstId, otherId }) => firstId === twin.id || otherId === twin.id);
    return {
      image,
      twin,
      exact,
      correlation: exact ? 1 : (direct?.correlation ?? null),
      change: exact ? null : between(changeFrom(first, twin, links), changeFrom(first, image, links)),
    };
  });
  const likeness = ({ exact, correlation }: Leak) => (exact ? 2 : (correlation ?? -1));
  return all.reduce((best, leak) => (likeness(leak) > likeness(best) ? leak : best));
}

const UNCHANGED: Change = { mirrored: false, turned: 0, rotated: 0 };

/** What makes an image of the first of its group; null when that is not known. */
function changeFrom(
  first: ImageOutline,
  image: ImageOutline,
  links: ReadonlyMap<number, TwinLink[]>,
): Change | null {
  if (image.sha256 === first.sha256) return UNCHANGED;
  return linkFrom(first, links.get(image.id) ?? [])?.change ?? null;
}

/** An image's link to another, with what makes the image of that one: either may have been laid over the other. */
export function linkFrom(first: Pick<ImageOutline, 'id'>, its: readonly TwinLink[]): TwinLink | null {
  const direct = its.find(({ firstId }) => firstId === first.id);
  if (direct) return direct;
  const back = its.find(({ otherId }) => otherId === first.id);
  return back ? { ...back, change: between(back.change, UNCHANGED) } : null;
}

/**
 * What makes one image of another, from what makes each of a third. Undone and then done: a mirroring turns the sense
 * of the turns before it around.
 */
export function between(from: Change | null, to: Change | null): Change | null {
  if (!from || !to) return null;
  const angle = ({ turned, rotated }: Change) => turned + rotated;
  const mirrored = from.mirrored !== to.mirrored;
  const turn = angle(to) - (mirrored ? -angle(from) : angle(from));
  const quarters = Math.round(turn / 90);
  const turned = ((((quarters % 4) + 4) % 4) * 90) as Change['turned'];
  return {
    mirrored,
    turned,
    rotated: Math.round(10 * (turn - 90 * quarters)) / 10,
    ...((from.nextSlice ?? to.nextSlice) && { nextSlice: true }),
  };
}

import type { Fit } from './align.ts';
import type { Crew } from './crew.ts';
import type { Links } from './links.ts';
import { compareAll } from './search.ts';

/** A picture and those that fit over it. */
export interface Linked {
  first: number;
  others: { index: number; fit: Fit }[];
}

/** In a cluster larger than this, a picture is only laid over those that hang on it by so many links at most. */
const [LARGE, LINKS] = [200, 8];

/**
 * Groups in which each picture is a twin of the first. Links alone would chain slice to slice through a head: the
 * pictures that hang together are laid over the one with most links, and those that do not fit it are grouped anew.
 * @returns the groups, and the pairs compared.
 */
export async function groupTwins(crew: Crew, links: Links): Promise<{ groups: Linked[]; compared: number }> {
  const groups: Linked[] = [];
  let compared = 0;
  let clusters = links.clusters();
  const isGrouped = new Set<number>();
  while (clusters.length > 0) {
    const proposals = clusters.map((left) => propose(left, links, isGrouped));
    const pairs = Uint32Array.from(
      proposals.flatMap(({ first, others }) => others.flatMap((other) => [first, other])),
    );
    compared += pairs.length / 2;
    const fits = new Map(
      (await compareAll(crew, 'pictures', pairs)).map(({ pair, fit }) => [pairs[2 * pair + 1]!, fit]),
    );
    clusters = proposals.flatMap(({ first, others: laidOver }, cluster) => {
      const others = laidOver.flatMap((index) => {
        const fit = fits.get(index);
        return fit ? [{ index, fit }] : [];
      });
      if (others.length > 0) groups.push({ first, others });
      for (const { index } of others) isGrouped.add(index);
      isGrouped.add(first);
      const left = clusters[cluster]!.filter((index) => !isGrouped.has(index));
      return left.length > 1 ? [left] : [];
    });
  }
  return { groups, compared };
}

/** The picture of a cluster that most others are twins of, and those to be laid over it. */
function propose(
  left: readonly number[],
  links: Links,
  isGrouped: ReadonlySet<number>,
): { first: number; others: number[] } {
  const degree = (index: number) => links.twinsOf(index).size;
  const first = left.reduce((most, index) => (degree(index) > degree(most) ? index : most));
  const others = left.filter((index) => index !== first);
  if (left.length <= LARGE) return { first, others };
  const near = new Set([first]);
  let edge = [first];
  for (let link = 0; link < LINKS; link += 1) {
    edge = edge.flatMap((index) => [...links.twinsOf(index)].filter((twin) => !near.has(twin)));
    for (const index of edge) near.add(index);
  }
  return { first, others: others.filter((index) => near.has(index) && !isGrouped.has(index)) };
}

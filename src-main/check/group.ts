import type { Fit } from './align.ts';
import type { Crew } from './twin-workers.ts';
import type { Links } from './links.ts';
import { compareAll } from './search.ts';

/** A picture and those that fit over it. The first one may be an other one of a larger group. */
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
  const groupOf = new Map<number, Linked>();
  let compared = 0;
  let clusters = links.clusters();
  while (clusters.length > 0) {
    const proposals = clusters.map((left) => propose(left, links));
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
      const group = { first, others };
      if (others.length > 0) {
        groups.push(group);
        for (const index of [first, ...others.map(({ index }) => index)]) groupOf.set(index, group);
      }
      const left = clusters[cluster]!.filter((index) => index !== first && !fits.has(index));
      return left.length > 1 ? [left] : [];
    });
  }
  return { groups, compared: compared + (await addLinked(crew, links, groupOf)) };
}

/**
 * Adds to groups what a link leads to although it does not fit their first picture so well: pictures without a group, and
 * the first ones of smaller groups, which then are in two. @returns the pairs compared.
 */
async function addLinked(crew: Crew, links: Links, groupOf: ReadonlyMap<number, Linked>): Promise<number> {
  const pairs = new Map<string, [group: Linked, index: number]>();
  for (const index of links.clusters().flat())
    for (const twin of links.twinsOf(index)) {
      const [mine, its] = [groupOf.get(index), groupOf.get(twin)];
      if (its && its !== mine && (!mine || isBefore(its, mine))) {
        const joining = mine?.first ?? index;
        pairs.set(`${its.first} ${joining}`, [its, joining]);
      }
    }
  const proposed = [...pairs.values()];
  const fitting = await compareAll(
    crew,
    'linked',
    Uint32Array.from(proposed.flatMap(([{ first }, index]) => [first, index])),
  );
  const added = new Set<number>();
  for (const { pair, fit } of fitting) {
    const [group, index] = proposed[pair]!;
    if (added.has(index)) continue;
    added.add(index);
    group.others.push({ index, fit });
  }
  return proposed.length;
}

/** Larger groups first, so that none joins one that joins it. */
const isBefore = (one: Linked, other: Linked): boolean =>
  one.others.length > other.others.length ||
  (one.others.length === other.others.length && one.first < other.first);

/** The picture of a cluster that most others are twins of, and those to be laid over it. */
function propose(left: readonly number[], links: Links): { first: number; others: number[] } {
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
  return { first, others: others.filter((index) => near.has(index)) };
}

import { keysFor, linksThatHold, volumeOf, type Evidence } from '../check/groups.ts';
import type { CheckRecord } from '../contract/check.ts';
import type { Certificate, Grouping } from '../contract/grouping.ts';
import type { Part } from '../contract/records.ts';
import type { ImageOutline } from '../registry/checks.ts';

/**
 * What a finished split vouches for. Worked out from its parts and from what is known of the images, by another way
 * than they were drawn: nothing of the drawing is taken on trust.
 * @param parts image id → part; an image that is not there lies in none.
 * @param check the check that the dataset as it is was given, or null.
 */
export function certify(
  evidence: Evidence,
  parts: ReadonlyMap<number, Part>,
  grouping: Grouping,
  check: CheckRecord | null,
): Certificate {
  const { images, dropped } = evidence;
  const exact = bundles(images.map(({ sha256 }) => sha256));
  const twins = [
    ...exact,
    ...linksThatHold(evidence).map((link) => [link.firstId, link.otherId].map(placeOf)),
  ];
  const same = evidence.decisions.flatMap(({ kind, imageIds }) =>
    kind === 'same-patient' ? [imageIds.filter((id) => evidence.places.has(id)).map(placeOf)] : [],
  );
  const kept = (places: readonly number[]) => places.filter((place) => parts.has(images[place]!.id));
  const partsIn = (places: readonly number[]) =>
    new Set(kept(places).map((place) => parts.get(images[place]!.id)));

  const groups = hanging(
    images.length,
    grouping.by === 'none'
      ? exact
      : [...twins, ...same, ...bundles(images.map(volumeOf)), ...bundles(keysFor(images, grouping))],
  )
    .map(kept)
    .filter(({ length }) => length > 0);
  const scans = hanging(images.length, twins);
  const patients = bundles(images.map(({ patient }) => patient));
  return {
    grouping,
    checked: check?.created ?? null,
    groups: groups.length,
    largestGroup: groups.reduce((most, { length }) => Math.max(most, length), 0),
    groupsAcross: groups.filter((group) => partsIn(group).size > 1).length,
    twinsAcross: scans.reduce((sum, scan) => sum + pairsAcross(kept(scan).map(partAt)), 0),
    testImagesWithTwins: scans
      .filter((scan) => partsIn(scan).size > 1)
      .reduce((sum, scan) => sum + kept(scan).filter((place) => partAt(place) === 'test').length, 0),
    patientsAcross: patients.length === 0 ? null : patients.filter((some) => partsIn(some).size > 1).length,
    dropped: dropped.size,
  };

  function placeOf(id: number): number {
    return evidence.places.get(id)!;
  }
  function partAt(place: number): Part {
    return parts.get(images[place]!.id)!;
  }
}

/** Places that share a key; null shares with none. */
function bundles(keys: readonly (ImageOutline['patient'] | undefined)[]): number[][] {
  const found = new Map<string, number[]>();
  keys.forEach((key, place) => {
    if (key === null || key === undefined) return;
    const bundle = found.get(key);
    if (bundle) bundle.push(place);
    else found.set(key, [place]);
  });
  return [...found.values()];
}

/** All places in heaps that hang together through bundles: walked breadth first from each that was not reached yet. */
function hanging(n: number, bundled: readonly (readonly number[])[]): number[][] {
  const at = Array.from({ length: n }, (): number[] => []);
  bundled.forEach((places, bundle) => {
    if (places.length > 1) for (const place of places) at[place]!.push(bundle);
  });
  const [reached, walked] = [new Uint8Array(n), new Uint8Array(bundled.length)];
  const heaps: number[][] = [];
  for (let start = 0; start < n; start += 1) {
    if (reached[start]) continue;
    reached[start] = 1;
    const heap = [start];
    for (let next = 0; next < heap.length; next += 1)
      for (const bundle of at[heap[next]!]!) {
        if (walked[bundle]) continue;
        walked[bundle] = 1;
        for (const place of bundled[bundle]!)
          if (!reached[place]) {
            reached[place] = 1;
            heap.push(place);
          }
      }
    heaps.push(heap);
  }
  return heaps;
}

/** Pairs that lie in different parts. */
function pairsAcross(parts: readonly Part[]): number {
  const pairs = (n: number) => (n * (n - 1)) / 2;
  const count = (part: Part) => parts.filter((each) => each === part).length;
  return pairs(parts.length) - pairs(count('train')) - pairs(count('validation')) - pairs(count('test'));
}

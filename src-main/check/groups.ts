import type { Decision, TwinLink } from '../contract/check.ts';
import type { Grouping } from '../contract/grouping.ts';
import type { ImageOutline } from '../registry/checks.ts';
import type { Registry } from '../registry/registry.ts';
import { components } from './components.ts';
import { keysOf } from './pattern.ts';

/** All that groups of a dataset are made of, as it is now. */
export interface Evidence {
  /** In id order; other fields name images by their place here. */
  images: readonly ImageOutline[];
  /** Image id → place. */
  places: ReadonlyMap<number, number>;
  /** As found, of images that are still there. */
  links: readonly TwinLink[];
  /** Those that hold, oldest first. */
  decisions: readonly Decision[];
  /** Ids of images that were dropped and not kept later. */
  dropped: ReadonlySet<number>;
}

/** A dataset's images in groups. */
export interface Groups {
  /** In id order. */
  images: readonly ImageOutline[];
  /** The number of each image's group, by its place in `images`, from 0. */
  labels: Uint32Array;
  /** Ids of images that are left out of splits. They still hold others together. */
  dropped: ReadonlySet<number>;
}

/** How images are grouped when nobody says: by patient where one is known, else by twins alone. */
export function defaultGrouping(registry: Registry, datasetId: string): Grouping {
  const known = evidenceOf(registry, datasetId).images.some(({ patient }) => patient !== null);
  return { by: known ? 'patient' : 'twins' };
}

/**
 * The groups that a split must not part: connected components over what `grouping` says besides exact duplicates,
 * twins and the slices of one volume. Kept until something changes, so asking again is quick. Which number a group has says nothing.
 * @throws FalxError `not-found`; `bad-usage` for a pattern that is none, or too slow.
 */
export function groupsOf(registry: Registry, datasetId: string, grouping: Grouping): Groups {
  const evidence = evidenceOf(registry, datasetId);
  const { images, dropped } = evidence;
  return {
    images,
    dropped,
    labels: kept(evidence, JSON.stringify(grouping), () => labelsOf(evidence, grouping)),
  };
}

/** Images of one scan: exact duplicates and the twins that were found and not denied. */
export function scansOf(evidence: Evidence): Uint32Array {
  return kept(evidence, 'scans', () =>
    components(evidence.images.length, [...exactPairs(evidence), ...twinPairs(evidence)]),
  );
}

function labelsOf(evidence: Evidence, grouping: Grouping): Uint32Array {
  const { images } = evidence;
  if (grouping.by === 'none') return components(images.length, exactPairs(evidence));
  return components(images.length, [
    ...exactPairs(evidence),
    ...twinPairs(evidence),
    ...samePatientPairs(evidence),
    ...pairsBy(evidence.images.map(volumeOf)),
    ...pairsBy(keysFor(images, grouping)),
  ]);
}

/** The volume that a slice or frame is of: a DICOM series, or its file; null for a picture on its own. */
export const volumeOf = ({
  file,
  frame,
  series,
}: Pick<ImageOutline, 'file' | 'frame' | 'series'>): string | null =>
  series ?? (frame === null ? null : file.slice(0, -1 - frame.length));

/** What images of one group share, by place; null for an image that only its twins hold. */
export function keysFor(images: readonly ImageOutline[], grouping: Grouping): (string | null)[] {
  if (grouping.by === 'patient') return images.map(({ patient }) => patient);
  if (grouping.by === 'pattern') {
    const { pattern } = grouping;
    return kept(images, `pattern ${pattern}`, () =>
      keysOf(
        pattern,
        images.map(({ file }) => file),
      ),
    );
  }
  return [];
}

/** Each image with the first one that has the same key: places. */
function* pairsBy(keys: Iterable<string | null>): Generator<[number, number]> {
  const first = new Map<string, number>();
  let place = 0;
  for (const key of keys) {
    if (key !== null) {
      const known = first.get(key);
      if (known === undefined) first.set(key, place);
      else yield [known, place];
    }
    place += 1;
  }
}

const exactPairs = ({ images }: Evidence) =>
  kept(images, 'exact pairs', () => [...pairsBy(images.map(({ sha256 }) => sha256))]);

function* twinPairs(evidence: Evidence): Generator<[number, number]> {
  const { places } = evidence;
  for (const { firstId, otherId } of linksThatHold(evidence))
    yield [places.get(firstId)!, places.get(otherId)!];
}

/** The links that no decision denies. */
export function linksThatHold({ links, decisions }: Evidence): TwinLink[] {
  const denials = decisions
    .filter(({ kind }) => kind === 'not-twins')
    .map(({ imageIds }) => new Set(imageIds));
  return links.filter(
    ({ firstId, otherId }) => !denials.some((among) => among.has(firstId) && among.has(otherId)),
  );
}

function* samePatientPairs({ decisions, places }: Evidence): Generator<[number, number]> {
  for (const { kind, imageIds } of decisions) {
    if (kind !== 'same-patient') continue;
    const [first, ...others] = imageIds.flatMap((id) => places.get(id) ?? []);
    for (const other of others) yield [first!, other];
  }
}

// ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────

/** Reads all that groups are made of; what has not changed since it was last asked is not read again. */
export function evidenceOf(registry: Registry, idOrName: string): Evidence {
  const datasetId = registry.dataset(idOrName).id;
  const { checks } = registry;
  const state = checks.state(datasetId);
  const last = lastOf.get(registry);
  const known = last?.datasetId === datasetId ? last : undefined;
  const same = (part: keyof typeof state) => known?.state[part] === state[part];
  if (known && same('images') && same('twins') && same('decisions')) return known.evidence;

  const images = known && same('images') ? known.evidence.images : checks.outlines(datasetId);
  const places =
    known && same('images') ? known.evidence.places : new Map(images.map(({ id }, place) => [id, place]));
  const links = known && same('images') && same('twins') ? known.evidence.links : checks.links(datasetId);
  const decisions = checks.decisions(datasetId).filter(({ undone }) => undone === null);
  const evidence = { images, places, links, decisions, dropped: droppedBy(decisions) };
  lastOf.set(registry, { datasetId, state, evidence });
  return evidence;
}

/** Of the dataset that was asked for last. */
const lastOf = new WeakMap<
  Registry,
  { datasetId: string; state: ReturnType<Registry['checks']['state']>; evidence: Evidence }
>();

/** The last word about an image counts. */
function droppedBy(decisions: readonly Decision[]): Set<number> {
  const dropped = new Set<number>();
  for (const { kind, imageIds } of decisions) {
    if (kind === 'drop') for (const id of imageIds) dropped.add(id);
    if (kind === 'keep') for (const id of imageIds) dropped.delete(id);
  }
  return dropped;
}

/** Works something out once: of all evidence, or of its images alone, which stay the same over decisions. */
export function kept<T>(of: Evidence | Evidence['images'], what: string, make: () => T): T {
  const all = workedOut.get(of) ?? new Map<string, unknown>();
  workedOut.set(of, all);
  if (!all.has(what)) {
    // A person who types a pattern asks for one after another: only the newest few are kept.
    if (all.size >= MOST_KEPT) all.delete(all.keys().next().value!);
    all.set(what, make());
  }
  return all.get(what) as T;
}

const MOST_KEPT = 8;
const workedOut = new WeakMap<Evidence | Evidence['images'], Map<string, unknown>>();

import type { Decision, TwinLink } from '../contract/check.ts';
import type { Grouping } from '../contract/grouping.ts';
import type { ClassChoice } from '../contract/labels.ts';
import type { ImageOutline } from '../registry/checks.ts';
import type { Registry } from '../registry/registry.ts';
import { runToEnd, STEP_LENGTH, forEachInSteps, type Steps } from '../system/steps.ts';
import { componentsInSteps } from './linked-components.ts';
import { keysOf } from './name-pattern.ts';
import { savedVolumes, withNextSlices } from './saved-volumes.ts';
import { mergedClassesOf } from './source-classes.ts';

/** All that groups of a dataset are made of, as it is now. */
export interface Evidence {
  /** In id order; other fields name images by their place here. */
  images: readonly ImageOutline[];
  /** Image id → place. */
  places: ReadonlyMap<number, number>;
  /** As found, of images that are still there; slices of saved volumes that lie beside each other are marked. */
  links: readonly TwinLink[];
  /** Series of numbered files that are volumes saved slice by slice (`savedVolumes`). */
  volumes: ReadonlySet<string>;
  /** Those that hold, oldest first. */
  decisions: readonly Decision[];
  /** Ids of images that were dropped and not kept later. */
  dropped: ReadonlySet<number>;
  /** Classes that were made of several class folders. */
  merged: readonly ClassChoice[];
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
export const defaultGrouping = (registry: Registry, datasetId: string): Grouping =>
  groupingFor(evidenceOf(registry, datasetId));

export const groupingFor = ({ images }: Evidence): Grouping => ({
  by: images.some(({ patient }) => patient !== null) ? 'patient' : 'twins',
});

/**
 * The groups that a split must not part: connected components over what `grouping` says besides exact duplicates,
 * twins and the slices of one volume. Kept until something changes, so asking again is quick. Which number a group has says nothing.
 * @throws FalxError `not-found`; `bad-usage` for a pattern that is none, or too slow.
 */
export const groupsOf = (registry: Registry, datasetId: string, grouping: Grouping): Groups =>
  runToEnd(groupsIn(evidenceOf(registry, datasetId), grouping));

/** The same of evidence that was read, in steps. */
export function* groupsIn(evidence: Evidence, grouping: Grouping): Steps<Groups> {
  const { images, dropped } = evidence;
  const labels = yield* keptOf(evidence, JSON.stringify(grouping), () => labelsOf(evidence, grouping));
  return { images, dropped, labels };
}

/** Images of one scan: exact duplicates and the twins that were found and not denied. */
export const scansOf = (evidence: Evidence): Uint32Array => runToEnd(scansIn(evidence));

/** The same in steps. */
export const scansIn = (evidence: Evidence): Steps<Uint32Array> =>
  keptOf(lastingOf(evidence), 'scans', function* () {
    const exact = yield* exactPairs(evidence);
    return yield* componentsInSteps(evidence.images.length, inTurn(exact, twinPairs(evidence)));
  });

function* labelsOf(evidence: Evidence, grouping: Grouping): Steps<Uint32Array> {
  const { images } = evidence;
  const exact = yield* exactPairs(evidence);
  if (grouping.by === 'none') return yield* componentsInSteps(images.length, exact);
  return yield* componentsInSteps(
    images.length,
    inTurn(
      exact,
      twinPairs(evidence),
      samePatientPairs(evidence),
      pairsBy(images, volumeOf),
      pairsBy(keysFor(images, grouping), (key) => key),
    ),
  );
}

function* inTurn<T>(...lists: Iterable<T>[]): Generator<T, void> {
  for (const list of lists) yield* list;
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

type Pair = readonly [number, number];

/** Each thing with the first one that has the same key: places; now and then none, to yield. */
function* pairsBy<T>(
  things: readonly T[],
  keyOf: (thing: T) => string | null,
): Generator<Pair | undefined, void> {
  const first = new Map<string, number>();
  for (const [place, thing] of things.entries()) {
    const key = keyOf(thing);
    if (place % STEP_LENGTH === STEP_LENGTH - 1) yield undefined;
    if (key === null) continue;
    const known = first.get(key);
    if (known === undefined) first.set(key, place);
    else yield [known, place];
  }
}

const exactPairs = ({ images }: Evidence): Steps<Pair[]> =>
  keptOf(images, 'exact pairs', function* () {
    const pairs: Pair[] = [];
    for (const pair of pairsBy(images, ({ sha256 }) => sha256))
      if (pair) pairs.push(pair);
      else yield;
    return pairs;
  });

function* twinPairs(evidence: Evidence): Generator<Pair, void> {
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

function* samePatientPairs({ decisions, places }: Evidence): Generator<Pair, void> {
  for (const { kind, imageIds } of decisions) {
    if (kind !== 'same-patient') continue;
    const [first, ...others] = imageIds.flatMap((id) => places.get(id) ?? []);
    for (const other of others) yield [first!, other];
  }
}

// ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────

/** Reads all that groups are made of; what has not changed since it was last asked is not read again. */
export const evidenceOf = (registry: Registry, idOrName: string): Evidence =>
  runToEnd(evidenceIn(registry, idOrName));

/** The same in steps. */
export function* evidenceIn(registry: Registry, idOrName: string): Steps<Evidence> {
  const datasetId = registry.datasets.get(idOrName).id;
  const { checks } = registry;
  for (let state = checks.state(datasetId); ;) {
    const last = lastOf.get(registry);
    const known = last?.datasetId === datasetId ? last : undefined;
    const same = (part: keyof typeof state) => known?.state[part] === state[part];
    if (known && stateKey(known.state) === stateKey(state)) return known.evidence;

    const images =
      known && same('images') ? known.evidence.images : yield* all(checks.outlinePages(datasetId));
    const places = known && same('images') ? known.evidence.places : yield* placesOf(images);
    const { links, volumes } =
      known && same('images') && same('twins')
        ? known.evidence
        : yield* markedLinks(images, places, yield* all(checks.linkPages(datasetId)));
    const decisions = checks.decisions(datasetId).filter(({ undone }) => undone === null);
    const evidence = {
      images,
      places,
      links,
      volumes,
      decisions,
      dropped: droppedBy(decisions),
      merged: known && same('images') ? known.evidence.merged : mergedClassesOf(registry, datasetId),
    };
    // While it was read in steps, somebody may have decided something: what came in meanwhile is read as well.
    const now = checks.state(datasetId);
    lastOf.set(registry, { datasetId, state, evidence });
    state = now;
  }
}

function* markedLinks(
  images: Evidence['images'],
  places: Evidence['places'],
  found: readonly TwinLink[],
): Steps<Pick<Evidence, 'links' | 'volumes'>> {
  const volumes = yield* savedVolumes(images, places, found);
  const links = volumes.size === 0 ? found : yield* withNextSlices(images, places, found, volumes);
  return { links, volumes };
}

function* all<T>(pages: Iterable<T[]>): Steps<T[]> {
  const found: T[] = [];
  for (const page of pages) {
    for (const one of page) found.push(one);
    yield;
  }
  return found;
}

function* placesOf(images: Evidence['images']): Steps<Map<number, number>> {
  const places = new Map<number, number>();
  yield* forEachInSteps(images, ({ id }, place) => places.set(id, place));
  return places;
}

type State = ReturnType<Registry['checks']['state']>;

const stateKey = (state: State): string => JSON.stringify(state);

/** Of the dataset that was asked for last. */
const lastOf = new WeakMap<Registry, { datasetId: string; state: State; evidence: Evidence }>();

/** Whether a dataset's evidence was read already: to bring it up to date is quick then. */
export const isRead = (registry: Registry, datasetId: string): boolean =>
  lastOf.get(registry)?.datasetId === datasetId;

/** What tells a dataset's evidence from any other of it, before or after; and the evidence, where it was read already. */
export function evidenceKey(
  registry: Registry,
  datasetId: string,
): { key: string; evidence: Evidence | null } {
  const key = stateKey(registry.checks.state(datasetId));
  const last = lastOf.get(registry);
  const isThis = last?.datasetId === datasetId && stateKey(last.state) === key;
  return { key, evidence: isThis ? last.evidence : null };
}

/** The last word about an image counts. */
function droppedBy(decisions: readonly Decision[]): Set<number> {
  const dropped = new Set<number>();
  for (const { kind, imageIds } of decisions) {
    if (kind === 'drop') for (const id of imageIds) dropped.add(id);
    if (kind === 'keep') for (const id of imageIds) dropped.delete(id);
  }
  return dropped;
}

/** What something is worked out of: all evidence, or what stays the same over decisions. */
type Source = Evidence | Evidence['images'] | Evidence['links'];

/**
 * What the twins of each scan depend on: their links alone, which outlive the decisions about them, unless a decision says that
 * some are none.
 */
export const lastingOf = (evidence: Evidence): Source =>
  evidence.decisions.some(({ kind }) => kind === 'not-twins') ? evidence : evidence.links;

/** Works something out once. */
export const kept = <T>(of: Source, what: string, make: () => T): T =>
  runToEnd(
    // eslint-disable-next-line require-yield -- it is one piece
    keptOf(of, what, function* () {
      return make();
    }),
  );

/** The same in steps. */
export function* keptOf<T>(of: Source, what: string, make: () => Steps<T>): Steps<T> {
  const all = workedOut.get(of) ?? new Map<string, unknown>();
  workedOut.set(of, all);
  if (all.has(what)) return all.get(what) as T;
  const made = yield* make();
  // A person who types a pattern asks for one after another: only the newest few are kept.
  if (all.size >= MOST_KEPT) all.delete(all.keys().next().value!);
  all.set(what, made);
  return made;
}

const MOST_KEPT = 16;
const workedOut = new WeakMap<Source, Map<string, unknown>>();

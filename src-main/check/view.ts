import { z } from 'zod';
import { CheckView, GROUPS_SHOWN, GroupView, type GroupFilter, type TwinLink } from '../contract/check.ts';
import type { ImageOutline } from '../registry/checks.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns, type Steps } from '../system/steps.ts';
import { keep, openingFile, readKept, type KeptAs } from './kept-opening.ts';
import { linkFrom } from './leaks.ts';
import { CHECK_METHOD, OPENING_METHOD, SHORTCUT_METHOD } from './methods.ts';
import { evidenceIn, evidenceKey, evidenceOf, kept, scansOf, type Evidence } from './scan-groups.ts';
import { linksByImage, twinGroupsIn, twinGroupsOf, type TwinGroup } from './twin-groups.ts';

/** What is counted of a dataset's evidence. */
const Counts = CheckView.pick({
  images: true,
  exactDuplicates: true,
  groups: true,
  imagesInGroups: true,
  distinctScans: true,
  mixedLabels: true,
  mixedImages: true,
  mergedClasses: true,
  mergedImages: true,
  acrossParts: true,
  undecided: true,
  dropped: true,
  leaked: true,
  patients: true,
}).extend({ randomLeak: CheckView.shape.randomLeak.unwrap() });
type Counts = z.infer<typeof Counts>;

const GroupPage = z.object({ total: z.int(), groups: z.array(GroupView) });

const Opening = z.object({ counts: Counts, page: GroupPage });
type Opening = z.infer<typeof Opening>;

/** A dataset's check with its counts as decisions have left them. @throws FalxError `not-found`. */
export function checkView(registry: Registry, idOrName: string): CheckView {
  const dataset = registry.datasets.get(idOrName);
  const { checks } = registry;
  const { counts } = openingOf(registry, dataset.id);
  const check = checks.record(dataset.id);
  const shortcuts = checks.shortcuts(dataset.id);
  const decisions = checks.decisionOutlines(dataset.id);
  const holding = decisions.filter(({ undone }) => undone === null);
  return {
    datasetId: dataset.id,
    check,
    outdated: check !== null && check.datasetHash !== dataset.hash,
    older: {
      check: check !== null && check.method !== CHECK_METHOD,
      shortcuts: shortcuts !== null && shortcuts.method !== SHORTCUT_METHOD,
    },
    ...counts,
    randomLeak: check && counts.randomLeak,
    shortcuts,
    decisions: holding.length,
    undo: holding.at(-1) ?? null,
    redo: decisions.find(({ undone }) => undone !== null) ?? null,
  };
}

/** Groups of twins, a page of them. @throws FalxError `not-found`. */
export function groupPage(
  registry: Registry,
  {
    datasetId,
    filter,
    offset,
    limit,
  }: { datasetId: string; filter: GroupFilter; offset: number; limit: number },
): GroupPage {
  const { id } = registry.datasets.get(datasetId);
  if (filter === 'all' && offset === 0 && limit <= GROUPS_SHOWN) {
    const { page } = openingOf(registry, id);
    return { ...page, groups: page.groups.slice(0, limit) };
  }
  return pageOf(registry, evidenceOf(registry, id), filter, offset, limit);
}

type GroupPage = z.infer<typeof GroupPage>;

function pageOf(
  registry: Registry,
  evidence: Evidence,
  filter: GroupFilter,
  offset: number,
  limit: number,
): GroupPage {
  const groups = filter === 'all' ? twinGroupsOf(evidence) : twinGroupsOf(evidence).filter(passes[filter]);
  const links = linksByImage(evidence);
  return {
    total: groups.length,
    groups: groups.slice(offset, offset + limit).map((group) => groupView(registry, group, links)),
  };
}

/** Reads and groups all of a dataset, so that what is asked next is quick. */
export function* readGroups(registry: Registry, datasetId: string): Steps<void> {
  yield* twinGroupsIn(yield* evidenceIn(registry, datasetId));
}

/** Works out what opening a check shows, in turns, and keeps it. */
export async function prepareOpening(registry: Registry, datasetId: string): Promise<void> {
  await runInTurns(readGroups(registry, datasetId));
  openingOf(registry, datasetId);
}

/**
 * What opening a check shows: from the evidence that was read; where none was, as it was kept when it was last worked out, if
 * nothing has changed since; else it is worked out, and kept.
 */
function openingOf(registry: Registry, datasetId: string): Opening {
  const { key, evidence } = evidenceKey(registry, datasetId);
  const keptAs = { file: openingFile(registry.home, datasetId), key: `${OPENING_METHOD} ${key}` };
  const known = evidence ? null : readKept(keptAs, Opening);
  return known ?? openingFrom(registry, evidence ?? evidenceOf(registry, datasetId), keptAs);
}

const openingFrom = (registry: Registry, evidence: Evidence, keptAs: KeptAs): Opening =>
  kept(evidence, 'opening', () => {
    const opening = {
      counts: countsOf(evidence),
      page: pageOf(registry, evidence, 'all', 0, GROUPS_SHOWN),
    };
    if (!registry.readOnly) keep(keptAs, opening);
    return opening;
  });

const passes: Record<GroupFilter, (group: TwinGroup) => boolean> = {
  all: () => true,
  'mixed-labels': ({ mixedLabels }) => mixedLabels,
  'merged-classes': ({ mergedClasses }) => mergedClasses.length > 0,
  'across-parts': ({ acrossParts }) => acrossParts.length > 0,
  undecided: ({ decided }) => !decided,
  dropped: ({ dropped }) => dropped.length > 0,
};

/** Most twins that a view of a group shows. */
const MOST_TWINS = 200;

function groupView(
  registry: Registry,
  { first, others, ...rest }: TwinGroup,
  links: ReadonlyMap<number, TwinLink[]>,
): GroupView {
  return {
    ...rest,
    first: registry.images.get(first.id),
    twins: others.slice(0, MOST_TWINS).map((other) => ({
      image: registry.images.get(other.id),
      ...likeness(first, other, links),
    })),
    images: 1 + others.length,
  };
}

/** How one image of a group lies to the first: null as a change also where only others of the group link them. */
export function likeness(first: ImageOutline, other: ImageOutline, links: ReadonlyMap<number, TwinLink[]>) {
  if (other.sha256 === first.sha256) return { exact: true, correlation: 1, detail: 1, change: null };
  const its = links.get(other.id) ?? [];
  const direct = linkFrom(first, its);
  const nearest = direct ?? its.toSorted((a, b) => b.correlation - a.correlation)[0];
  return {
    exact: false,
    correlation: nearest?.correlation ?? 1,
    detail: nearest?.detail ?? 1,
    change: direct?.change ?? null,
  };
}

function countsOf(evidence: Evidence): Counts {
  const { images, dropped } = evidence;
  const groups = twinGroupsOf(evidence);
  const count = (filter: GroupFilter) => groups.filter(passes[filter]).length;
  const imagesLeft = (filter: GroupFilter) =>
    groups
      .filter(passes[filter])
      .reduce((sum, { others, dropped: gone }) => sum + 1 + others.length - gone.length, 0);
  const labels = scansOf(evidence);
  const seen = new Uint8Array(labels.length);
  images.forEach(({ id }, place) => {
    if (!dropped.has(id)) seen[labels[place]!] = 1;
  });
  return {
    ...kept(images, 'counts', () => imageCounts(images)),
    groups: groups.length,
    imagesInGroups: groups.reduce((sum, { others }) => sum + 1 + others.length, 0),
    distinctScans: seen.reduce((sum, one) => sum + one, 0),
    mixedLabels: count('mixed-labels'),
    mixedImages: imagesLeft('mixed-labels'),
    mergedClasses: count('merged-classes'),
    mergedImages: imagesLeft('merged-classes'),
    acrossParts: count('across-parts'),
    undecided: count('undecided'),
    dropped: dropped.size,
    leaked: leakedOf(evidence, groups),
    randomLeak: randomLeak(evidence, groups),
  };
}

function imageCounts(
  images: readonly ImageOutline[],
): Pick<Counts, 'images' | 'exactDuplicates' | 'patients'> {
  const patients = images.flatMap(({ patient }) => patient ?? []);
  return {
    images: images.length,
    exactDuplicates: images.length - new Set(images.map(({ sha256 }) => sha256)).size,
    patients: { images: patients.length, patients: new Set(patients).size },
  };
}

/** Test images, as the folder came, with a twin in its train or validation folder; dropped images do not count. */
function leakedOf({ images, dropped }: Evidence, groups: readonly TwinGroup[]): Counts['leaked'] {
  if (images.every(({ givenPart }) => givenPart === null)) return null;
  const inTest = (some: readonly ImageOutline[]) =>
    some.filter(({ id, givenPart }) => givenPart === 'test' && !dropped.has(id)).length;
  const leaking = groups.filter(({ first, others }) =>
    [first, ...others].some(
      ({ id, givenPart }) => (givenPart === 'train' || givenPart === 'validation') && !dropped.has(id),
    ),
  );
  return {
    count: leaking.reduce((sum, { first, others }) => sum + inTest([first, ...others]), 0),
    of: inTest(images),
  };
}

/**
 * How many test images are expected to have a twin in training when one in five images is drawn for the test part at
 * random: an image of a group of m is in the test part without a twin in training only if all m are there.
 */
function randomLeak(
  { images, dropped }: Evidence,
  groups: readonly TwinGroup[],
): { count: number; of: number } {
  const n = images.filter(({ id }) => !dropped.has(id)).length;
  const test = Math.round(0.2 * n);
  let count = 0;
  for (const group of groups) {
    const m = 1 + group.others.length - group.dropped.length;
    if (m < 2) continue;
    let allInTest = 1;
    for (let i = 0; i < m; i += 1) allInTest *= Math.max(0, test - i) / (n - i);
    count += m * (test / n - allInTest);
  }
  return { count, of: test };
}

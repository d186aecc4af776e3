import { evidenceIn, groupingFor, keptOf, type Evidence } from '../check/scan-groups.ts';
import { FalxError } from '../contract/errors.ts';
import type { Certificate, Grouping, SearchedAcross } from '../contract/grouping.ts';
import { leaveOutMethod } from '../contract/leave-out.ts';
import { ShortcutFigures } from '../contract/shortcut-kinds.ts';
import { partNames, type Dataset, type Part, type Split } from '../contract/records.ts';
import { requireLabels } from '../registry/labelled.ts';
import { storedPart, type StoredPart } from '../registry/parts.ts';
import { newId, type Registry } from '../registry/registry.ts';
import { runToEnd, forEachInSteps, type Steps } from '../system/steps.ts';
import { assignInSteps, quotasOf, type Fractions } from './assign.ts';
import { certifyInSteps } from './certify.ts';
import { assignFoldsInSteps } from './assign-folds.ts';
import { divisible, type Divisible } from './divisible-groups.ts';
import { hashOfLines, linesOf } from './hash.ts';
import { repairedParts } from './repair-split.ts';
import { checkFolds, checkFractions, checkGrouping, checkParts, nothingGiven } from './split-refusals.ts';

interface SplitChoices {
  registry: Registry;
  /** Id or name. */
  datasetId: string;
  /** Share of all images, taken out of what the test part leaves; 0 for no validation part; 0.1 by default. */
  validation?: number | undefined;
  /** 0 to 2^31 − 1; 7 by default. */
  seed?: number | undefined;
  /** What besides twins is kept together; by patient where one is known by default. */
  grouping?: Grouping | undefined;
  /** What was found between these parts, for the certificate. */
  searched?: SearchedAcross | undefined;
}

export interface SplitOptions extends SplitChoices {
  /** Share of all images, above 0 and below 1; 0.2 by default. */
  test?: number | undefined;
  /**
   * Keeps the parts that the folder came with; a part it lacks is drawn from its training part. A group that came in
   * several is mended: it goes where the parts keep about the sizes they came in. But with grouping `none` all is kept
   * as it came, leaks included.
   */
  useGiven?: boolean | undefined;
}

export interface FoldOptions extends SplitChoices {
  /** 2 to 20; as many as there are values, where one is left out at a time. */
  folds?: number | undefined;
  /** Leaves out one site, scanner or the like at a time: each of its values makes a fold's test part. */
  leaveOut?: LeaveOut | undefined;
}

export interface LeaveOut {
  /** What the values are of, such as a column's name. */
  by: string;
  /** By image. */
  values: ReadonlyMap<number, string>;
  /** The values in the order of the folds. */
  order: readonly string[];
}

/** Part → class name → images. */
type PartClasses = Record<Part, Record<string, number>>;

export interface SplitMade {
  split: Split;
  counts: Record<Part, number>;
  classes: PartClasses;
}

/**
 * Divides a dataset into train, validation and test, each class in the same proportion (stratified), at random from
 * the seed. A group always lies in one part whole; dropped images lie in none. The order of files on disk has no say.
 * @throws FalxError `bad-split` fractions that make no parts, a class with too few images or groups, or a group that
 *   leaves no room, naming it; `bad-usage` a pattern that is none; `not-found`.
 */
export const makeSplit = (options: SplitOptions): SplitMade => runToEnd(makeSplitInSteps(options));

/** The same in steps. */
export function* makeSplitInSteps(options: SplitOptions): Steps<SplitMade> {
  const { registry } = options;
  const how = yield* chosen(options);
  const { all, parts, classes } = yield* divide(how);
  const made = yield* described(registry, how, yield* partsById(all, parts), classes, {
    method: how.useGiven ? (how.grouping.by === 'none' ? 'given' : 'mended') : 'stratified',
    testFraction: how.test,
    fold: null,
  });
  return store(registry, [made])[0]!;
}

/**
 * What `makeSplit` would make, without making it. Asked again for the same dataset it answers quickly, so that the
 * counts can follow a slider.
 * @returns part → class name → images. @throws FalxError as `makeSplit`.
 */
export const previewSplit = (options: SplitOptions): PartClasses => runToEnd(previewSplitInSteps(options));

/** The same in steps. */
export function* previewSplitInSteps(options: SplitOptions): Steps<PartClasses> {
  return (yield* divide(yield* chosen(options))).classes;
}

/**
 * Divides a dataset into folds: one split for each, whose test part no other has. Each image that was not dropped is
 * in exactly one test part, whole groups at a time; the validation part is drawn from the rest.
 * @param onFold told how many folds there are so far, and of how many.
 * @throws FalxError as `makeSplit`.
 */
export const makeFolds = (options: FoldOptions, onFold?: (done: number, of: number) => void): SplitMade[] =>
  runToEnd(makeFoldsInSteps(options, onFold));

/** The same in steps. */
export function* makeFoldsInSteps(
  options: FoldOptions,
  onFold?: (done: number, of: number) => void,
): Steps<SplitMade[]> {
  const { registry, leaveOut } = options;
  const { how, all, foldOf, folds } = yield* foldsOf(options);
  const { dataset, seed } = how;
  const quotas = quotasOf(all, { test: 0, validation: how.validation });
  const set = newId('cv');
  const made: Described[] = [];
  for (let index = 0; index < folds; index += 1) {
    const places = [...all.groups.keys()].filter((place) => foldOf[place] !== index);
    const rest = { ...all, groups: places.map((place) => all.groups[place]!) };
    const drawn = yield* assignInSteps(rest, quotas, { seed, name: `fold ${index + 1} ` });
    const parts = all.groups.map((): Part => 'test');
    places.forEach((place, at) => (parts[place] = drawn[at]!));
    const classes = checkParts(dataset, all, parts, how);
    made.push(
      yield* described(registry, how, yield* partsById(all, parts), classes, {
        method: leaveOut ? leaveOutMethod(leaveOut.by, leaveOut.order[index]!) : 'folds',
        testFraction: how.test,
        fold: { set, index, of: folds },
      }),
    );
    onFold?.(made.length, folds);
  }
  return store(registry, made);
}

/**
 * The fold of each group: that of the value which most of its images have, as a group is never parted.
 * @throws FalxError `bad-dataset` where images have none: they might be of the value that is left out.
 */
function foldsByValue({ groups }: Divisible, { by, values, order }: LeaveOut): number[] {
  const unknown = groups.flatMap(({ images }) => images.filter(({ id }) => !values.has(id)));
  if (unknown.length > 0)
    throw new FalxError('leaveOutUnknown', { by, count: unknown.length, file: unknown[0]!.file });
  return groups.map(({ images }) => {
    const counts = order.map((value) => images.filter(({ id }) => values.get(id) === value).length);
    return counts.indexOf(Math.max(...counts));
  });
}

/** Images whose group is of several values, and was put to the one that most of them have. */
export const strayed = (leaveOut: LeaveOut, made: readonly SplitMade[], registry: Registry): number =>
  made.reduce(
    (sum, { split }, index) =>
      sum +
      registry.parts
        .list(split.id)
        .filter(
          ({ imageId, part }) => part === 'test' && leaveOut.values.get(imageId) !== leaveOut.order[index],
        ).length,
    0,
  );

function* foldsOf(
  options: FoldOptions,
): Steps<{ how: Chosen; all: Divisible; foldOf: readonly number[]; folds: number }> {
  const { leaveOut } = options;
  const folds = leaveOut ? leaveOut.order.length : (options.folds ?? 5);
  // Parts are as large as the values make them.
  const how = { ...(yield* chosen(options)), test: 1 / folds, useGiven: leaveOut !== undefined };
  const { dataset, evidence, seed } = how;
  checkFolds(how, folds);
  requireLabels(dataset);
  checkGrouping(dataset, evidence.images, how.grouping);
  const all = yield* divisible(evidence, dataset, how.grouping, false);
  const foldOf = leaveOut
    ? foldsByValue(all, leaveOut)
    : yield* assignFoldsInSteps(
        all.groups.map(({ counts }) => counts),
        folds,
        seed,
      );
  return { how, all, foldOf, folds };
}

/** Image id → a number of its part, as `makeSplit` would draw them: 1 training, 2 validation, 3 test. @throws FalxError as that. */
export function* drawnParts(options: SplitOptions): Steps<Map<number, number>> {
  const { all, parts } = yield* divide(yield* chosen(options));
  const drawn = new Map<number, number>();
  for (const [id, part] of yield* partsById(all, parts)) drawn.set(id, partNames.indexOf(part) + 1);
  return drawn;
}

/** Image id → the fold that tests it, from 1, as `makeFolds` would draw them. @throws FalxError as that. */
export function* drawnFolds(options: FoldOptions): Steps<Map<number, number>> {
  const { all, foldOf } = yield* foldsOf(options);
  const drawn = new Map<number, number>();
  all.groups.forEach(({ images }, place) => {
    for (const { id } of images) drawn.set(id, foldOf[place]! + 1);
  });
  return drawn;
}

/** Refuses what needs no images to be known. @throws FalxError `bad-split`. */
export function checkNumbers(
  options: Omit<SplitOptions, 'registry' | 'datasetId'> & { folds?: number | undefined },
): void {
  const [test, validation] = [options.test ?? defaults.test, options.validation ?? defaults.validation];
  if (options.folds === undefined) checkFractions({ test, validation });
  else checkFolds({ test: 1 / options.folds, validation }, options.folds);
}

const defaults = { test: 0.2, validation: 0.1, seed: 7 } as const;

type Chosen = Fractions & {
  searched: SearchedAcross | null;
  dataset: Dataset;
  evidence: Evidence;
  seed: number;
  useGiven: boolean;
  grouping: Grouping;
};

function* chosen({ registry, datasetId, ...wanted }: SplitOptions): Steps<Chosen> {
  const evidence = yield* evidenceIn(registry, datasetId);
  const { test, validation, seed, useGiven, grouping } = wanted;
  return {
    dataset: registry.datasets.get(datasetId),
    evidence,
    test: test ?? defaults.test,
    validation: validation ?? defaults.validation,
    seed: seed ?? defaults.seed,
    searched: wanted.searched ?? null,
    useGiven: useGiven ?? false,
    grouping: grouping ?? groupingFor(evidence),
  };
}

function* divide(how: Chosen): Steps<{ all: Divisible; parts: Part[]; classes: PartClasses }> {
  const { dataset, evidence, seed, grouping, useGiven } = how;
  checkFractions(how);
  requireLabels(dataset);
  checkGrouping(dataset, evidence.images, grouping);
  const all = yield* divisible(evidence, dataset, grouping, useGiven);
  const given = useGiven ? yield* givenParts(all, how) : null;
  const parts = yield* assignInSteps(all, quotasOf(all, how), { seed, given });
  return { all, parts, classes: checkParts(dataset, all, parts, how) };
}

function* givenParts(all: Divisible, { dataset, grouping, seed }: Chosen): Steps<Part[]> {
  if (all.groups.every(({ images }) => images.every(({ givenPart }) => givenPart === null)))
    throw nothingGiven(dataset);
  if (grouping.by !== 'none') return yield* repairedParts(all, seed);
  // Copies that came in several parts are kept apart here.
  return all.groups.map(({ images }) => images[0]!.givenPart ?? 'train');
}

function* partsById({ groups }: Divisible, parts: readonly Part[]): Steps<Map<number, Part>> {
  const byId = new Map<number, Part>();
  yield* forEachInSteps(groups, ({ images }, place) => {
    for (const { id } of images) byId.set(id, parts[place]!);
  });
  return byId;
}

/** A split that is not stored yet. */
interface Described {
  made: SplitMade;
  parts: StoredPart[];
}

function* described(
  registry: Registry,
  { dataset, evidence, ...how }: Chosen,
  partOf: ReadonlyMap<number, Part>,
  classes: PartClasses,
  made: Pick<Split, 'method' | 'testFraction' | 'fold'>,
): Steps<Described> {
  const check = registry.checks.record(dataset.id);
  const current = check?.datasetHash === dataset.hash ? check : null;
  const split: Split = {
    id: newId('sp'),
    datasetId: dataset.id,
    created: new Date().toISOString(),
    seed: how.seed,
    validationFraction: how.validation,
    ...made,
    hash: yield* hashOf(evidence, partOf, how.grouping),
    certificate: {
      ...(yield* certifyInSteps(evidence, partOf, how.grouping, current)),
      shortcuts: shortcutsOf(registry, dataset.id),
      searched: how.searched,
    },
    removed: null,
  };
  const ids: Record<Part, number[]> = { train: [], validation: [], test: [] };
  yield* forEachInSteps(evidence.images, ({ id }) => {
    const part = partOf.get(id);
    if (part) ids[part].push(id);
  });
  const parts: StoredPart[] = [];
  for (const part of partNames) {
    parts.push(storedPart({ part, classes: classes[part], imageIds: ids[part] }));
    yield;
  }
  const counts = { train: ids.train.length, validation: ids.validation.length, test: ids.test.length };
  return { made: { split, counts, classes }, parts };
}

function shortcutsOf(registry: Registry, datasetId: string): Certificate['shortcuts'] {
  const audit = registry.checks.shortcuts(datasetId);
  if (!audit) return null;
  const { created, method, shortcuts } = audit;
  return { created, method, found: shortcuts.map((one) => ShortcutFigures.parse(one)) };
}

/** Stores all of them or none. */
function store(registry: Registry, all: readonly Described[]): SplitMade[] {
  return registry.transaction(() =>
    all.map(({ made, parts }) => ({ ...made, split: registry.splits.addStored(made.split, parts) })),
  );
}

function* hashOf(evidence: Evidence, parts: ReadonlyMap<number, Part>, grouping: Grouping): Steps<string> {
  const sorted = yield* keptOf(evidence.images, 'sorted by contents', () => linesOf(evidence.images));
  return yield* hashOfLines(sorted, parts, grouping);
}

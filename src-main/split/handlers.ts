import { defaultGrouping, evidenceOf } from '../check/groups.ts';
import type { Grouping } from '../contract/grouping.ts';
import { partNames, type Dataset, type Part, type Split } from '../contract/records.ts';
import { requireLabels } from '../registry/labelled.ts';
import { newId, type Registry } from '../registry/registry.ts';
import { sha256Of } from '../system/hashes.ts';
import { assign, quotasOf, type Fractions } from './assign.ts';
import { certify } from './certificate.ts';
import { dealFolds } from './folds.ts';
import { divisible, type Divisible } from './groups.ts';
import { mended } from './mend.ts';
import { checkFolds, checkFractions, checkGrouping, checkParts, nothingGiven } from './refusals.ts';

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
}

export interface SplitOptions extends SplitChoices {
  /** Share of all images, above 0 and below 1; 0.2 by default. */
  test?: number | undefined;
  /**
   * Keeps the parts that the folder came with; a part it lacks is drawn from its training part. A group that came in
   * several goes to the test part, but with grouping `none` all is kept as it came, leaks included.
   */
  useGiven?: boolean | undefined;
  /** With `useGiven`: a group that came in several parts goes where the parts keep about the sizes they came in. */
  mend?: boolean | undefined;
}

export interface FoldOptions extends SplitChoices {
  /** 2 to 20. */
  folds: number;
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
export function makeSplit(options: SplitOptions): SplitMade {
  const { registry } = options;
  const how = chosen(options);
  const { dataset, parts } = divide(registry, how);
  return store(registry, dataset, parts, {
    method: how.useGiven ? (how.mend ? 'mended' : 'given') : 'stratified',
    seed: how.seed,
    testFraction: how.test,
    validationFraction: how.validation,
    grouping: how.grouping,
    fold: null,
  });
}

/**
 * What `makeSplit` would make, without making it. Asked again for the same dataset it answers quickly, so that the
 * counts can follow a slider.
 * @returns part → class name → images. @throws FalxError as `makeSplit`.
 */
export function previewSplit(options: SplitOptions): PartClasses {
  return divide(options.registry, chosen(options)).classes;
}

/**
 * Divides a dataset into folds: one split for each, whose test part no other has. Each image that was not dropped is
 * in exactly one test part, whole groups at a time; the validation part is drawn from the rest.
 * @throws FalxError as `makeSplit`.
 */
export function makeFolds(options: FoldOptions): SplitMade[] {
  const { registry, folds } = options;
  const how = { ...chosen(options), test: 1 / folds, useGiven: false };
  checkFolds(how, folds);
  const dataset = registry.dataset(how.datasetId);
  requireLabels(dataset);
  checkGrouping(dataset, evidenceOf(registry, dataset.id).images, how.grouping);
  const all = divisible(registry, dataset.id, how.grouping, false);
  const foldOf = dealFolds(
    all.groups.map(({ counts }) => counts),
    folds,
    how.seed,
  );
  const quotas = quotasOf(all, { test: 0, validation: how.validation });
  const divided = Array.from({ length: folds }, (_, index) => {
    const rest = { ...all, groups: all.groups.filter((_, place) => foldOf[place] !== index) };
    const drawn = assign(rest, quotas, { seed: how.seed, useGiven: false, name: `fold ${index + 1} ` });
    const partOfRest = new Map(rest.groups.map((group, place) => [group, drawn[place]!]));
    const parts = all.groups.map((group) => partOfRest.get(group) ?? 'test');
    checkParts(dataset, all, parts, how);
    return partsById(all, parts);
  });
  const set = newId('cv');
  return registry.together(() =>
    divided.map((parts, index) =>
      store(registry, dataset, parts, {
        method: 'folds',
        seed: how.seed,
        testFraction: how.test,
        validationFraction: how.validation,
        grouping: how.grouping,
        fold: { set, index, of: folds },
      }),
    ),
  );
}

type Chosen = Fractions & {
  datasetId: string;
  seed: number;
  useGiven: boolean;
  mend: boolean;
  grouping: Grouping;
};

function chosen({ registry, datasetId, ...wanted }: SplitOptions): Chosen {
  const { test, validation, seed, useGiven, mend, grouping } = wanted;
  return {
    datasetId: registry.dataset(datasetId).id,
    test: test ?? 0.2,
    validation: validation ?? 0.1,
    seed: seed ?? 7,
    useGiven: useGiven ?? false,
    mend: mend ?? false,
    grouping: grouping ?? defaultGrouping(registry, datasetId),
  };
}

function divide(registry: Registry, how: Chosen) {
  checkFractions(how);
  const dataset = registry.dataset(how.datasetId);
  requireLabels(dataset);
  checkGrouping(dataset, evidenceOf(registry, dataset.id).images, how.grouping);
  const found = divisible(registry, dataset.id, how.grouping, how.useGiven);
  if (how.useGiven && found.groups.every((group) => group.given === null)) throw nothingGiven(dataset);
  const all = how.useGiven && how.mend ? mended(found, how.seed) : found;
  const parts = assign(all, quotasOf(all, how), how);
  return { dataset, parts: partsById(all, parts), classes: checkParts(dataset, all, parts, how) };
}

const partsById = ({ groups }: Divisible, parts: readonly Part[]): Map<number, Part> =>
  new Map(groups.flatMap(({ images }, place) => images.map(({ id }) => [id, parts[place]!])));

type Made = Pick<Split, 'method' | 'seed' | 'testFraction' | 'validationFraction' | 'fold'>;

function store(
  registry: Registry,
  dataset: Dataset,
  parts: ReadonlyMap<number, Part>,
  { grouping, ...made }: Made & { grouping: Grouping },
): SplitMade {
  const evidence = evidenceOf(registry, dataset.id);
  const check = registry.checks.record(dataset.id);
  const split: Split = {
    id: newId('sp'),
    datasetId: dataset.id,
    created: new Date().toISOString(),
    ...made,
    hash: hashOf(evidence.images, parts, grouping),
    certificate: certify(evidence, parts, grouping, check?.datasetHash === dataset.hash ? check : null),
  };
  registry.addSplit(
    split,
    [...parts].map(([imageId, part]) => ({ imageId, part })),
  );
  const classes = registry.partCounts(split.id);
  const counts = Object.fromEntries(
    partNames.map((part) => [part, Object.values(classes[part]).reduce((sum, count) => sum + count, 0)]),
  ) as Record<Part, number>;
  return { split, counts, classes };
}

/** SHA-256 over the sorted (image SHA-256, file, part) of all images that have a part, and the grouping. */
function hashOf(
  images: readonly { id: number; sha256: string; file: string }[],
  parts: ReadonlyMap<number, Part>,
  grouping: Grouping,
): string {
  const lines = images
    .filter(({ id }) => parts.has(id))
    .map(({ id, sha256, file }) => JSON.stringify([sha256, file, parts.get(id)]))
    .sort();
  return sha256Of([...lines, JSON.stringify(grouping)].join('\n'));
}

import { FalxError } from '../contract/errors.ts';
import { partNames, type Dataset, type ImageRecord, type Part, type Split } from '../contract/records.ts';
import { newId, type Registry } from '../registry/registry.ts';
import { sha256Of } from '../system/hashes.ts';
import { assign, groupTwins, type Fractions, type Twins } from './assign.ts';

export interface SplitOptions {
  registry: Registry;
  /** Id or name. */
  datasetId: string;
  /** Share of all images, above 0 and below 1. */
  test?: number | undefined;
  /** Share of all images, taken out of what the test part leaves; 0 for no validation part. */
  validation?: number | undefined;
  /** 0 to 2^31 − 1. */
  seed?: number | undefined;
  /** Keeps the parts that the folder came with; a part it lacks is drawn from its training part. */
  useGiven?: boolean | undefined;
}

export interface SplitMade {
  split: Split;
  counts: Record<Part, number>;
  /** Part → class name → images. */
  classes: Record<Part, Record<string, number>>;
}

/**
 * Divides a dataset into train, validation and test, each class in the same proportion (stratified), at random from
 * the seed. Files that are byte for byte the same always lie in one part. The order of files on disk has no say.
 * @throws FalxError `bad-split` fractions that make no parts, or a class with too few images, naming it; `not-found`.
 */
export function makeSplit(options: SplitOptions): SplitMade {
  const { registry, datasetId, ...how } = withDefaults(options);
  const dataset = registry.dataset(datasetId);
  const images = registry.images(dataset.id);
  const { parts, classes } = divide(dataset, groupTwins(images), how);
  const split: Split = {
    id: newId('sp'),
    datasetId: dataset.id,
    created: new Date().toISOString(),
    method: how.useGiven ? 'given' : 'stratified',
    seed: how.seed,
    testFraction: how.test,
    validationFraction: how.validation,
    hash: hashOf(images, parts),
    certificate: null,
    fold: null,
  };
  registry.addSplit(
    split,
    images.map((image) => ({ imageId: image.id, part: parts.get(image.id)! })),
  );
  const counts = Object.fromEntries(
    partNames.map((part) => [part, Object.values(classes[part]).reduce((sum, count) => sum + count, 0)]),
  ) as Record<Part, number>;
  return { split, counts, classes };
}

/**
 * What `makeSplit` would make, without making it. Asked again for the same dataset it answers quickly, so that the
 * counts can follow a slider.
 * @returns part → class name → images. @throws FalxError as `makeSplit`.
 */
export function previewSplit(options: SplitOptions): SplitMade['classes'] {
  const { registry, datasetId, ...how } = withDefaults(options);
  const dataset = registry.dataset(datasetId);
  const known = lastGroups.get(registry);
  const groups = known?.datasetId === dataset.id ? known.groups : groupTwins(registry.images(dataset.id));
  lastGroups.set(registry, { datasetId: dataset.id, groups });
  return divide(dataset, groups, how).classes;
}

/** Of the dataset that was previewed last: the images of a dataset never change. */
const lastGroups = new WeakMap<Registry, { datasetId: string; groups: Twins[] }>();

type How = Fractions & { seed: number; useGiven: boolean };

function withDefaults({ registry, datasetId, test, validation, seed, useGiven }: SplitOptions) {
  const how = {
    test: test ?? 0.2,
    validation: validation ?? 0.1,
    seed: seed ?? 7,
    useGiven: useGiven ?? false,
  };
  return { registry, datasetId, ...how };
}

function divide(dataset: Dataset, groups: readonly Twins[], how: How) {
  checkFractions(how);
  if (how.useGiven && groups.every((group) => group.given === null)) throw nothingGiven(dataset);
  const parts = assign(groups, how, how.seed, how.useGiven);
  const classes = countByClass(dataset, groups, parts);
  checkParts(dataset, classes, how);
  return { parts, classes };
}

function checkFractions({ test, validation }: Fractions): void {
  if (test > 0 && validation >= 0 && test + validation < 1) return;
  throw new FalxError(
    'bad-split',
    `Test ${test} and validation ${validation} leave no sound split: both are shares of all images; ` +
      'test must be above 0, validation 0 or more, and together below 1. Usual are 0.2 and 0.1.',
    { test, validation },
  );
}

function nothingGiven(dataset: Dataset): FalxError {
  return new FalxError(
    'bad-split',
    `"${dataset.name}" did not come in train, validation and test folders, so there are no given parts to keep. ` +
      'Split it without that option.',
    { dataset: dataset.id },
  );
}

function countByClass(
  dataset: Dataset,
  groups: readonly Twins[],
  parts: ReadonlyMap<number, Part>,
): Record<Part, Record<string, number>> {
  const none = () => Object.fromEntries(dataset.classes.map((name) => [name, 0]));
  const counts = { train: none(), validation: none(), test: none() };
  for (const { images } of groups)
    for (const { id, className } of images) counts[parts.get(id)!][className]! += 1;
  return counts;
}

/** Every part that is asked for needs each class: without it nothing can be learned, chosen or judged there. */
function checkParts(dataset: Dataset, classes: SplitMade['classes'], { validation }: Fractions): void {
  for (const part of partNames) {
    if (part === 'validation' && validation === 0) continue;
    for (const [name, count] of Object.entries(classes[part])) {
      if (count > 0) continue;
      const total = partNames.reduce((sum, each) => sum + classes[each][name]!, 0);
      throw new FalxError(
        'bad-split',
        `The ${part} part would have no image of "${name}", which has ${total} in all (exact duplicates stay together). ` +
          `Add images of "${name}" and import again, or change the shares.`,
        { dataset: dataset.id, part, className: name, images: total },
      );
    }
  }
}

/** SHA-256 over the sorted (image SHA-256, file, part). */
function hashOf(images: readonly ImageRecord[], parts: ReadonlyMap<number, Part>): string {
  const lines = images.map(({ id, sha256, file }) => JSON.stringify([sha256, file, parts.get(id)])).sort();
  return sha256Of(lines.join('\n'));
}

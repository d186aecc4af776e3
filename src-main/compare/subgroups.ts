import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import type { AttributeChoice, Subgroups } from '../contract/studies.ts';
import { attributeOf, inOrderOfValues } from '../import/attributes.ts';
import { THRESHOLD } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { evidenceInSteps, perScan } from '../statistics/evidence.ts';
import { runInTurns, type Steps } from '../system/steps.ts';
import { answersOf, type TestAnswer } from './answers-of.ts';

/** A subgroup with fewer scans of a class than this is marked small: its figures say little. */
export const FEW_SCANS = 10;

/**
 * The performance of evaluated runs on subgroups of one test set, by an attribute of its images: each subgroup by itself, with the
 * same measures and intervals as for the whole set.
 * @throws FalxError as `attributeOf`; `bad-dataset` if the attribute does not divide the test images.
 */
export async function subgroupsOf(
  registry: Registry,
  runs: readonly Run[],
  choice: AttributeChoice,
  { signal, thresholds }: { signal?: AbortSignal | undefined; thresholds?: readonly number[] } = {},
): Promise<Subgroups> {
  const dataset = registry.datasets.get(registry.splits.get(runs[0]!.splitId).datasetId);
  const values = await attributeOf(registry, dataset, choice);
  return runInTurns(subgroupsInSteps(registry, runs, choice.by, values, thresholds), signal);
}

/** @param values of the attribute, by image. @param thresholds of each run; 0.5 when left out. */
export function* subgroupsInSteps(
  registry: Registry,
  runs: readonly Run[],
  by: string,
  values: ReadonlyMap<number, string>,
  thresholds: readonly number[] = runs.map(() => THRESHOLD),
): Steps<Subgroups> {
  const answers = yield* answersOf(registry, runs);
  const [first] = answers as [TestAnswer[]];
  const valueAt = first.map(({ imageId }) => values.get(imageId) ?? null);
  const found = inOrderOfValues(valueAt.filter((value) => value !== null));
  if (found.length < 2) throw new FalxError('attributeOneValue', { by, count: found.length });
  const groups: Subgroups['groups'] = [];
  for (const value of found) {
    const places = [...valueAt.keys()].filter((at) => valueAt[at] === value);
    const perImage = {
      groups: places.map((at) => first[at]!.group),
      labels: places.map((at) => first[at]!.label),
      models: answers.map((rows) => Float64Array.from(places, (at) => rows[at]!.probability)),
      thresholds,
    };
    const scans = perScan(perImage);
    const positives = Array.from(scans.labels).filter((label) => label === 1).length;
    groups.push({
      value,
      positives,
      negatives: scans.labels.length - positives,
      small: Math.min(positives, scans.labels.length - positives) < FEW_SCANS,
      perScan: yield* evidenceInSteps({ ...perImage, ...scans }),
      perImage: yield* evidenceInSteps(perImage),
    });
  }
  return {
    by,
    runIds: runs.map(({ id }) => id),
    groups,
    unknown: valueAt.filter((value) => value === null).length,
  };
}

import { evidenceIn, groupsIn } from '../check/scan-groups.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { Run } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';
import { evidenceInSteps, meanOf, perScan } from '../statistics/evidence.ts';
import { spreadOf } from '../statistics/spread.ts';
import type { Steps } from '../system/steps.ts';
import { independent } from './fold-comparison.ts';

export type EvidenceOfRuns = {
  registry: Registry;
  /** Evaluated, on test parts that hold the same images. */
  runs: readonly Run[];
  /** Of each run: at or above it a scan is called positive. */
  thresholds: readonly number[];
  /** Share of positives for which PPV and NPV are told besides, 0 to 1. */
  prevalence?: number | undefined;
};

/**
 * What runs on one test set are worth, per scan and per image, and whether they differ. Groups are those of the split, or
 * twins where it was drawn without any: they are no independent evidence all the same.
 */
export function* evidenceOfRuns({ registry, runs, thresholds, prevalence }: EvidenceOfRuns): Steps<Evidence> {
  const answers = inOneOrder(registry, runs);
  yield;
  const [first] = answers;
  const [run] = runs;
  const split = registry.splits.get(run!.splitId);
  const evidence = yield* evidenceIn(registry, split.datasetId);
  const { labels: groupOf } = yield* groupsIn(evidence, independent(split.certificate?.grouping));
  const groups = first!.map(({ imageId }) => groupOf[evidence.places.get(imageId)!]!);
  const labels = first!.map(({ label }) => label);
  const single = answers.map((rows) => Float64Array.from(rows, ({ probability }) => probability));
  const several = single.length > 1;
  const models = several ? [...single, meanOf(single)] : single;
  const all = several ? [...thresholds, spreadOf(thresholds).mean!] : [...thresholds];
  const perImage = { groups, labels, models, thresholds: all, prevalence, compared: runs.length };
  return {
    runIds: [...runs.map(({ id }) => id), ...(several ? [null] : [])],
    thresholds: all,
    perScan: yield* evidenceInSteps({ ...perImage, ...perScan(perImage) }),
    perImage: yield* evidenceInSteps(perImage),
    contradictions: contradictionsIn(groups, labels),
  };
}

/** Each run's answers in the order of their pictures' bytes, which is the same for all of them. */
function inOneOrder(registry: Registry, runs: readonly Run[]) {
  const datasetOf = (run: Run) => registry.splits.get(run.splitId).datasetId;
  const keys = new Map(
    [...new Set(runs.map(datasetOf))].flatMap((id) =>
      registry.images
        .list(id)
        .map((image) => [image.id, `${image.sha256} ${image.frame ?? ''} ${image.className}`] as const),
    ),
  );
  return runs.map((run) =>
    registry.testPredictions
      .list(run.id)
      .map((row) => ({ ...row, key: keys.get(row.imageId) ?? '' }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.imageId - b.imageId)),
  );
}

function contradictionsIn(groups: readonly number[], labels: readonly (0 | 1)[]): Evidence['contradictions'] {
  const seen = new Map<number, Set<number>>();
  for (const [i, group] of groups.entries()) seen.set(group, (seen.get(group) ?? new Set()).add(labels[i]!));
  const both = new Set([...seen].flatMap(([group, classes]) => (classes.size > 1 ? [group] : [])));
  return { groups: both.size, images: groups.filter((group) => both.has(group)).length };
}

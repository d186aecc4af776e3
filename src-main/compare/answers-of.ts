import { evidenceIn, groupsIn } from '../check/scan-groups.ts';
import type { Run } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';
import type { Steps } from '../system/steps.ts';
import { withTwinsGrouped } from './fold-comparison.ts';

/** A run's answer for one image of its test set. */
export type TestAnswer = {
  imageId: number;
  /** Images of one scan or patient share a number. */
  group: number;
  label: 0 | 1;
  probability: number;
};

/**
 * Each run's answers, sorted by the images' hashes: the same order for all runs on one test set. Groups are those of the first
 * run's split; where that was drawn without groups, twins are grouped all the same, as they are not independent evidence.
 */
export function* answersOf(registry: Registry, runs: readonly Run[]): Steps<TestAnswer[][]> {
  const ordered = inOneOrder(registry, runs);
  yield;
  const split = registry.splits.get(runs[0]!.splitId);
  const evidence = yield* evidenceIn(registry, split.datasetId);
  const { labels: groupOf } = yield* groupsIn(evidence, withTwinsGrouped(split.certificate?.grouping));
  const groups = ordered[0]!.map(({ imageId }) => groupOf[evidence.places.get(imageId)!]!);
  return ordered.map((rows) =>
    rows.map(({ imageId, label, probability }, i) => ({ imageId, group: groups[i]!, label, probability })),
  );
}

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

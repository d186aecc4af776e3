import { evidenceIn, groupsIn } from '../check/scan-groups.ts';
import type { Run } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';
import type { Steps } from '../system/steps.ts';
import { independent } from './fold-comparison.ts';

/** What a run answered on an image of its test set. */
export type TestAnswer = {
  imageId: number;
  /** Images of one scan or patient have the same number. */
  group: number;
  label: 0 | 1;
  probability: number;
};

/**
 * Of each run its answers in the order of their pictures' bytes, which is the same for all runs on one test set, with groups as the
 * first run's split has them, or twins where it was drawn without any: they are no independent evidence all the same.
 */
export function* answersOf(registry: Registry, runs: readonly Run[]): Steps<TestAnswer[][]> {
  const ordered = inOneOrder(registry, runs);
  yield;
  const split = registry.splits.get(runs[0]!.splitId);
  const evidence = yield* evidenceIn(registry, split.datasetId);
  const { labels: groupOf } = yield* groupsIn(evidence, independent(split.certificate?.grouping));
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

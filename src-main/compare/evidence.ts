import type { Evidence } from '../contract/evidence.ts';
import type { Run } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';
import { evidenceInSteps, meanOf, perScan } from '../statistics/evidence.ts';
import { spreadOf } from '../statistics/spread.ts';
import type { Steps } from '../system/steps.ts';
import { answersOf } from './answers-of.ts';

export type EvidenceOfRuns = {
  registry: Registry;
  /** Evaluated, on test sets that hold the same images. */
  runs: readonly Run[];
  /** One per run: from this probability on a scan is called positive. */
  thresholds: readonly number[];
  /** Proportion of positives, 0 to 1, for which PPV and NPV are reported as well. */
  prevalence?: number | undefined;
};

/**
 * The performance of runs on one test set, per scan and per image, and whether they differ. Groups are those of the split; where it
 * was drawn without groups, twins are grouped all the same, as they are not independent evidence.
 */
export function* evidenceOfRuns({ registry, runs, thresholds, prevalence }: EvidenceOfRuns): Steps<Evidence> {
  const answers = yield* answersOf(registry, runs);
  const [first] = answers;
  const groups = first!.map(({ group }) => group);
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

/** Groups with images of both classes, and their images. */
export function contradictionsIn(
  groups: readonly number[],
  labels: readonly (0 | 1)[],
): Evidence['contradictions'] {
  const seen = new Map<number, Set<number>>();
  for (const [i, group] of groups.entries()) seen.set(group, (seen.get(group) ?? new Set()).add(labels[i]!));
  const both = new Set([...seen].flatMap(([group, classes]) => (classes.size > 1 ? [group] : [])));
  return { groups: both.size, images: groups.filter((group) => both.has(group)).length };
}

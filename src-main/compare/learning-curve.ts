import type { Run } from '../contract/records.ts';
import { learningMeasures, type LearningCurve } from '../contract/views.ts';
import { THRESHOLD } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { evidenceInSteps, perScan } from '../statistics/evidence.ts';
import type { Steps } from '../system/steps.ts';
import { trainedOn, trainingGroupsOf } from '../train/train-share.ts';
import { answersOf } from './answers-of.ts';

/**
 * Performance of evaluated runs on one split by their share of its training set: one curve for each group of runs that differ only
 * in that share and the seed. Per scan, with 95 % intervals.
 * @param runs evaluated, on one split. @returns none if all runs have one share.
 */
export function* learningCurvesOf(registry: Registry, runs: readonly Run[]): Steps<LearningCurve[]> {
  const curves: LearningCurve[] = [];
  for (const alike of Map.groupBy(runs, keyOf).values()) {
    if (new Set(alike.map(({ settings }) => settings.trainShare)).size < 2) continue;
    const ordered = alike.toSorted(
      (a, b) => a.settings.trainShare - b.settings.trainShare || a.settings.seed - b.settings.seed,
    );
    const answers = yield* answersOf(registry, ordered);
    const scans = perScan({
      groups: answers[0]!.map(({ group }) => group),
      labels: answers[0]!.map(({ label }) => label),
      models: answers.map((rows) => Float64Array.from(rows, ({ probability }) => probability)),
    });
    const { units, models } = yield* evidenceInSteps({
      ...scans,
      thresholds: ordered.map(() => THRESHOLD),
      compared: 0,
    });
    const training = yield* trainingGroupsOf(registry, ordered[0]!.splitId);
    const points: LearningCurve['points'] = [];
    for (const [at, run] of ordered.entries()) {
      const { id, settings } = run;
      const { images, groups } = trainedOn(registry, training, run);
      const { measures } = models[at]!;
      points.push({
        runId: id,
        seed: settings.seed,
        share: settings.trainShare,
        images: images.size,
        groups,
        measures: Object.fromEntries(
          learningMeasures.map((name) => [name, measures[name]]),
        ) as LearningCurve['points'][number]['measures'],
      });
    }
    const [first] = ordered;
    curves.push({
      network: first!.network,
      imageSize: first!.settings.pixels.imageSize,
      scans: units,
      points,
    });
  }
  return curves;
}

/** As `learningCurvesOf`, over all evaluated runs on these runs' splits that differ from one of them only in share and seed. */
export function* learningCurvesAbout(registry: Registry, runs: readonly Run[]): Steps<LearningCurve[]> {
  const about = new Set(runs.map(keyOf));
  const kin = [...new Set(runs.map(({ splitId }) => splitId))]
    .flatMap((splitId) => registry.runs.list({ splitId }))
    .filter((run) => about.has(keyOf(run)) && registry.metrics.list(run.id, 'test').length > 0);
  return yield* learningCurvesOf(registry, kin);
}

/** Equal for runs that differ in nothing but the seed and their share of the training set. */
const keyOf = ({ splitId, network, settings, weightsSha256 }: Run): string =>
  JSON.stringify([splitId, network, { ...settings, seed: 0, trainShare: 1 }, weightsSha256]);

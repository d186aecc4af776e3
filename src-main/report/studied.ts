import { robustnessInSteps } from '../compare/robustness.ts';
import { seedSummaries } from '../compare/fold-comparison.ts';
import { subgroupsOf } from '../compare/subgroups.ts';
import { learningCurvesAbout } from '../compare/learning-curve.ts';
import { calibrationView, onTest, thresholdBy } from '../compare/thresholds.ts';
import { validationInSteps } from '../compare/validate.ts';
import { FalxError } from '../contract/errors.ts';
import type { Dataset, Run } from '../contract/records.ts';
import type {
  AttributeChoice,
  CalibrationView,
  ChosenThreshold,
  Robustness,
  Subgroups,
  ThresholdRule,
  Validation,
} from '../contract/studies.ts';
import type { FoldComparison, LearningCurve, SeedSummary } from '../contract/views.ts';
import { attributesIn } from '../import/attributes.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';

/** What runs were put through besides their test set, as far as it was done or follows from what is stored. */
export type Studied = {
  /** Thresholds chosen on validation, by the rule asked for or else by Youden's. Of runs whose answers there are kept. */
  chosen: readonly ChosenThreshold[];
  chosenBy: ThresholdRule;
  /** Of runs for which something was fitted on validation. */
  calibrations: readonly CalibrationView[];
  seeds: readonly SeedSummary[];
  /** Of runs and those that differ from them in how much they were trained on, and the seed, alone. */
  curves: readonly LearningCurve[];
  /** Runs that are in the curves alone. */
  inCurves: readonly Run[];
  /** Parts of the test set. */
  subgroups: readonly Subgroups[];
  robustness: readonly Robustness[];
  /** On other datasets. */
  validations: readonly Validation[];
};

/** Told apart without being asked: what may make a model work worse for some. Others only by name. */
const BY_THEMSELVES = ['folder', 'format', 'manufacturer', 'model', 'fieldStrength', 'scanningSequence'];
/** More parts than this say little, and fill pages. */
const MOST_PARTS = 8;

export type StudiesOptions = {
  registry: Registry;
  dataset: Dataset;
  /** At which each model calls a scan positive; of the mean of all, last. */
  thresholds: readonly number[];
  folds: FoldComparison | null;
  rule?: ThresholdRule | undefined;
  /** Of each run, where a rule was asked for: what it chose. */
  chosen?: readonly Omit<ChosenThreshold, 'test'>[] | undefined;
  by?: readonly AttributeChoice[] | undefined;
  signal?: AbortSignal | undefined;
};

/** @throws FalxError as `subgroupsOf` for what was asked for by name; `cancelled`. */
export async function studiesOf(runs: readonly Run[], options: StudiesOptions): Promise<Studied> {
  const { registry, folds, signal, rule } = options;
  const chosenBy: ThresholdRule = rule ?? { by: 'youden' };
  const chosen: ChosenThreshold[] = [];
  const calibrations: CalibrationView[] = [];
  const robustness: Robustness[] = [];
  const validations: Validation[] = [];
  for (const [at, run] of runs.entries()) {
    const thresholds = await ifKept(() => options.chosen?.[at] ?? thresholdBy(run, chosenBy));
    for (const one of thresholds) chosen.push(await runInTurns(onTest(registry, run, one), signal));
    calibrations.push(...(await ifKept(() => runInTurns(calibrationView(registry, run), signal))));
    if (registry.studies.robustness(run.id))
      robustness.push(await runInTurns(robustnessInSteps(registry, run), signal));
    for (const datasetId of registry.studies.validatedOn(run.id))
      validations.push(await runInTurns(validationInSteps(registry, run.id, datasetId), signal));
  }
  const curves = folds ? [] : await runInTurns(learningCurvesAbout(registry, runs), signal);
  const known = new Set(runs.map(({ id }) => id));
  return {
    chosen,
    chosenBy,
    calibrations,
    robustness,
    validations,
    seeds: folds ? [] : seedSummaries(registry, runs),
    curves,
    inCurves: curves.flatMap(({ points }) =>
      points.flatMap(({ runId }) => (known.has(runId) ? [] : [registry.runs.get(runId)])),
    ),
    subgroups: folds ? [] : await subgroups(runs, options),
  };
}

/** An older Falx kept nothing of the validation set, and a split may have none: then there is nothing to tell. */
async function ifKept<T>(make: () => T | Promise<T>): Promise<T[]> {
  try {
    return [await make()];
  } catch (error) {
    const why = error instanceof FalxError ? error.facts['why'] : null;
    if (why === 'validationNotKept' || why === 'validationMissing') return [];
    throw error;
  }
}

async function subgroups(
  runs: readonly Run[],
  { registry, dataset, thresholds, by = [], signal }: StudiesOptions,
): Promise<Subgroups[]> {
  const asked = new Set(by.map((choice) => choice.by));
  const own = attributesIn(registry, dataset.id).filter(
    (name) => BY_THEMSELVES.includes(name) && !asked.has(name),
  );
  const at = { signal, thresholds: thresholds.slice(0, runs.length) };
  const found: Subgroups[] = [];
  for (const choice of by) found.push(await subgroupsOf(registry, runs, choice, at));
  for (const name of own) {
    const parts = await subgroupsOf(registry, runs, { by: name }, at).catch((error: unknown) => {
      const why = error instanceof FalxError ? error.facts['why'] : null;
      // Such as a scanner that all test images are of: nothing is told apart.
      if (why === 'attributeOneValue' || why === 'attributeManyValues') return null;
      throw error;
    });
    if (parts && parts.groups.length <= MOST_PARTS) found.push(parts);
  }
  return found;
}

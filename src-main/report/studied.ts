import { robustnessInSteps } from '../compare/robustness.ts';
import { seedSummaries } from '../compare/fold-comparison.ts';
import { subgroupsOf } from '../compare/subgroups.ts';
import { learningCurvesAbout } from '../compare/learning-curve.ts';
import { calibrationView, testResultsAt, thresholdBy } from '../compare/thresholds.ts';
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

/** Studies of runs beyond their test set, as far as they were made or can be derived from stored data. */
export type Studied = {
  /**
   * Thresholds chosen on the validation set, by the requested rule or else by Youden's. For runs whose validation answers are
   * stored.
   */
  chosen: readonly ChosenThreshold[];
  chosenBy: ThresholdRule;
  /** For runs with a calibration fitted on the validation set. */
  calibrations: readonly CalibrationView[];
  seeds: readonly SeedSummary[];
  /** For runs and others that differ only in the size of the training set, and the seed. */
  curves: readonly LearningCurve[];
  /** Runs that are only in the curves. */
  inCurves: readonly Run[];
  /** Subgroups of the test set. */
  subgroups: readonly Subgroups[];
  robustness: readonly Robustness[];
  /** On other datasets. */
  validations: readonly Validation[];
};

/** Attributes used by default: those that may make a model perform worse for some. Others only by name. */
const BY_THEMSELVES = ['folder', 'format', 'manufacturer', 'model', 'fieldStrength', 'scanningSequence'];
/** More subgroups than this are uninformative, and fill pages. */
const MOST_PARTS = 8;

export type StudiesOptions = {
  registry: Registry;
  dataset: Dataset;
  /** Each model's threshold; that of the mean of all last. */
  thresholds: readonly number[];
  folds: FoldComparison | null;
  rule?: ThresholdRule | undefined;
  /** For each run the threshold chosen by a rule, if one was requested. */
  chosen?: readonly Omit<ChosenThreshold, 'test'>[] | undefined;
  by?: readonly AttributeChoice[] | undefined;
  signal?: AbortSignal | undefined;
};

/** @throws FalxError as `subgroupsOf` for attributes requested by name; `cancelled`. */
export async function studiesOf(runs: readonly Run[], options: StudiesOptions): Promise<Studied> {
  const { registry, folds, signal, rule } = options;
  const chosenBy: ThresholdRule = rule ?? { by: 'youden' };
  const chosen: ChosenThreshold[] = [];
  const calibrations: CalibrationView[] = [];
  const robustness: Robustness[] = [];
  const validations: Validation[] = [];
  for (const [at, run] of runs.entries()) {
    const thresholds = await ifKept(() => options.chosen?.[at] ?? thresholdBy(run, chosenBy));
    for (const one of thresholds) chosen.push(await runInTurns(testResultsAt(registry, run, one), signal));
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

/** Older versions of Falx stored nothing of the validation set, and a split may have none: then there is nothing to report. */
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
      // Such as a scanner used for all test images: there are no subgroups.
      if (why === 'attributeOneValue' || why === 'attributeManyValues') return null;
      throw error;
    });
    if (parts && parts.groups.length <= MOST_PARTS) found.push(parts);
  }
  return found;
}

import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import type {
  CalibrationName,
  CalibrationView,
  ChosenThreshold,
  ThresholdRule,
} from '../contract/studies.ts';
import { fittedOf, type Fitted } from '../evaluate/fitted.ts';
import type { Registry } from '../registry/registry.ts';
import { calibrated } from '../statistics/calibration.ts';
import { chooseThreshold } from '../statistics/choose-threshold.ts';
import { confusionAt, measuresAt } from '../statistics/confusion.ts';
import { evidenceInSteps, perScan } from '../statistics/evidence.ts';
import { wilson } from '../statistics/intervals.ts';
import { Isotonic, reliabilityBins } from '../statistics/reliability.ts';
import { thresholdSteps } from '../statistics/roc.ts';
import { THRESHOLD } from '../inference/predictor.ts';
import type { Steps } from '../system/steps.ts';
import { answersOf } from './answers-of.ts';

type Units = ReturnType<typeof perScan>;

const unitsOf = (
  answers: readonly { group: number; label: 0 | 1; probability: number }[],
): { perImage: Units; scans: Units } => {
  const perImage = {
    groups: answers.map(({ group }) => group),
    labels: answers.map(({ label }) => label),
    models: [Float64Array.from(answers, ({ probability }) => probability)],
  };
  return { perImage, scans: perScan(perImage) };
};

/** @throws FalxError `bad-run` if the validation set's answers are not stored: an older version of Falx evaluated the run. */
function validationOf(run: Run): NonNullable<Fitted['validation']> {
  const fitted = fittedOf(run)?.fitted;
  if (!fitted?.validation && fitted?.missing !== 'noValidation')
    throw new FalxError('validationNotKept', { run: run.id });
  if (!fitted.validation) throw new FalxError('validationMissing', { run: run.id, lacks: 'scans' });
  return fitted.validation;
}

/**
 * The threshold that a rule chooses on a run's validation set, with one vote per group; the test set plays no part.
 * @throws FalxError `bad-run` without a validation set of both classes, or if an older version of Falx evaluated the run.
 */
export function thresholdBy(run: Run, rule: ThresholdRule): Omit<ChosenThreshold, 'test'> {
  const { labels, models } = unitsOf(validationOf(run)).scans;
  const steps = thresholdSteps(labels, models[0]!);
  const threshold = steps && chooseThreshold(steps, rule);
  if (threshold === null) throw new FalxError('validationMissing', { run: run.id, lacks: 'class' });
  const { sensitivity, specificity } = measuresAt(confusionAt(labels, models[0]!, threshold)!);
  return {
    runId: run.id,
    threshold,
    validation: {
      positives: sensitivity.of,
      negatives: specificity.of,
      sensitivity: sensitivity.value!,
      specificity: specificity.value!,
    },
  };
}

/** The threshold that a rule chooses on the validation set, and its results on the test set. @throws FalxError as `thresholdBy`. */
export const chosenThreshold = (registry: Registry, run: Run, rule: ThresholdRule): Steps<ChosenThreshold> =>
  testResultsAt(registry, run, thresholdBy(run, rule));

/** The results of a chosen threshold on a run's test set. */
export function* testResultsAt(
  registry: Registry,
  run: Run,
  chosen: Omit<ChosenThreshold, 'test'>,
): Steps<ChosenThreshold> {
  const [answers] = yield* answersOf(registry, [run]);
  const { perImage, scans } = unitsOf(answers!);
  const thresholds = [chosen.threshold];
  return {
    ...chosen,
    test: {
      perScan: yield* evidenceInSteps({ ...scans, thresholds }),
      perImage: yield* evidenceInSteps({ ...perImage, thresholds }),
    },
  };
}

/**
 * How well a run's probabilities are calibrated on its test set, before and after the calibration fitted on the validation set.
 * @throws FalxError `bad-run` if nothing was fitted: an older version of Falx evaluated the run, or it had no validation set.
 */
export function* calibrationView(registry: Registry, run: Run): Steps<CalibrationView> {
  const fitted = fittedOf(run)?.fitted;
  if (!fitted) throw new FalxError('validationNotKept', { run: run.id });
  if (fitted.missing !== null)
    throw new FalxError('validationMissing', {
      run: run.id,
      lacks: fitted.missing === 'oneClass' ? 'class' : 'scans',
    });
  const [answers] = yield* answersOf(registry, [run]);
  const { scans } = unitsOf(answers!);
  const isotonic = fitted.isotonic && new Isotonic(fitted.isotonic);
  const probabilities = Array.from(scans.models[0]!);
  const versions: { how: CalibrationName; of: number[] }[] = [
    { how: 'none', of: probabilities },
    { how: 'temperature', of: probabilities.map((one) => calibrated(one, fitted.temperature)) },
    ...(isotonic ? [{ how: 'isotonic' as const, of: probabilities.map((one) => isotonic.at(one)) }] : []),
  ];
  const evidence = yield* evidenceInSteps({
    ...scans,
    models: versions.map(({ of }) => of),
    thresholds: versions.map(() => THRESHOLD),
    compared: 0,
  });
  return {
    runId: run.id,
    temperature: fitted.temperature,
    scans: evidence.units,
    versions: versions.map(({ how, of }, at) => ({
      how,
      measures: evidence.models[at]!.measures,
      bins: reliabilityBins(scans.labels, of).flatMap(({ low, high, count, predicted, observed }) => {
        const interval = wilson({ count: Math.round(observed * count), of: count });
        return count === 0
          ? []
          : [
              {
                low,
                high,
                count,
                predicted,
                observed,
                observedLow: interval!.low,
                observedHigh: interval!.high,
              },
            ];
      }),
    })),
  };
}

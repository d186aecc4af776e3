import { calibrationView, chosenThreshold } from '../compare/thresholds.ts';
import type { CalibrationView, ChosenThreshold, ThresholdRule } from '../contract/studies.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';
import { evaluatedRuns } from './comparisons.ts';

/** @throws FalxError `bad-run` if a run has not been evaluated; as `chosenThreshold`. */
export async function thresholdsBy(
  registry: Registry,
  { runIds, rule }: { runIds: readonly string[]; rule: ThresholdRule },
  signal?: AbortSignal,
): Promise<ChosenThreshold[]> {
  const all: ChosenThreshold[] = [];
  for (const run of evaluatedRuns(registry, runIds))
    all.push(await runInTurns(chosenThreshold(registry, run, rule), signal));
  return all;
}

/** @throws FalxError `bad-run` if a run has not been evaluated; as `calibrationView`. */
export async function calibrationBy(
  registry: Registry,
  runIds: readonly string[],
  signal?: AbortSignal,
): Promise<CalibrationView[]> {
  const all: CalibrationView[] = [];
  for (const run of evaluatedRuns(registry, runIds))
    all.push(await runInTurns(calibrationView(registry, run), signal));
  return all;
}

import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { sharedTests } from '../../compare/compare-handlers.ts';
import { attributesIn } from '../../import/attributes.ts';
import { calibrationBy, thresholdsBy } from '../thresholds.ts';
import { robustnessBy, startRobustness } from '../robustness.ts';
import { spreadBy } from '../spread.ts';
import { subgroupsBy } from '../subgroups.ts';
import { startValidation, validatedOn, validationBy } from '../validations.ts';
import { evidenceBy, testPredictionsBy, startEvaluation } from '../comparisons.ts';
import { startReport } from '../reports.ts';
import type { Core } from '../core.ts';

export function compareHandlers(core: Core) {
  const os = implement(api.compare);
  return {
    evaluate: os.evaluate.handler(({ input }) => startEvaluation(core, input.runIds, input.again)),
    tests: os.tests.handler(({ input }) =>
      sharedTests(
        core.registry,
        input.runIds.map((id) => core.registry.runs.get(id)),
      ),
    ),
    evidence: os.evidence.handler(({ input, signal }) => evidenceBy(core.registry, input.runIds, signal)),
    thresholds: os.thresholds.handler(({ input, signal }) => thresholdsBy(core.registry, input, signal)),
    calibration: os.calibration.handler(({ input, signal }) =>
      calibrationBy(core.registry, input.runIds, signal),
    ),
    alter: os.alter.handler(({ input }) => startRobustness(core, input.runIds)),
    robustness: os.robustness.handler(({ input, signal }) =>
      robustnessBy(core.registry, input.runIds, signal),
    ),
    spread: os.spread.handler(({ input, signal }) => spreadBy(core.registry, input.splitId, signal)),
    attributes: os.attributes.handler(({ input }) =>
      attributesIn(core.registry, core.registry.splits.get(input.splitId).datasetId),
    ),
    subgroups: os.subgroups.handler(({ input, signal }) => subgroupsBy(core.registry, input, signal)),
    validate: os.validate.handler(({ input }) => startValidation(core, input)),
    validated: os.validated.handler(({ input }) => validatedOn(core.registry, input.runIds)),
    validation: os.validation.handler(({ input, signal }) => validationBy(core.registry, input, signal)),
    report: os.report.handler(({ input }) => startReport(core, input)),
    evaluated: os.evaluated.handler(({ input }) => testPredictionsBy(core.registry, input.runIds)),
  };
}

import { FalxError } from '../contract/errors.ts';
import type { Dataset } from '../contract/records.ts';
import type { AttributeChoice, LeftOutFold } from '../contract/studies.ts';
import { attributeOf, inOrderOfValues } from '../import/attributes.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns } from '../system/steps.ts';
import { drawnFolds, type FoldOptions, type LeaveOut } from './split-handlers.ts';

/** The values that are left out one at a time. @throws FalxError as `attributeOf`; `bad-dataset` for one value. */
export async function leaveOutOf(
  registry: Registry,
  dataset: Dataset,
  choice: AttributeChoice,
): Promise<LeaveOut> {
  const values = await attributeOf(registry, dataset, choice);
  const order = inOrderOfValues(values.values());
  if (order.length < 2) throw new FalxError('attributeOneValue', { by: choice.by, count: order.length });
  return { by: choice.by, values, order };
}

/** What the test set of each fold would hold, without making it. @throws FalxError as `makeFolds`. */
export async function previewLeftOut(
  { leaveOut, ...options }: FoldOptions & { leaveOut: LeaveOut },
  signal?: AbortSignal,
): Promise<LeftOutFold[]> {
  const { registry } = options;
  const foldOf = await runInTurns(drawnFolds({ ...options, leaveOut }), signal);
  const folds = leaveOut.order.map((value): LeftOutFold => ({ value, classes: {}, strayed: 0 }));
  for (const { id, className } of registry.images.list(registry.datasets.get(options.datasetId).id)) {
    const fold = folds[(foldOf.get(id) ?? 0) - 1];
    if (!fold) continue; // it was dropped
    fold.classes[className] = (fold.classes[className] ?? 0) + 1;
    if (leaveOut.values.get(id) !== fold.value) fold.strayed += 1;
  }
  return folds;
}

import { validateRuns, validationInSteps } from '../../../compare/validate.ts';
import { FalxError } from '../../../contract/errors.ts';
import {
  evidenceMeasures,
  type EvidenceMeasure,
  type MeasureDifference,
  type MeasureWithInterval,
} from '../../../contract/evidence.ts';
import { measureLabel } from '../../../contract/measures.ts';
import type { NetworkName } from '../../../contract/networks.ts';
import type { BothUnits, Validation } from '../../../contract/studies.ts';
import { evaluateRun } from '../../../evaluate/evaluate-handlers.ts';
import { runToEnd } from '../../../system/steps.ts';
import type { Context } from '../main.ts';
import type { Speech } from '../output.ts';
import { resolveDataset, resolveRun } from '../resolve.ts';
import { table } from '../text.ts';
import { intervalText } from './interval-text.ts';
import { pixelProgress, withRegistry } from './with-registry.ts';

/** @param typed runs, and the dataset last. */
export async function validate(context: Context, typed: readonly string[]): Promise<void> {
  if (typed.length < 2) throw new FalxError('validateWhat', {});
  const { output, home } = context;
  await withRegistry(context, async (registry) => {
    const dataset = resolveDataset(registry, typed.at(-1)!);
    const runs = typed.slice(0, -1).map((one) => resolveRun(registry, one));
    const runIds = runs.map(({ id }) => id);
    const own = runs.find(({ splitId }) => registry.splits.get(splitId).datasetId === dataset.id);
    if (own) throw new FalxError('validatedOnItself', { run: own.id, dataset: dataset.name });
    for (const { id, network } of runs) {
      if (registry.metrics.list(id, 'test').length > 0) continue;
      output.progress.show(output.say('progressEvaluating', { run: id, network }));
      await evaluateRun({ registry, home, runId: id, onPixels: pixelProgress(output) });
    }
    await validateRuns({
      registry,
      home,
      runIds,
      datasetId: dataset.id,
      onProgress: (share) =>
        output.progress.show(output.say('progressValidating', { percent: String(Math.floor(100 * share)) })),
    });
    const validations = runIds.map((id) => runToEnd(validationInSteps(registry, id, dataset.id)));
    output.answer({ validations }, () =>
      validations.map((one, at) => validationText(one, runs[at]!.network, output)).join('\n\n'),
    );
  });
}

/** A validation as text. */
export function validationText(validation: Validation, network: NetworkName, speech: Speech): string {
  const { say } = speech;
  const { runId, dataset, trainedOn, images, seen, exact, unread, unseen } = validation;
  const { train, validation: chosen, test } = seen;
  return [
    say('validated', { run: runId, network, trainedOn: trainedOn.name, dataset: dataset.name, images }),
    say('validatedClasses', { here: dataset.positive, there: trainedOn.positive }),
    say('validatedSeen', {
      images: train + chosen + test,
      exact,
      train,
      validation: chosen,
      test,
      unseen: seen.unseen,
    }),
    ...(unread > 0 ? [say('validatedUnread', { count: unread })] : []),
    ...(unseen ? [] : [say('validatedNoneUnseen', {})]),
    ...(['perScan', 'perImage'] as const).flatMap((unit) => [
      say('unitOf', { unit }),
      figures(validation, unit, speech),
    ]),
  ].join('\n');
}

function figures(
  { test, all, known, unseen, drop }: Validation,
  unit: keyof BothUnits,
  speech: Speech,
): string {
  const { say, language } = speech;
  const of = (both: BothUnits | null) => both && both[unit];
  const columns = [
    ['testSet', of(test)],
    ['all', of(all)],
    ['known', of(known)],
    ['unseen', of(unseen)],
  ] as const;
  const text = (figure: MeasureWithInterval | MeasureDifference | undefined) =>
    figure ? intervalText(figure, speech) : null;
  const row = (name: EvidenceMeasure) => [
    measureLabel(name, language),
    ...columns.map(([, evidence]) => text(evidence?.models[0]!.measures[name])),
    text(drop?.[unit][name]),
  ];
  return table(
    [
      say('studyColumn', { of: 'measure' }),
      ...columns.map(([column]) => say('studyColumn', { of: column })),
      say('studyColumn', { of: 'drop' }),
    ],
    [
      [
        say('studyColumn', { of: 'scans' }),
        ...columns.map(([, evidence]) => evidence && String(evidence.units)),
        null,
      ],
      ...evidenceMeasures.map(row),
    ],
  );
}

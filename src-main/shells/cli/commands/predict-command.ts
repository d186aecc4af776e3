import path from 'node:path';
import { FalxError, toldIn } from '../../../contract/errors.ts';
import { looksOutside, mapMethods, type MapMethod, type MapTest } from '../../../contract/maps.ts';
import { noticeFacts } from '../../../contract/answers.ts';
import type { Prediction, Run } from '../../../contract/records.ts';
import { thresholdOf } from '../../../contract/views.ts';
import { answersDocument, type Together } from '../../../predict/answers-document.ts';
import { predictFiles } from '../../../predict/predict-handlers.ts';
import type { SeenScan } from '../../../predict/scan-maps.ts';
import { writeMaps, type WrittenMap } from '../../../predict/write-maps.ts';
import type { Context } from '../main.ts';
import { resolveRuns } from '../resolve.ts';
import type { Output, Speech } from '../output.ts';
import { table } from '../text.ts';
import { planeOf, slicesOf } from './import-command.ts';
import { withRecords } from './with-registry.ts';

export type PredictCommandOptions = {
  plane?: string;
  slices?: number;
  errorRate?: number;
  with?: string;
  maps?: string;
  mapMethod?: string;
};

/** Exit code 1 when any picture got no answer. */
export async function predict(
  context: Context,
  typed: string,
  files: readonly string[],
  options: PredictCommandOptions = {},
): Promise<number> {
  const { output, home } = context;
  const cut = { plane: planeOf(options.plane), slices: slicesOf(options.slices) };
  const method = methodOf(options.mapMethod);
  return withRecords(context, async (registry) => {
    const runs = resolveRuns(registry, typed, options.with);
    const [run] = runs;
    const preferences = registry.preferences.get();
    let done = 0;
    const seen = new Map<string, SeenScan>();
    const ask = ({ id }: Run) =>
      predictFiles({
        registry,
        home,
        runId: id,
        files: files.map((file) => path.resolve(file)),
        ...cut,
        threshold: thresholdOf(preferences, id),
        errorRate: options.errorRate ?? preferences.errorRate,
        onSeen: options.maps === undefined || id !== run.id ? undefined : (one) => seen.set(one.file, one),
        onPredictions: (some) =>
          output.progress.show(
            output.say('progressPredicted', {
              pictures: (done += some.length),
              files: files.length * runs.length,
            }),
          ),
      });
    const predictions: Prediction[] = [];
    for (const one of runs) predictions.push(...(await ask(one)));
    const written =
      options.maps === undefined
        ? null
        : await writeMaps({
            registry,
            home,
            run,
            method,
            folder: path.resolve(options.maps),
            scans: predictions.flatMap(({ runId, file, positive }) => {
              const one = runId === run.id ? seen.get(file) : undefined;
              return one && positive !== null ? [{ seen: one, positive }] : [];
            }),
            onProgress: (passes, of) =>
              output.progress.show(output.say('progressMaps', { done: passes, of })),
          });
    const said = answersDocument(runs, predictions);
    const document = { ...said, ...(written && { maps: written.maps, mapTest: written.test }) };
    const { positive } = registry.datasets.get(registry.splits.get(run.splitId).datasetId);
    output.answer(document, () =>
      [...togetherLines(said.together ?? [], positive, output), text(predictions, output)].join('\n'),
    );
    if (!output.json) {
      told(predictions, output);
      if (written) toldOfMaps(run, written, path.resolve(options.maps!), output);
    }
    const failed = predictions.filter((prediction) => prediction.error !== null);
    for (const { error, facts } of failed)
      output.note(`falx: ${output.words(toldIn({ message: error ?? '', facts: facts ?? null }))}`);
    if (failed.length > 0 && predictions.length > 1) {
      const counts = { failed: String(failed.length), pictures: predictions.length };
      output.note(`falx: ${output.say('predictedFailed', counts)}`);
    }
    return failed.length > 0 ? 1 : 0;
  });
}

/** Where the runs disagree comes first. */
function togetherLines(all: readonly Together[], positiveName: string, { say }: Speech): string[] {
  const share = (probability: number) => probability.toFixed(4);
  return all
    .toSorted((a, b) => Number(b.disagree) - Number(a.disagree))
    .map(({ file, answer, probability, low, high, models, positive, disagree }) =>
      say('predictedTogether', {
        file: shown(file),
        answer,
        probability: share(probability),
        low: share(low),
        high: share(high),
        models,
        disagree: disagree ? 'yes' : 'no',
        positive,
        name: positiveName,
      }),
    );
}

/** As short as can be for what lies here; whole for what lies elsewhere. */
export function shown(file: string): string {
  const here = path.relative('', file);
  return here === '' || here.startsWith('..') || path.isAbsolute(here) ? file : here;
}

/** What is said of each answer, gravest first. */
function told(predictions: readonly Prediction[], { say, words, note }: Speech & Pick<Output, 'note'>): void {
  for (const { file, notices } of predictions)
    for (const one of notices) {
      const said = words(toldIn({ message: one.code, facts: noticeFacts(one) }));
      note(`falx: ${say('predictedNotice', { grade: one.grade, file: shown(file), said })}`);
    }
  note(`falx: ${say('researchUse', {})}`);
}

function methodOf(typed: string | undefined): MapMethod {
  if (typed === undefined) return 'cam';
  const found = mapMethods.find((method) => method === typed);
  if (found) return found;
  throw new FalxError('mapMethodUnknown', { typed, known: mapMethods.join(', ') });
}

/** Where the maps are, what they are worth, and which lie much outside the head. */
function toldOfMaps(
  run: Run,
  { maps, test }: { maps: readonly WrittenMap[]; test: MapTest },
  folder: string,
  { say, note }: Speech & Pick<Output, 'note'>,
): void {
  const { scans, passed } = test;
  const { of: layers, similarity } = test.steps.at(-1)!;
  const of = { network: run.network, layers, scans, similarity };
  note(`falx: ${say('mapsWritten', { count: maps.length, folder })}`);
  note(`falx: ${passed ? say('mapPassed', of) : say('mapLikeRandom', of)}`);
  note(`falx: ${test.repeat ? say('mapRepeats', test.repeat) : say('mapNoRepeat', {})}`);
  for (const map of maps)
    if (map.outside && passed && looksOutside(map))
      note(`falx: ${shown(map.file)}: ${say('mapOutside', map.outside)}`);
  note(`falx: ${say('mapLimits', {})}`);
}

/** The class's name where one is answered, else the word for what is. */
function answered({ answer, label, error }: Prediction, { say }: Speech): string {
  if (error !== null) return say('predictedNothing', {});
  const isClass = answer === 'positive' || answer === 'negative';
  return isClass && label !== null ? label : say('answerWord', { of: answer });
}

function text(predictions: readonly Prediction[], speech: Speech): string {
  const { say } = speech;
  const several = new Set(predictions.map(({ runId }) => runId)).size > 1;
  const rows = predictions.map((prediction) => [
    ...(several ? [prediction.runId] : []),
    answered(prediction, speech),
    prediction.probability?.toFixed(4) ?? null,
    prediction.milliseconds?.toFixed(1) ?? null,
    shown(prediction.file),
  ]);
  const columns = [...(several ? (['run'] as const) : []), 'answer', 'probability', 'ms', 'file'] as const;
  return table(
    columns.map((of) => say('heading', { of })),
    rows,
  );
}

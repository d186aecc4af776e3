import path from 'node:path';
import { FalxError, toldIn } from '../../../contract/errors.ts';
import { looksOutside, mapMethods, type MapMethod, type MapTest } from '../../../contract/maps.ts';
import { noticeFacts, RESEARCH_USE } from '../../../contract/answers.ts';
import type { Prediction, Run } from '../../../contract/records.ts';
import { thresholdOf } from '../../../contract/views.ts';
import { predictFiles } from '../../../predict/predict-handlers.ts';
import type { SeenScan } from '../../../predict/scan-maps.ts';
import { writeMaps, type WrittenMap } from '../../../predict/write-maps.ts';
import type { Context } from '../main.ts';
import { resolveRun } from '../resolve.ts';
import type { Output, Speech } from '../output.ts';
import { table } from '../text.ts';
import { planeOf, slicesOf } from './import-command.ts';
import { withRecords } from './with-registry.ts';

export type PredictCommandOptions = {
  plane?: string;
  slices?: number;
  errorRate?: number;
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
    const run = resolveRun(registry, typed);
    const preferences = registry.preferences.get();
    let done = 0;
    const seen = new Map<string, SeenScan>();
    const predictions = await predictFiles({
      registry,
      home,
      runId: run.id,
      files: files.map((file) => path.resolve(file)),
      ...cut,
      threshold: thresholdOf(preferences, run.id),
      errorRate: options.errorRate ?? preferences.errorRate,
      onSeen: options.maps === undefined ? undefined : (one) => seen.set(one.file, one),
      onPredictions: (some) =>
        output.progress.show(
          output.say('progressPredicted', { pictures: (done += some.length), files: files.length }),
        ),
    });
    const written =
      options.maps === undefined
        ? null
        : await writeMaps({
            registry,
            home,
            run,
            method,
            folder: path.resolve(options.maps),
            scans: predictions.flatMap(({ file, positive }) => {
              const one = seen.get(file);
              return one && positive !== null ? [{ seen: one, positive }] : [];
            }),
            onProgress: (passes, of) =>
              output.progress.show(output.say('progressMaps', { done: passes, of })),
          });
    const document = {
      run: { id: run.id, network: run.network },
      use: RESEARCH_USE,
      predictions,
      ...(written && { maps: written.maps, mapTest: written.test }),
    };
    output.answer(document, () => text(predictions, output));
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
  const rows = predictions.map((prediction) => [
    answered(prediction, speech),
    prediction.probability?.toFixed(4) ?? null,
    prediction.milliseconds?.toFixed(1) ?? null,
    shown(prediction.file),
  ]);
  const head = (['answer', 'probability', 'ms', 'file'] as const).map((of) => say('heading', { of }));
  return table(head, rows);
}

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { FalxError, messageOfWorded } from '../../../contract/errors.ts';
import { looksOutside, mapMethods, type MapMethod, type MapTest } from '../../../contract/maps.ts';
import { noticeFacts } from '../../../contract/answers.ts';
import { frameInName, type Prediction, type Run } from '../../../contract/records.ts';
import { answersTable } from '../../../contract/answers-table.ts';
import { toCsv } from '../../../contract/csv.ts';
import { Predictor, requireMaps } from '../../../inference/predictor.ts';
import type { Registry } from '../../../registry/registry.ts';
import { systemReason } from '../../../system/system-reason.ts';
import { writeAtomically } from '../../../system/write-atomically.ts';
import { thresholdOf } from '../../../contract/views.ts';
import {
  answersDocument,
  volumeMessage,
  type Together,
  type VolumeAnswer,
} from '../../../predict/answers-document.ts';
import { arrivals, scansIn } from '../../../predict/scans-in.ts';
import { predictFiles, predictScans } from '../../../predict/predict-handlers.ts';
import type { MappedScan } from '../../../predict/scan-maps.ts';
import type { WrittenMap } from '../../../predict/write-maps.ts';
import type { Context } from '../main.ts';
import { planeOf, slicesOf } from '../cut-options.ts';
import { resolveRuns } from '../resolve.ts';
import type { Output, Speech } from '../output.ts';
import { duration, table } from '../text.ts';
import { endSignal } from '../end-signal.ts';
import { withRecords } from './with-registry.ts';

export type PredictCommandOptions = {
  plane?: string;
  slices?: number;
  errorRate?: number;
  with?: string;
  maps?: string;
  mapMethod?: string;
  csv?: string;
  xlsx?: string;
  pdf?: string;
  sr?: string;
  names?: true;
  watch?: string;
};

/** Exit code 1 if any picture has no answer. */
export async function predict(
  context: Context,
  typed: string,
  typedFiles: readonly string[],
  options: PredictCommandOptions = {},
): Promise<number> {
  const { output, home } = context;
  const cut = { plane: planeOf(options.plane), slices: slicesOf(options.slices) };
  const method = methodOf(options.mapMethod);
  if (typedFiles.length === 0 && options.watch === undefined) throw missingFiles();
  return withRecords(context, async (registry) => {
    if (options.watch !== undefined && (options.pdf ?? options.sr ?? options.maps) !== undefined)
      throw new FalxError('oneThingAtATime', { options: ['--watch', '--pdf, --sr, --maps'] });
    if (options.watch !== undefined)
      return watch(context, registry, resolveRuns(registry, typed, options.with), options.watch, options);
    const { files, others } = await scansIn(
      typedFiles.map((file) => path.resolve(file)),
      home,
    );
    if (options.pdf !== undefined && files.length !== 1)
      throw new FalxError('pdfOfOne', { files: files.length });
    if (others > 0) output.note(`falx: ${output.say('predictedNoScans', { count: others })}`);
    const runs = resolveRuns(registry, typed, options.with);
    const [run] = runs;
    if (options.maps !== undefined) requireMaps(run);
    const preferences = registry.preferences.get();
    let pictures = 0;
    const done = new Set<string>();
    const seen = new Map<string, MappedScan>();
    const began = performance.now();
    const predictions = await predictFiles({
      registry,
      home,
      runs: runs.map(({ id }) => ({ id, threshold: thresholdOf(preferences, id) })),
      files,
      ...cut,
      errorRate: options.errorRate ?? preferences.errorRate,
      onSeen: options.maps === undefined ? undefined : (one) => seen.set(one.file, one),
      onPredictions: (some) => {
        pictures += some.length;
        for (const { file, runId } of some) done.add(`${runId} ${file.replace(frameInName, '')}`);
        const share = done.size / Math.max(1, files.length * runs.length);
        const seconds = (performance.now() - began) / 1000;
        const left = duration((seconds * (1 - share)) / Math.max(share, 1e-9));
        const read = Math.floor(done.size / runs.length);
        output.progress.show(
          output.say('progressPredicted', { pictures, done: read, files: files.length, left }),
        );
      },
    });
    await saveTables(predictions, options, output);
    const { positive } = registry.datasets.get(registry.splits.get(run.splitId).datasetId);
    await saveReports({ runs, predictions, positiveName: positive, options, output });
    const written =
      options.maps === undefined
        ? null
        : await (
            await import('../../../predict/write-maps.ts')
          ).writeMaps({
            registry,
            home,
            run,
            method,
            folder: path.resolve(options.maps),
            language: output.language,
            scans: predictions.flatMap(({ runId, file, positive }) => {
              const one = runId === run.id ? seen.get(file) : undefined;
              return one && positive !== null ? [{ seen: one, positive }] : [];
            }),
            onProgress: (passes, of) =>
              output.progress.show(output.say('progressMaps', { done: passes, of })),
          });
    const said = answersDocument(runs, predictions);
    const document = { ...said, ...(written && { maps: written.maps, mapTest: written.test }) };
    output.answer(document, () =>
      [
        ...togetherLines(said.together ?? [], positive, output),
        ...volumeLines(said.volumes ?? [], positive, output),
        text(predictions, output),
      ].join('\n'),
    );
    if (!output.json) {
      printNotices(predictions, output);
      if (written) printMaps(run, written, path.resolve(options.maps!), output);
    }
    const failed = predictions.filter((prediction) => prediction.error !== null);
    for (const { error, facts } of failed)
      output.note(`falx: ${output.words(messageOfWorded({ message: error ?? '', facts: facts ?? null }))}`);
    if (failed.length > 0 && predictions.length > 1) {
      const counts = { failed: String(failed.length), pictures: predictions.length };
      output.note(`falx: ${output.say('predictedFailed', counts)}`);
    }
    return failed.length > 0 ? 1 : 0;
  });
}

/** Predicts the files in a folder and those that arrive later, until ended; with --json one document per line and file. */
async function watch(
  { home, output }: Context,
  registry: Registry,
  runs: readonly [Run, ...Run[]],
  folder: string,
  options: PredictCommandOptions,
): Promise<number> {
  const ending = new AbortController();
  void endSignal().then(() => ending.abort());
  const preferences = registry.preferences.get();
  const opened = new Map<string, Predictor>();
  const opening = async (run: Run) => {
    const predictor = opened.get(run.id) ?? (await Predictor.open(run, home));
    opened.set(run.id, predictor);
    return predictor;
  };
  const all: Prediction[] = [];
  output.note(`falx: ${output.say('predictWatches', { folder: path.resolve(folder) })}`);
  output.note(`falx: ${output.say('researchUse', {})}`);
  const { positive } = registry.datasets.get(registry.splits.get(runs[0].splitId).datasetId);
  try {
    for await (const files of arrivals(path.resolve(folder), { home, signal: ending.signal }))
      for (const file of files) {
        if (ending.signal.aborted) break;
        const predictions = await predictScans({
          registry,
          files: [file],
          errorRate: options.errorRate ?? preferences.errorRate,
          runs: runs.map((run) => ({ run, threshold: thresholdOf(preferences, run.id) })),
          use: async (run, work) => work(await opening(run)),
        });
        const said = answersDocument(runs, predictions);
        output.line(said, () =>
          [
            ...togetherLines(said.together ?? [], positive, output),
            ...volumeLines(said.volumes ?? [], positive, output),
            ...watchLines(predictions, output),
          ].join('\n'),
        );
        if (options.csv === undefined && options.xlsx === undefined) continue;
        all.push(...predictions);
        await saveTables(all, options, output);
      }
  } finally {
    await Promise.all([...opened.values()].map((predictor) => predictor.close()));
  }
  return 0;
}

const watchLines = (predictions: readonly Prediction[], speech: Speech): string[] =>
  predictions.map((prediction) =>
    [
      shown(prediction.file),
      prediction.runId,
      answered(prediction, speech),
      prediction.probability?.toFixed(4) ?? '–',
      ...(prediction.error === null
        ? prediction.notices.map((one) =>
            speech.words(messageOfWorded({ message: one.code, facts: noticeFacts(one) })),
          )
        : [speech.words(messageOfWorded({ message: prediction.error, facts: prediction.facts ?? null }))]),
    ].join('  '),
  );

/** Files are named in them only on request. */
async function saveTables(
  predictions: readonly Prediction[],
  { csv, xlsx, ...options }: PredictCommandOptions,
  { json, say, note }: Output,
): Promise<void> {
  if (csv === undefined && xlsx === undefined) return;
  const names = options.names === true;
  const { head, rows } = answersTable(predictions, { names });
  const save = async (file: string, content: string | Uint8Array) => {
    await saved(file, content);
    if (!json)
      note(`falx: ${say('predictedTable', { file, rows: rows.length, names: names ? 'yes' : 'no' })}`);
  };
  // Spreadsheets recognise UTF-8 by a byte order mark.
  if (csv !== undefined) await save(path.resolve(csv), `\ufeff${toCsv(head, rows)}`);
  if (xlsx !== undefined)
    await save(path.resolve(xlsx), (await import('../../../contract/xlsx.ts')).toXlsx(head, rows));
}

/** As a PDF, and as DICOM structured reports for DICOM files; they identify the patient only on request. */
async function saveReports({
  runs,
  predictions,
  positiveName,
  options: { pdf, sr, names },
  output,
}: {
  runs: readonly [Run, ...Run[]];
  predictions: readonly Prediction[];
  positiveName: string;
  options: PredictCommandOptions;
  output: Output;
}): Promise<void> {
  const { json, say, note, language } = output;
  const identify = names === true;
  if (pdf !== undefined) {
    const { caseReport } = await import('../../../predict/case-report.ts');
    const file = path.resolve(pdf);
    await saved(file, await caseReport({ runs, predictions, positiveName, names: identify, language }));
    if (!json) note(`falx: ${say('predictedPdf', { file })}`);
  }
  if (sr === undefined) return;
  // Loaded on demand, so that a scan's answer is there sooner.
  const { reportSource } = await import('../../../predict/report-source.ts');
  const { structuredReport } = await import('../../../predict/structured-report.ts');
  const folder = path.resolve(sr);
  await mkdir(folder, { recursive: true });
  const byFile = Map.groupBy(predictions, ({ file }) => file.replace(frameInName, ''));
  let count = 0;
  for (const [at, [file, said]] of [...byFile].entries()) {
    if (said.every(({ error }) => error !== null)) continue; // reported already
    const source = await reportSource(file);
    if (source === null) continue;
    const name = identify ? `${at + 1} ${path.basename(file, '.dcm')}.sr.dcm` : `${at + 1}.sr.dcm`;
    await saved(
      path.join(folder, name),
      structuredReport({ predictions: said, runs, positiveName, source, identify }),
    );
    count += 1;
  }
  if (count === 0) throw new FalxError('reportsWithoutDicom', {});
  if (!json) note(`falx: ${say('predictedReports', { count, folder, names: identify ? 'yes' : 'no' })}`);
}

async function saved(file: string, content: string | Uint8Array): Promise<void> {
  await writeAtomically(file, content).catch((cause: unknown) => {
    throw new FalxError('fileNotWritten', { file, reason: systemReason(cause) }, { cause });
  });
}

/** As commander's own error, if neither files nor a folder to watch are given. */
const missingFiles = () =>
  new FalxError('usageMissing', {
    usage: 'commander.missingArgument',
    detail: { from: 'commander', text: "error: missing required argument 'files'" },
  });

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

/** The answer for a whole volume, with its slices' probabilities as a bar chart of block characters below. */
function volumeLines(volumes: readonly VolumeAnswer[], name: string, { words }: Speech): string[] {
  return volumes.flatMap((volume) => {
    const named = { ...volume, file: shown(volume.file), highest: shown(volume.highest) };
    return [words(volumeMessage(named, name, 4)), `  ${strip(volume.probabilities)}`];
  });
}

const strip = (probabilities: readonly (number | null)[]): string =>
  probabilities.map((one) => (one === null ? '·' : '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor(one * 8))]!)).join('');

/** Relative for files below the working folder; otherwise the full path. */
export function shown(file: string): string {
  const here = path.relative('', file);
  return here === '' || here.startsWith('..') || path.isAbsolute(here) ? file : here;
}

/** Most notices printed per batch; a notice that applies to several pictures is printed once in any case. */
const NOTICES = 40;

/** The notices of each answer, most severe first. */
function printNotices(
  predictions: readonly Prediction[],
  { say, words, note }: Speech & Pick<Output, 'note'>,
): void {
  const said = predictions.flatMap(({ file, notices }) =>
    notices.map((one) => ({
      file: shown(file),
      grade: one.grade,
      said: words(messageOfWorded({ message: one.code, facts: noticeFacts(one) })),
    })),
  );
  const alike = [...Map.groupBy(said, (one) => `${one.grade} ${one.said}`).values()];
  for (const [first, ...others] of alike.slice(0, NOTICES)) {
    const of = others.length === 0 ? first!.file : say('predictedPictures', { count: others.length + 1 });
    note(`falx: ${say('predictedNotice', { ...first!, file: of })}`);
  }
  if (alike.length > NOTICES) note(`falx: ${say('predictedMoreNotices', { count: alike.length - NOTICES })}`);
  note(`falx: ${say('researchUse', {})}`);
}

function methodOf(typed: string | undefined): MapMethod {
  if (typed === undefined) return 'cam';
  const found = mapMethods.find((method) => method === typed);
  if (found) return found;
  throw new FalxError('mapMethodUnknown', { typed, known: mapMethods.join(', ') });
}

/** Where the maps are, how they did in their test, and which lie largely outside the head. */
function printMaps(
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

/** The class's name if one is answered, otherwise a word for the answer. */
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

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FalxError } from '../../src-main/contract/errors.ts';
import { type ExportFormat, exportFormats } from '../../src-main/contract/export-formats.ts';
import type { KerasScaling } from '../../src-main/contract/keras-import.ts';
import type { Run } from '../../src-main/contract/records.ts';
import { Predictor } from '../../src-main/inference/predictor.ts';
import { exportRun } from '../../src-main/predict/export-model.ts';
import { importRun, lookAtRunFile } from '../../src-main/predict/import-run.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { foreign } from '../../src-main/system/foreign.ts';
import { kerasPython, python } from '../python.ts';

/* Models that Keras 3 and Keras 2 save, imported as runs, against Keras's own answers:

       npm run verify:keras-import [-- --python PYTHON --exports NAME …]

   Prints a line per file, and fails when one differs from Keras by more than 1e-4 and by more than five times the distance between Keras
   and its own float64 answers, when answers hardly vary, or when a file that must be refused is not. PYTHON: another one, with an older
   TensorFlow, such as `tensorflow-cpu==2.10.1` on Python 3.10. With --exports also a line per export of each model's first file: each
   format run by its own runtime, and the run's `.falx` imported by another home folder, where it must answer identically. */

const { values, positionals: names } = parseArgs({
  options: { python: { type: 'string' }, exports: { type: 'boolean', default: false } },
  allowPositionals: true,
});

/** Pictures of noise at several scales, brightnesses and contrasts: networks with random weights answer them differently. */
const COUNT = 6;
const MOST = 1e-4;
const LEAST_SPREAD = 0.2;
type Made = { file: string } & (
  | { side: number; scaling: KerasScaling; answers: number[]; precise: number[] }
  | { why: string; facts: Record<string, unknown> }
);

const folder = mkdtempSync(path.join(tmpdir(), 'falx-keras-import-'));
const registry = Registry.open(path.join(folder, 'home'));
const elsewhere = Registry.open(path.join(folder, 'elsewhere'));
/** Models whose exports were tested. */
const exported = new Set<string>();
const wrong: string[] = [];
try {
  const pixels = pictures();
  const file = path.join(folder, 'pixels');
  writeFileSync(file, pixels);
  const script = path.join(import.meta.dirname, 'keras_models.py');
  const said = await python(values.python ?? (await kerasPython()), [
    script,
    folder,
    file,
    String(COUNT),
    ...names,
  ]);
  for (const line of said.split('\n').filter((one) => one.startsWith('{'))) {
    const made = JSON.parse(line) as Made;
    const name = path.basename(made.file);
    try {
      const told = 'why' in made ? await refusedAs(made) : await answersAs(made, pixels);
      console.log(`${name.padEnd(46)} ${told}`);
    } catch (error) {
      wrong.push(name);
      console.log(`${name.padEnd(46)} ${(error as Error).message}`);
    }
    rmSync(made.file);
  }
} finally {
  registry.close();
  elsewhere.close();
  foreign.close();
  rmSync(folder, { recursive: true, force: true });
}
if (wrong.length > 0) throw new Error(`${wrong.length} models are not as in Keras: ${wrong.join(', ')}`);

async function answersAs(made: Extract<Made, { side: number }>, pixels: Uint8Array): Promise<string> {
  const look = await lookAtRunFile(registry.home, made.file);
  const run = await importRun({
    registry,
    file: made.file,
    keras: { classes: ['no', 'yes'], positive: 'yes', scaling: made.scaling },
  });
  const probabilities = await answersOf(run, registry.home, resized(pixels, made.side));
  const model = path.basename(made.file).replace(/-[^-]*$/, '');
  if (values.exports && !exported.has(model)) {
    exported.add(model);
    // Keras itself can't load a head that Falx has rebuilt: such a run says so.
    const hasOwn = look.kind === 'keras' && look.ownHead;
    for (const format of ['onnx', 'onnx-float', 'tfjs', 'keras', 'keras-weights'] as const)
      await exportAs(run, format, hasOwn && format.startsWith('keras'));
    await movesOn(run, resized(pixels, made.side), probabilities);
  }
  const apart = (some: ArrayLike<number>, others: readonly number[]) =>
    Math.max(...others.map((other, i) => Math.abs(other - some[i]!)));
  const worst = apart(probabilities, made.answers);
  const [own, keras] = [apart(probabilities, made.precise), apart(made.answers, made.precise)];
  const spread = Math.max(...made.answers) - Math.min(...made.answers);
  const head = look.kind === 'keras' && look.ownHead ? 'own head' : 'plain head';
  const told =
    `${run.network.padEnd(11)} ${head.padEnd(10)} worst ${worst.toExponential(1)}, spread ${spread.toFixed(2)}; ` +
    `from float64: Falx ${own.toExponential(1)}, Keras ${keras.toExponential(1)}`;
  // A network may lose more than that to float32 rounding, whoever computes it.
  const isRounding = own <= 5 * keras;
  if (!((worst <= MOST || isRounding) && spread >= LEAST_SPREAD)) throw new Error(`WRONG ${told}`);
  return told;
}

async function answersOf(run: Run, home: string, pixels: Uint8Array): Promise<Float32Array> {
  const predictor = await Predictor.open(run, home);
  const { probabilities } = await predictor.pixels(pixels, COUNT);
  await predictor.close();
  return probabilities;
}

/** Each format's runtime is held to 1e-4 when it is written; the line says how close it came. */
async function exportAs(run: Run, format: ExportFormat, isRefused: boolean): Promise<void> {
  const target = path.join(folder, `${run.id}${exportFormats[format].ending || `-${format}`}`);
  try {
    const { verified, bytes } = await exportRun(run, target, registry, { format });
    if (isRefused) throw new Error('WRONG written');
    const { runtime, worst, scans } = verified!;
    console.log(
      `  ${format.padEnd(14)} ${(bytes / 1e6).toFixed(1)} MB, ${runtime}: ${worst.toExponential(1)} on ${scans}`,
    );
  } catch (error) {
    const asMeant = isRefused && error instanceof FalxError && error.facts['why'] === 'importedNoKeras';
    if (!asMeant) wrong.push(`${run.name ?? run.id} as ${format}`);
    console.log(`  ${format.padEnd(14)} ${(error as Error).message}`);
  }
  rmSync(target, { recursive: true, force: true });
}

/** The run as a `.falx` file, imported by another home folder. */
async function movesOn(run: Run, pixels: Uint8Array, before: Float32Array): Promise<void> {
  const file = path.join(folder, `${run.id}.falx`);
  try {
    const { bytes } = await exportRun(run, file, registry, { format: 'falx' });
    const moved = await importRun({ registry: elsewhere, file });
    const after = await answersOf(moved, elsewhere.home, pixels);
    const same = after.every((value, i) => value === before[i]);
    const kept = JSON.stringify(moved.settings) === JSON.stringify(run.settings);
    if (!same || !kept) throw new Error(`WRONG ${same ? 'settings' : 'answers'} are others elsewhere`);
    console.log(
      `  ${'falx'.padEnd(14)} ${(bytes / 1e6).toFixed(1)} MB, the same ${after.length} answers elsewhere`,
    );
  } catch (error) {
    wrong.push(`${run.name ?? run.id} as falx`);
    console.log(`  ${'falx'.padEnd(14)} ${(error as Error).message}`);
  }
  rmSync(file, { force: true });
}

async function refusedAs({ file, why, facts }: Extract<Made, { why: string }>): Promise<string> {
  try {
    await lookAtRunFile(registry.home, file);
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    const told = error.facts;
    if (told['why'] !== why || Object.entries(facts).some(([key, value]) => told[key] !== value))
      throw new Error(`WRONG refused as ${JSON.stringify(told)}`, { cause: error });
    return `refused: ${error.message.replace(file, path.basename(file))}`;
  }
  throw new Error('WRONG taken in');
}

function pictures(): Uint8Array {
  const random = randomFrom(7, 'keras-import');
  const all = new Uint8Array(COUNT * 224 * 224 * 3);
  for (let n = 0; n < COUNT; n += 1) {
    const cell = 4 << n;
    const [low, high] = [30 * n, 255 - 20 * n];
    const cells = Array.from({ length: 57 * 57 * 3 }, () => low + random() * (high - low));
    for (let y = 0; y < 224; y += 1)
      for (let x = 0; x < 224; x += 1)
        for (let c = 0; c < 3; c += 1)
          all[((n * 224 + y) * 224 + x) * 3 + c] =
            cells[(Math.floor(y / cell) * 57 + Math.floor(x / cell)) * 3 + c]!;
  }
  return all;
}

/** As in the script. */
function resized(from: Uint8Array, side: number): Uint8Array {
  const to = new Uint8Array(COUNT * side * side * 3);
  const at = Array.from({ length: side }, (_, i) => Math.floor((i * 224) / side));
  let place = 0;
  for (let n = 0; n < COUNT; n += 1)
    for (const y of at)
      for (const x of at)
        for (let c = 0; c < 3; c += 1) to[place++] = from[((n * 224 + y) * 224 + x) * 3 + c]!;
  return to;
}

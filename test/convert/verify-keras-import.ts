import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KerasScaling } from '../../src-main/contract/keras-import.ts';
import { Predictor } from '../../src-main/inference/predictor.ts';
import { importRun, lookAtRunFile } from '../../src-main/predict/import-run.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { foreign } from '../../src-main/system/foreign.ts';
import { kerasPython, python } from '../python.ts';

/* Models that Keras 3 and Keras 2 save, imported as runs, against Keras's own answers:

       npm run verify:keras-import [-- NAME …]

   Prints a line a file, and fails when one is further than 1e-4 from Keras. */

/** Pictures of noise at several scales, brightness and contrast: networks of random weights answer them differently. */
const COUNT = 6;
const names = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'falx-keras-import-'));
const registry = Registry.open(path.join(folder, 'home'));
let bad = 0;
try {
  const pixels = pictures();
  const file = path.join(folder, 'pixels');
  writeFileSync(file, pixels);
  const script = path.join(import.meta.dirname, 'keras_models.py');
  const said = await python(await kerasPython(), [script, folder, file, String(COUNT), ...names]);
  for (const line of said.split('\n').filter((one) => one.startsWith('{'))) {
    const made = JSON.parse(line) as { file: string; side: number; scaling: KerasScaling; answers: number[] };
    const look = await lookAtRunFile(registry.home, made.file);
    const run = await importRun({
      registry,
      file: made.file,
      keras: { classes: ['no', 'yes'], positive: 'yes', scaling: made.scaling },
    });
    const predictor = await Predictor.open(run, registry.home);
    const { probabilities } = await predictor.pixels(resized(pixels, made.side), COUNT);
    await predictor.close();
    const worst = Math.max(...made.answers.map((answer, i) => Math.abs(answer - probabilities[i]!)));
    if (!(worst <= 1e-4)) bad++;
    const spread = Math.max(...made.answers) - Math.min(...made.answers);
    const head = look.kind === 'keras' && look.ownHead ? 'own head' : 'plain head';
    console.log(
      `${path.basename(made.file).padEnd(44)} ${run.network.padEnd(12)} ${head.padEnd(10)} worst ${worst.toExponential(1)}, answers spread over ${spread.toFixed(3)}`,
    );
    rmSync(made.file);
  }
} finally {
  registry.close();
  foreign.close();
  rmSync(folder, { recursive: true, force: true });
}
if (bad > 0) throw new Error(`${bad} imported models answer otherwise than in Keras`);

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

/** As the script does it. */
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

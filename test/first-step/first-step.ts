import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { defaultSettings, noAugmentation } from '../../src-main/contract/settings.ts';
import { Engine } from '../../src-main/train/engine.ts';
import { kerasPython, python } from '../python.ts';

/*
 * node build/run.mjs test/first-step/first-step.ts --model MODEL.keras --scans FOLDER [--rounds 3]
 * The relative distance of Adam's first step (MobileNetV2, frozen statistics, all layers) from Keras's in float64: here, and for
 * Keras in float32 with and without oneDNN. Adam's first step is plus or minus the learning rate, so one activation that rounding
 * moves across a kink of ReLU6 reverses whole rows of weights.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    scans: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
});
if (!values.model || !values.scans) throw new Error('first-step.ts --model MODEL.keras --scans FOLDER');
const [side, batch, rate] = [96, 8, 1e-3];
const files = readdirSync(values.scans, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(jpe?g|png)$/i.test(name))
  .sort();
const folder = mkdtempSync(path.join(tmpdir(), 'falx-first-step-'));
const script = path.join(import.meta.dirname, 'first-step.py');
const keras = await kerasPython();

async function byKeras(dtype: 'float32' | 'float64', oneDnn: boolean): Promise<Float64Array> {
  const args = [script, path.resolve(values.model!), folder, String(side), String(batch), dtype];
  await python(keras, args, { env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: oneDnn ? '1' : '0' } });
  return new Float64Array(new Uint8Array(readFileSync(path.join(folder, `update-${dtype}`))).buffer);
}

function here(images: Uint8Array): Float64Array {
  const order = JSON.parse(readFileSync(path.join(folder, 'order.json'), 'utf8')) as [
    key: string,
    shape: number[],
    trained: boolean,
  ][];
  const all = new Float32Array(new Uint8Array(readFileSync(path.join(folder, 'weights'))).buffer);
  const start = new Map<string, Float32Array>();
  let at = 0;
  for (const [key, shape] of order) {
    const count = shape.reduce((product, size) => product * size, 1);
    start.set(key, all.slice(at, (at += count)));
  }
  const settings = { ...defaultSettings('mobilenetv2', false, side), batchNorm: 'inference' as const };
  const place = path.join(folder, 'graph');
  mkdirSync(place);
  const engine = new Engine(
    place,
    { ...settings, batchSize: batch, optimiser: 'adam', dropout: 0, augmentation: noAugmentation },
    ['all'],
  );
  try {
    engine.assign(start);
    engine.step('all', {
      pixels: images,
      labels: Float32Array.from({ length: batch }, (_, i) => i % 2),
      weights: new Float32Array(batch).fill(1),
      rate,
      step: 1,
      momentum: 1,
      seed: [1, 2],
    });
    const after = engine.weights();
    return Float64Array.from(
      order
        .filter(([, , trained]) => trained)
        .flatMap(([key]) => Array.from(after.get(key)!, (value, i) => value - start.get(key)![i]!)),
    );
  } finally {
    engine.close();
    rmSync(place, { recursive: true });
  }
}

function apart(one: Float64Array, exact: Float64Array): string {
  const length = (values: Float64Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return (length(one.map((value, i) => value - exact[i]!)) / length(exact)).toExponential(1);
}

try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const chosen = Array.from(
      { length: batch },
      (_, i) => files[(round * 37 + Math.floor((i * files.length) / batch)) % files.length]!,
    );
    const images = Buffer.concat(
      await Promise.all(
        chosen.map((file) =>
          sharp(path.join(values.scans!, file))
            .flatten()
            .toColourspace('srgb')
            .resize(side, side, { fit: 'fill' })
            .raw()
            .toBuffer(),
        ),
      ),
    );
    writeFileSync(path.join(folder, 'images'), images);
    const exact = await byKeras('float64', false);
    const [withOneDnn, without] = [await byKeras('float32', true), await byKeras('float32', false)];
    console.log(
      `scans ${round + 1}: Falx ${apart(here(images), exact)}, Keras with oneDNN ${apart(withOneDnn, exact)}, ` +
        `without ${apart(without, exact)} from Keras in float64`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { installation } from '../../system/installation.ts';
import { frozenModel } from '../../train/model.ts';
import { factsText, modelCardText } from '../facts.ts';
import type { Runtime, Writing } from '../runtime.ts';
import { graphModel } from './graph-model.ts';

/** Path in the checkout, or in the package, which has the same layout. */
const own = (...parts: string[]) => path.join(installation.folder, 'node_modules', '@tensorflow', ...parts);

/** What the page needs besides the model: TensorFlow.js and its WebAssembly backend, in the versions used for verification. */
const pageFiles = [
  own('tfjs', 'dist', 'tf.es2017.min.js'),
  own('tfjs-backend-wasm', 'dist', 'tf-backend-wasm.es2017.min.js'),
  own('tfjs-backend-wasm', 'dist', 'tfjs-backend-wasm.wasm'),
  own('tfjs-backend-wasm', 'dist', 'tfjs-backend-wasm-simd.wasm'),
];

/** A graph model in `model/`, with a page that works offline. */
export async function writeTfjs({ card, facts, target, weights }: Writing): Promise<void> {
  const { graph, signatures } = frozenModel(card.settings, weights(), 'float32');
  const { json, shards } = graphModel(graph, signatures['serving_default']!, facts, facts.falx);
  const model = path.join(target, 'model');
  await mkdir(model, { recursive: true });
  for (const { name, bytes } of shards) await writeFile(path.join(model, name), bytes);
  await writeFile(path.join(model, 'model.json'), JSON.stringify(json));
  for (const file of pageFiles) await copyFile(file, path.join(target, path.basename(file)));
  const page = path.join(installation.resources, 'tfjs-page');
  for (const name of ['index.html', 'page.js'])
    await copyFile(path.join(page, name), path.join(target, name));
  await writeFile(path.join(target, 'falx.json'), factsText(facts));
  await writeFile(path.join(target, 'MODEL_CARD.md'), modelCardText(facts));
}

type Manifest = { paths: string[]; weights: tf.io.WeightsManifestEntry[] };
type ModelJson = { modelTopology: object; signature: object; format: string; weightsManifest: Manifest[] };

export async function openTfjs(target: string): Promise<Runtime> {
  setWasmPaths(`${own('tfjs-backend-wasm', 'dist')}${path.sep}`);
  if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js has no WebAssembly here');
  const folder = path.join(target, 'model');
  const model = await loadGraphModel({
    async load() {
      const json = JSON.parse(await readFile(path.join(folder, 'model.json'), 'utf8')) as ModelJson;
      const { modelTopology, signature, format } = json;
      const files = json.weightsManifest.flatMap(({ paths }) => paths);
      const read = await Promise.all(files.map((name) => readFile(path.join(folder, name))));
      const weightData = Uint8Array.from(Buffer.concat(read)).buffer;
      const weightSpecs = json.weightsManifest.flatMap(({ weights }) => weights);
      return { modelTopology, signature, format, weightSpecs, weightData };
    },
  });
  return {
    title: `TensorFlow.js ${tf.version_core}`,
    async run(pixels, count, side) {
      const images = tf.tensor(Float32Array.from(pixels), [count, side, side, 3], 'float32');
      const answers = model.execute(images, 'predict/probability') as tf.Tensor;
      try {
        return (await answers.data()) as Float32Array;
      } finally {
        tf.dispose([images, answers]);
      }
    },
    close() {
      model.dispose();
      return Promise.resolve();
    },
  };
}

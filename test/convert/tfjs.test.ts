import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tfjs from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from 'vitest';
import { graphModel } from '../../src-main/convert/tfjs/graph-model.ts';
import { Graph } from '../../src-main/graph/graph.ts';
import * as tf from '../../src-main/graph/operations.ts';

test('a graph is read by TensorFlow.js: padding, normalisation, pooling and constants in shards', async () => {
  const graph = new Graph();
  const x = tf.placeholder(graph, 'x', 'float32', [null, 2, 2, 1]);
  const ones = tf.constant(graph, [1, 1, 1, 1], [2, 2, 1, 1]);
  const maps = tf.conv2d(
    tf.pad(x, [
      [0, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ]),
    ones,
    1,
    'SAME',
  );
  const one = (value: number) => tf.constant(graph, [value]);
  const statistics = { mean: one(1), variance: one(0.75) };
  const { y } = tf.batchNorm(maps, one(2), one(3), statistics, 0.25);
  const pooled = tf.mean(y, [1, 2]);
  const { json, shards } = graphModel(
    graph,
    { inputs: { x }, outputs: { y: pooled } },
    { notice: 'kept' },
    '0',
  );
  const manifest = json['weightsManifest'] as { paths: string[]; weights: tfjs.io.WeightsManifestEntry[] }[];
  expect(manifest[0]!.paths).toEqual(shards.map(({ name }) => name));
  const model = await loadGraphModel({
    load: () =>
      Promise.resolve({
        ...(json as {
          modelTopology: object;
          signature: object;
          userDefinedMetadata: Record<string, string>;
        }),
        weightSpecs: manifest[0]!.weights,
        weightData: Uint8Array.from(Buffer.concat(shards.map(({ bytes }) => bytes))).buffer,
      }),
  });
  await tfjs.setBackend('cpu');
  const answer = model.execute(tfjs.tensor([1, 2, 3, 4], [1, 2, 2, 1])) as tfjs.Tensor;
  // 3 × 3 with zeros below and right; windows of 2 × 2, one more row and column of zeros behind: sums
  // 10 6 0, 7 4 0, 0 0 0, whose mean is 27/9 = 3. (3 − 1) / √(0.75 + 0.25) · 2 + 3 = 7.
  expect(answer.dataSync()[0]).toBeCloseTo(7, 5);
  expect((model.metadata as { notice?: string }).notice).toBe('kept');
});

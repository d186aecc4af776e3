import { InferenceSession, Tensor as Value } from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { fromBinary } from '@bufbuild/protobuf';
import { flatFacts, modelFacts, NOTICE } from '../../src-main/convert/facts.ts';
import { onnxModel, OPSET, turned } from '../../src-main/convert/onnx/onnx.ts';
import { ModelProtoSchema } from '../../src-main/convert/onnx/schema/onnx_pb.js';
import { Graph, type Tensor } from '../../src-main/graph/graph.ts';
import * as tf from '../../src-main/graph/operations.ts';
import type { Padding } from '../../src-main/graph/operations.ts';
import { aRun } from './a-run.ts';

/* Small graphs as ONNX models, run by ONNX Runtime; expected sums are computed here by TensorFlow's documentation. */

const facts = { version: '0', name: 'test', text: NOTICE, metadata: {} };

async function run(build: (x: Tensor, graph: Graph) => Tensor, shape: number[], data: Float32Array) {
  const graph = new Graph();
  const x = tf.placeholder(graph, 'x', 'float32', [null, ...shape.slice(1)]);
  const bytes = onnxModel(graph, { inputs: { x }, outputs: { y: build(x, graph) } }, facts);
  const session = await InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const { y } = await session.run({ x: new Value('float32', data, shape) });
  return [...((await y!.getData()) as Float32Array)];
}

const counting = (n: number) => Float32Array.from({ length: n }, (_, i) => ((i * 7) % 11) - 4);

/** Channel sums over windows, and their mean over the map: sensitive to any wrong order of channels or padding. */
function convolved(
  x: Float32Array,
  [h, w]: [number, number],
  stride: number,
  padding: Padding,
  kernel: Float32Array,
) {
  const size = 3;
  const [oh, ow] = [h, w].map((n) =>
    padding === 'SAME' ? Math.ceil(n / stride) : Math.floor((n - size) / stride) + 1,
  ) as [number, number];
  const before = (n: number, out: number) =>
    padding === 'SAME' ? Math.floor(Math.max((out - 1) * stride + size - n, 0) / 2) : 0;
  const [top, left] = [before(h, oh), before(w, ow)];
  const sums = [0, 0];
  for (let i = 0; i < oh; i++)
    for (let j = 0; j < ow; j++)
      for (let u = 0; u < size; u++)
        for (let v = 0; v < size; v++)
          for (let c = 0; c < 2; c++)
            for (let f = 0; f < 2; f++) {
              const [row, column] = [i * stride + u - top, j * stride + v - left];
              if (row < 0 || column < 0 || row >= h || column >= w) continue;
              sums[f]! += x[(row * w + column) * 2 + c]! * kernel[((u * size + v) * 2 + c) * 2 + f]!;
            }
  return sums.map((sum) => sum / (oh * ow));
}

test.each([
  [4, 1, 'SAME'],
  [4, 2, 'SAME'],
  [5, 2, 'SAME'],
  [5, 2, 'VALID'],
] as const)(
  'convolves maps of side %i with stride %i and padding %s as TensorFlow does',
  async (side, stride, padding) => {
    const [data, kernel] = [counting(side * (side + 1) * 2), counting(36)];
    const y = await run(
      (x, graph) => tf.mean(tf.conv2d(x, tf.constant(graph, kernel, [3, 3, 2, 2]), stride, padding), [1, 2]),
      [1, side, side + 1, 2],
      data,
    );
    const expected = convolved(data, [side, side + 1], stride, padding, kernel);
    for (const [i, value] of y.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
  },
);

test('turns channels round before the maps are turned, and adds a bias to each channel', async () => {
  // Two pixels of three channels; 1 × 1 kernel that keeps them.
  const one = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  const y = await run(
    (x, graph) => {
      const centred = tf.subtract(tf.reverseLast(x), tf.constant(graph, [1, 2, 3]));
      const maps = tf.conv2d(centred, tf.constant(graph, one, [1, 1, 3, 3]), 1, 'VALID');
      return tf.mean(tf.biasAdd(maps, tf.constant(graph, [10, 20, 30])), [1, 2]);
    },
    [1, 1, 2, 3],
    Float32Array.of(1, 2, 3, 5, 6, 7),
  );
  // [3, 2, 1] and [7, 6, 5], less [1, 2, 3]: [2, 0, −2] and [6, 4, 2], whose means are [4, 2, 0].
  expect(y).toEqual([14, 22, 30]);
});

test('flattens maps in the order that a dense layer was trained on, as heads from elsewhere do', async () => {
  // Two rows of two pixels, two channels each: 1 × 1 pooling leaves the maps with the channels in front.
  const data = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const y = await run(
    (x) => tf.tanh(tf.reshape(tf.maxPool(x, 1, 1, 'VALID'), [null, 8])),
    [1, 2, 2, 2],
    data.map((value) => value / 8),
  );
  for (const [i, value] of y.entries()) expect(value).toBeCloseTo(Math.tanh((i + 1) / 8), 5);
});

test('says what operation has no counterpart', () => {
  const graph = new Graph();
  const x = tf.placeholder(graph, 'x', 'float32', [null, 2]);
  expect(() => onnxModel(graph, { inputs: { x }, outputs: { y: tf.sine(x) } }, facts)).toThrow('Sin');
});

test('keeps in the file what a model is, what it may be used for, and how its answers are read', () => {
  const graph = new Graph();
  const x = tf.placeholder(graph, 'x', 'float32', [null, 2]);
  const card = modelFacts({
    ...{ run: aRun(), classes: ['healthy', 'tumour'], model: null, falx: '0.1.0', metrics: null },
    calibration: { threshold: 0.3, temperature: 1.5, conformal: { alpha: 0.1 } },
  });
  const metadata = flatFacts(card);
  const bytes = onnxModel(graph, { inputs: { x }, outputs: { y: tf.relu(x) } }, { ...facts, metadata });
  const model = fromBinary(ModelProtoSchema, bytes);
  const kept = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
  expect(Number(model.opsetImport[0]!.version)).toBe(OPSET);
  expect(kept).toMatchObject({
    notice: 'Research use only, not for diagnosis.',
    threshold: '0.3',
    temperature: '1.5',
    conformal: '{"alpha":0.1}',
    class_negative: 'healthy',
    class_positive: 'tumour',
    preprocessing_version: '2',
  });
  expect(kept['model_card']).toContain('**Research use only, not for diagnosis.**');
  expect(kept['licence']).toContain('Trained from random weights');
  expect(JSON.parse(kept['falx']!)).toEqual(card);
});

test('turns the axes of an array', () => {
  // [2, 3] → [3, 2]
  expect([...turned(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3], [1, 0])]).toEqual([1, 4, 2, 5, 3, 6]);
});

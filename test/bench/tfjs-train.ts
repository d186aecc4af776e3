import { alternatingLabels, noise, readWork, report, timed } from './child.ts';
import { build } from './tfjs-networks.ts';
import { loadTfjs } from './tfjs.ts';

// Training steps with tfjs's own LayersModel.trainOnBatch.
const work = readWork();
const tf = loadTfjs();
const model = build(tf, work.network, work.size);
model.compile({
  optimizer: tf.train.adam(1e-4),
  loss: (labels, logits) => tf.losses.sigmoidCrossEntropy(labels, logits),
});
const shape: [number, number, number, number] = [work.batch, work.size, work.size, 3];
const x = tf.tensor4d(
  Float32Array.from(noise(shape.reduce((a, b) => a * b)), (v) => v / 127.5 - 1),
  shape,
);
const y = tf.tensor2d(alternatingLabels(work.batch), [work.batch, 1]);
let loss: number | null = null;
const times = await timed(async () => {
  loss = Number(await model.trainOnBatch(x, y));
}, work);
report({
  ...times,
  parameters: model.countParams(),
  versions: { tfjs: tf.version['tfjs-core'] },
  loss,
  note: null,
});

import { noise, readWork, report, timed } from './child.ts';
import { build } from './tfjs-networks.ts';
import { loadTfjs } from './tfjs.ts';

// Inference with tfjs's own LayersModel.predict, from pixels in memory to probabilities in memory.
const work = readWork();
const tf = loadTfjs();
const model = build(tf, work.network, work.size);
const shape: [number, number, number, number] = [work.batch, work.size, work.size, 3];
const pixels = Float32Array.from(noise(shape.reduce((a, b) => a * b)), (v) => v / 127.5 - 1);
const times = await timed(() => {
  tf.tidy(() => {
    const logits = model.predict(tf.tensor4d(pixels, shape), { batchSize: work.batch });
    if (Array.isArray(logits)) throw new Error('expected one tensor of logits but received several');
    return logits.sigmoid().dataSync();
  });
}, work);
report({
  ...times,
  parameters: model.countParams(),
  versions: { tfjs: tf.version['tfjs-core'] },
  loss: null,
  note: null,
});

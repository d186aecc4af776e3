import { constant, reverseLast, subtract } from '../graph/operations.ts';
import type { Tensor } from '../graph/graph.ts';
import type { Network } from './network.ts';
import type { Pass } from './pass.ts';

const norm = { epsilon: 1.001e-5, momentum: 0.99 };

/** Bottleneck width, blocks and first stride of the stages conv2 … conv5: table 1 of the paper. */
const stages = [
  [64, 3, 1],
  [128, 4, 2],
  [256, 6, 2],
  [512, 3, 2],
] as const;

/**
 * ResNet50 (version 1: the stride in a block's first 1×1 convolution, biases kept), as in Keras Applications.
 * He, Zhang, Ren and Sun, 2015, arXiv:1512.03385.
 */
export const resnet50: Network = {
  channels: 2048,
  lastLayer: 'conv5_block3_out',
  rescaling: { bgr: true, scale: 1, offset: [-103.939, -116.779, -123.68] },
  lastStage: (layer) => layer.startsWith('conv5_'),

  /** RGB 0…255 → BGR minus ImageNet's mean, as in Caffe. */
  preprocess: (images) => subtract(reverseLast(images), constant(images.graph, [103.939, 116.779, 123.68])),

  features(pass, x) {
    const stem = { filters: 64, size: 7, stride: 2, padding: 'VALID' as const, bias: true };
    let y = pass.convolutionNorm('conv1_conv', 'conv1_bn', pass.pad('conv1_pad', x, 3), stem, norm);
    y = pass.relu('conv1_relu', y);
    y = pass.maxPool('pool1_pool', pass.pad('pool1_pad', y, 1), 3, 2);
    for (const [stage, [filters, blocks, firstStride]] of stages.entries())
      for (let block = 1; block <= blocks; block++)
        y = bottleneck(pass, y, `conv${stage + 2}_block${block}`, filters, block === 1 ? firstStride : null);
    return y;
  },
};

/** @param stride of a stage's first block, which projects its shortcut; null for the others. */
function bottleneck(pass: Pass, x: Tensor, name: string, filters: number, stride: number | null): Tensor {
  const layer = (n: number, y: Tensor, width: number, size: number, by: number): Tensor =>
    pass.convolutionNorm(
      `${name}_${n}_conv`,
      `${name}_${n}_bn`,
      y,
      { filters: width, size, stride: by, bias: true },
      norm,
    );
  const shortcut = stride === null ? x : layer(0, x, 4 * filters, 1, stride);
  let y = pass.recomputedRelu(`${name}_1_relu`, layer(1, x, filters, 1, stride ?? 1));
  y = pass.recomputedRelu(`${name}_2_relu`, layer(2, y, filters, 3, 1));
  return pass.relu(`${name}_out`, pass.add(`${name}_add`, shortcut, layer(3, y, 4 * filters, 1, 1)));
}

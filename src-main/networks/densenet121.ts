import { dimension } from '../graph/graph.ts';
import { constant, divide, multiply, subtract } from '../graph/operations.ts';
import type { Tensor } from '../graph/graph.ts';
import { torchRescaling, type Network } from './network.ts';
import type { Pass } from './pass.ts';

const norm = { epsilon: 1.001e-5, momentum: 0.99 };
const growth = 32;
/** Layers of the dense blocks conv2 … conv5: table 1 of the paper. */
const blocks = [6, 12, 24, 16] as const;

/**
 * DenseNet121 (growth rate 32, compression 0.5), as in Keras Applications: each layer's input is the maps of all layers before it.
 * Huang, Liu, van der Maaten and Weinberger, 2017, arXiv:1608.06993.
 */
export const densenet121: Network = {
  channels: 1024,
  lastLayer: 'relu',
  rescaling: torchRescaling,
  lastStage: (layer) => layer.startsWith('conv5_') || layer === 'bn',

  /** RGB 0…255 → 0…1, minus ImageNet's mean, divided by its standard deviation, as in Torch. */
  preprocess(images) {
    const { graph } = images;
    const centred = subtract(
      multiply(images, constant(graph, 1 / 255)),
      constant(graph, [0.485, 0.456, 0.406]),
    );
    return divide(centred, constant(graph, [0.229, 0.224, 0.225]));
  },

  features(pass, x) {
    const stem = { filters: 64, size: 7, stride: 2, padding: 'VALID' as const };
    let y = pass.convolutionNorm('conv1_conv', 'conv1_bn', pass.pad('zero_padding2d', x, 3), stem, norm);
    y = pass.relu('conv1_relu', y);
    y = pass.maxPool('pool1', pass.pad('zero_padding2d_1', y, 1), 3, 2);
    for (const [index, layers] of blocks.entries()) {
      for (let layer = 1; layer <= layers; layer++) y = denseLayer(pass, y, `conv${index + 2}_block${layer}`);
      if (index < blocks.length - 1) y = transition(pass, y, `pool${index + 2}`);
    }
    return pass.relu('relu', pass.norm('bn', y, norm));
  },
};

function denseLayer(pass: Pass, x: Tensor, name: string): Tensor {
  let y = pass.recomputedRelu(`${name}_0_relu`, pass.norm(`${name}_0_bn`, x, norm));
  y = pass.convolutionNorm(`${name}_1_conv`, `${name}_1_bn`, y, { filters: 4 * growth, size: 1 }, norm);
  y = pass.recomputedRelu(`${name}_1_relu`, y);
  return pass.concat(`${name}_concat`, [
    x,
    pass.convolution(`${name}_2_conv`, y, { filters: growth, size: 3 }),
  ]);
}

/** Halves channels and sides. Keras pools after the convolution; pooling first is equivalent and costs a quarter. */
function transition(pass: Pass, x: Tensor, name: string): Tensor {
  const y = pass.relu(`${name}_relu`, pass.norm(`${name}_bn`, x, norm));
  const pooled = pass.averagePool(`${name}_pool`, y, 2, 2);
  return pass.convolution(`${name}_conv`, pooled, { filters: dimension(x, 3) / 2, size: 1 });
}

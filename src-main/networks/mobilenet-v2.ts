import { constant, multiply, subtract } from '../graph/operations.ts';
import { dimension } from '../graph/graph.ts';
import type { Tensor } from '../graph/graph.ts';
import type { Network } from './network.ts';
import type { Pass } from './pass.ts';

const norm = { epsilon: 1e-3, momentum: 0.999 };

/** Expansion, output channels, repeats and first stride of each group of blocks: table 2 of the paper, width 1. */
const groups = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/**
 * MobileNetV2 as in Keras Applications: inverted residuals of 1×1 expansion, 3×3 depthwise and 1×1 projection. Sandler, Howard,
 * Zhu, Zhmoginov and Chen, 2018, arXiv:1801.04381.
 * @param width by which the channels of all layers but the last are multiplied (Keras's `alpha`), above 0 to 1.
 */
const ofWidth = (width: number): Network => ({
  channels: 1280,
  lastLayer: 'out_relu',
  rescaling: { scale: 1 / 127.5, offset: -1 },
  lastStage: (layer) => /^block_(1[3-6])_|^Conv_1/.test(layer),

  /** RGB 0…255 → −1…1. */
  preprocess: (images) =>
    subtract(multiply(images, constant(images.graph, 1 / 127.5)), constant(images.graph, 1)),

  features(pass, x) {
    let y = pass.convolutionNorm(
      'Conv1',
      'bn_Conv1',
      x,
      { filters: divisible(32 * width), size: 3, stride: 2 },
      norm,
    );
    y = pass.relu6('Conv1_relu', y);
    let block = 0;
    for (const [expansion, filters, repeats, firstStride] of groups)
      for (let repeat = 0; repeat < repeats; repeat++)
        y = invertedResidual(pass, y, block++, {
          expansion,
          filters: divisible(Math.floor(filters * width)),
          stride: repeat === 0 ? firstStride : 1,
        });
    y = pass.convolutionNorm('Conv_1', 'Conv_1_bn', y, { filters: 1280, size: 1 }, norm);
    return pass.relu6('out_relu', y);
  },
});

/** Width 1.0; Teachable Machine uses 0.35. */
export const mobilenetV2: Network = {
  ...ofWidth(1),
  otherWidths: { known: [0.35, 0.5, 0.75], of: ofWidth },
};

/** Channels rounded as in Keras: to a multiple of 8, never more than a tenth below. */
function divisible(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

function invertedResidual(
  pass: Pass,
  x: Tensor,
  block: number,
  { expansion, filters, stride }: { expansion: number; filters: number; stride: number },
): Tensor {
  const prefix = block === 0 ? 'expanded_conv' : `block_${block}`;
  const channels = dimension(x, 3);
  let y = x;
  if (block > 0) {
    const expanded = { filters: channels * expansion, size: 1 };
    y = pass.convolutionNorm(`${prefix}_expand`, `${prefix}_expand_BN`, y, expanded, norm);
    y = pass.relu6(`${prefix}_expand_relu`, y);
  }
  // Keras pads explicitly before a stride of 2; that equals TensorFlow's SAME for a 3×3 window.
  y = pass.depthwiseNorm(`${prefix}_depthwise`, `${prefix}_depthwise_BN`, y, { size: 3, stride }, norm);
  y = pass.relu6(`${prefix}_depthwise_relu`, y);
  y = pass.convolutionNorm(`${prefix}_project`, `${prefix}_project_BN`, y, { filters, size: 1 }, norm);
  return channels === filters && stride === 1 ? pass.add(`${prefix}_add`, x, y) : y;
}

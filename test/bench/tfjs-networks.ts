import type * as tfjs from '@tensorflow/tfjs';
import type { NetworkName } from '../../src-main/contract/networks.ts';

type Tf = typeof tfjs;
type Maps = tfjs.SymbolicTensor;

/**
 * A Keras Applications network with the benchmark's binary head as a tfjs LayersModel, from code.
 * float32 [n, size, size, 3] → logits [n, 1].
 */
export function build(tf: Tf, name: NetworkName, size: number): tfjs.LayersModel {
  const layers = new Layers(tf);
  const input = tf.input({ shape: [size, size, 3] });
  const layersOf = builders[name];
  if (layersOf === null) throw new Error(`${name} is not written down for tfjs`);
  const maps = layersOf(layers, input);
  const pooled = tf.layers.globalAveragePooling2d({}).apply(maps) as Maps;
  return tf.model({ inputs: input, outputs: tf.layers.dense({ units: 1 }).apply(pooled) as Maps });
}

/** null: not implemented for tfjs, which then skips that network. */
const builders: Readonly<Record<NetworkName, typeof resnet50 | null>> = {
  mobilenetv2,
  densenet121,
  resnet50,
};

export const isForTfjs = (name: NetworkName): boolean => builders[name] !== null;

interface Convolution {
  filters: number;
  kernelSize: number;
  strides?: number;
  padding?: 'same' | 'valid';
  useBias?: boolean;
}

class Layers {
  readonly tf: Tf;
  constructor(tf: Tf) {
    this.tf = tf;
  }

  conv(x: Maps, settings: Convolution): Maps {
    return this.tf.layers.conv2d({ padding: 'same', useBias: false, ...settings }).apply(x) as Maps;
  }
  depthwise(x: Maps, strides: number): Maps {
    const padding = strides === 2 ? 'valid' : 'same';
    return this.tf.layers
      .depthwiseConv2d({ kernelSize: 3, strides, padding, useBias: false })
      .apply(x) as Maps;
  }
  norm(x: Maps, epsilon: number, momentum: number): Maps {
    return this.tf.layers.batchNormalization({ epsilon, momentum }).apply(x) as Maps;
  }
  relu(x: Maps, maxValue?: number): Maps {
    return this.tf.layers.reLU(maxValue === undefined ? {} : { maxValue }).apply(x) as Maps;
  }
  /** Zero padding above and below in rows, left and right in columns. */
  pad(x: Maps, before: number, after: number): Maps {
    const sides: [number, number] = [before, after];
    return this.tf.layers.zeroPadding2d({ padding: [sides, sides] }).apply(x) as Maps;
  }
  maxPool(x: Maps): Maps {
    return this.tf.layers.maxPooling2d({ poolSize: 3, strides: 2 }).apply(x) as Maps;
  }
  halve(x: Maps): Maps {
    return this.tf.layers.averagePooling2d({ poolSize: 2, strides: 2 }).apply(x) as Maps;
  }
  add(a: Maps, b: Maps): Maps {
    return this.tf.layers.add().apply([a, b]) as Maps;
  }
  concat(a: Maps, b: Maps): Maps {
    return this.tf.layers.concatenate().apply([a, b]) as Maps;
  }
}

function mobilenetv2(layers: Layers, input: Maps): Maps {
  const norm = (x: Maps): Maps => layers.norm(x, 1e-3, 0.999);
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const;
  let x = layers.relu(norm(layers.conv(input, { filters: 32, kernelSize: 3, strides: 2 })), 6);
  let channels = 32;
  for (const [expansion, filters, repeats, firstStride] of stages) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const stride = repeat === 0 ? firstStride : 1;
      const block = x;
      if (expansion > 1)
        x = layers.relu(norm(layers.conv(x, { filters: channels * expansion, kernelSize: 1 })), 6);
      if (stride === 2) x = layers.pad(x, 0, 1);
      x = layers.relu(norm(layers.depthwise(x, stride)), 6);
      x = norm(layers.conv(x, { filters, kernelSize: 1 }));
      if (stride === 1 && channels === filters) x = layers.add(block, x);
      channels = filters;
    }
  }
  return layers.relu(norm(layers.conv(x, { filters: 1280, kernelSize: 1 })), 6);
}

function densenet121(layers: Layers, input: Maps): Maps {
  const normRelu = (x: Maps): Maps => layers.relu(layers.norm(x, 1.001e-5, 0.99));
  let x = stem(layers, input, false, normRelu);
  let channels = 64;
  for (const [block, repeats] of [6, 12, 24, 16].entries()) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const narrow = normRelu(layers.conv(normRelu(x), { filters: 128, kernelSize: 1 }));
      x = layers.concat(x, layers.conv(narrow, { filters: 32, kernelSize: 3 }));
      channels += 32;
    }
    x = normRelu(x);
    if (block < 3) {
      channels /= 2;
      x = layers.halve(layers.conv(x, { filters: channels, kernelSize: 1 }));
    }
  }
  return x;
}

function resnet50(layers: Layers, input: Maps): Maps {
  const norm = (x: Maps): Maps => layers.norm(x, 1.001e-5, 0.99);
  let x = stem(layers, input, true, (y) => layers.relu(norm(y)));
  const stages = [
    [64, 3, 1],
    [128, 4, 2],
    [256, 6, 2],
    [512, 3, 2],
  ] as const;
  for (const [width, repeats, firstStride] of stages) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const strides = repeat === 0 ? firstStride : 1;
      const convNorm = (y: Maps, filters: number, kernelSize: number, by = 1): Maps =>
        norm(layers.conv(y, { filters, kernelSize, strides: by, useBias: true }));
      const shortcut = repeat === 0 ? convNorm(x, 4 * width, 1, strides) : x;
      let y = layers.relu(convNorm(x, width, 1, strides));
      y = layers.relu(convNorm(y, width, 3));
      x = layers.relu(layers.add(shortcut, convNorm(y, 4 * width, 1)));
    }
  }
  return x;
}

/** 7×7 convolution and 3×3 max pooling, both with stride 2 and explicit padding: the start of DenseNet and ResNet. */
function stem(layers: Layers, input: Maps, useBias: boolean, normRelu: (x: Maps) => Maps): Maps {
  const convolution = { filters: 64, kernelSize: 7, strides: 2, padding: 'valid', useBias } as const;
  const x = normRelu(layers.conv(layers.pad(input, 3, 3), convolution));
  return layers.maxPool(layers.pad(x, 1, 1));
}

import type { HeadLayer, ImportedModel } from '../contract/settings.ts';
import { dimension, type Tensor } from '../graph/graph.ts';
import {
  add,
  constant,
  multiply,
  relu,
  relu6,
  reshape,
  reverseLast,
  sigmoid,
  tanh,
} from '../graph/operations.ts';
import type { Pass } from './pass.ts';

/** Where an imported model differs from its network. */

type Rescaling = NonNullable<ImportedModel['rescaling']>;

/** float32 RGB 0…255 [n, h, w, 3] → the same · scale + offset, channels reversed first for `bgr`. */
export function rescaled(images: Tensor, { bgr, scale, offset }: Rescaling): Tensor {
  const { graph } = images;
  const inOrder = bgr ? reverseLast(images) : images;
  return add(multiply(inOrder, constant(graph, scale)), constant(graph, offset));
}

const activations: Readonly<
  Record<Extract<HeadLayer, { kind: 'activation' }>['of'], (x: Tensor, name: string) => Tensor>
> = { relu, relu6, sigmoid, tanh, swish: (x, name) => multiply(x, sigmoid(x), name) };

/** The name of a head's layer by its index, from 0. */
export const headLayerAt = (at: number): string => `head_${at + 1}`;

/** The last maps, float32 [n, h, w, c] → the input of the last unit, [n, k]. */
export function importedFeatures(pass: Pass, maps: Tensor, head: readonly HeadLayer[]): Tensor {
  return head.reduce((x, layer, at) => {
    const name = headLayerAt(at);
    if (layer.kind === 'averagePool') return pass.averagePool(name, x, layer.window, layer.stride);
    if (layer.kind === 'maxPool') return pass.maxPool(name, x, layer.window, layer.stride);
    if (layer.kind === 'globalAverage') return pass.globalAveragePool(name, x);
    if (layer.kind === 'flatten')
      return reshape(x, [null, x.shape.slice(1).reduce<number>((product, n) => product * (n as number), 1)]);
    if (layer.kind === 'dense') return pass.dense(name, x, layer.units);
    if (layer.kind === 'affine') {
      const channels = dimension(x, x.shape.length - 1);
      const [gamma, beta] = (['gamma', 'beta'] as const).map((weight) =>
        pass.parameters.get(name, weight, [channels]),
      );
      return add(multiply(x, gamma!.value), beta!.value, name);
    }
    return activations[layer.of](x, name);
  }, maps);
}

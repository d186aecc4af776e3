import { describe, expect, it } from 'vitest';
import { networkNames, type NetworkName } from '../../src-main/contract/networks.ts';
import { Graph } from '../../src-main/graph/graph.ts';
import { placeholder } from '../../src-main/graph/operations.ts';
import { networks } from '../../src-main/networks/index.ts';
import { Parameters } from '../../src-main/networks/parameters.ts';
import { Pass } from '../../src-main/networks/pass.ts';
import { specOf } from '../../src-main/networks/weights/spec.ts';
import { headLayer } from '../../src-main/train/model.ts';
import { Golden } from '../goldens/golden.ts';

// Outputs, gradients and optimiser steps are tested in parity.slow.test.ts.
describe('the layers with weights are Keras’s, in its order, with its shapes:', () => {
  it.each(networkNames)('%s', (network) => {
    const { weights } = new Golden(network).record;
    const backbone = weights.filter(({ layer }) => layer !== headLayer);
    expect(specOf(network)).toEqual(backbone.map(({ layer, weight, shape }) => ({ layer, weight, shape })));
  });
});

describe('every layer has Keras’s name and output shape:', () => {
  it.each(networkNames.flatMap((network) => [64, 75].map((size) => ({ network, size }))))(
    '$network at $size px',
    ({ network, size }) => {
      const graph = new Graph();
      const pass = new Pass(new Parameters(graph), { batchNorm: 'batch', trains: () => true });
      networks[network].features(pass, placeholder(graph, 'images', 'float32', [4, size, size, 3]));
      const ours = new Map(graph.nodes.map((node) => [node.name, node.outputs[0]?.shape.slice(1)]));
      const layers = new Golden(network).record.layers.filter(({ name }) => name !== headLayer);
      const missing = layers.filter(({ name }) => !ours.has(name)).map((layer) => layer.class);
      // The pooled mean belongs to the head.
      expect(missing, 'see `elsewhere` below').toEqual([
        'InputLayer',
        ...(elsewhere[network] ?? []),
        'GlobalAveragePooling2D',
      ]);
      const other = layers.filter(
        ({ name, shapes }) => ours.has(name) && !equal(ours.get(name), shapes[size]),
      );
      // DenseNet121's transitions pool before their convolution, which is equivalent at a quarter of the cost.
      const swapped = [2, 3, 4].flatMap((n) => [`pool${n}_conv`, `pool${n}_pool`]);
      expect(other.map(({ name }) => name)).toEqual(network === 'densenet121' ? swapped : []);
    },
  );
});

/** Classes of layers that are separate in Keras but part of others in Falx, or come before the network. */
const elsewhere: Partial<Record<NetworkName, readonly string[]>> = {
  // Its padding is part of its strided convolutions.
  mobilenetv2: Array.from({ length: 4 }, () => 'ZeroPadding2D'),
};

const equal = (a: readonly (number | null)[] | undefined, b: readonly number[] | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

import { FalxError } from '../../contract/errors.ts';
import { networkTitle, type NetworkName } from '../../contract/networks.ts';
import { networks } from '../../networks/index.ts';
import { matchWeights } from '../../networks/weights/match-weights.ts';
import type { KerasWeights } from '../../networks/weights/read-keras-weights.ts';
import { specOf } from '../../networks/weights/spec.ts';
import { kerasModel } from '../keras/layers.ts';
import { activationOf, nameOf, refused, type KerasConfig } from './chain.ts';

const widthsOf = (network: NetworkName): number[] => [1, ...(networks[network].otherWidths?.known ?? [])];

/** Layer settings that determine what it computes. */
const deciding = [
  'strides',
  'kernel_size',
  'padding',
  'epsilon',
  'use_bias',
  'pool_size',
  'max_value',
  'activation',
  'axis',
] as const;

/**
 * The weights of a backbone, if its layers are those of Keras Applications, one by one and with their settings.
 * @param layers those between the backbone's first and its last. @param kept names of layers that do not belong to it.
 * @throws FalxError `bad-weights`, naming the first that differs.
 */
export function bodyOf(
  weights: KerasWeights,
  network: NetworkName,
  layers: readonly KerasConfig[],
  kept: ReadonlySet<string>,
  side: number,
): { width: number; values: Map<string, Float32Array> } {
  const own = new Map([...weights.layers].filter(([name]) => !kept.has(name.replaceAll('/', '_'))));
  const width = widthsOf(network).find((one) => fits(own, network, one)) ?? 1;
  const { values } = matchWeights({ ...weights, layers: own }, specOf(network, width), networkTitle(network));
  const expected = new Map(
    (kerasModel(network, side)['config'] as { layers: KerasConfig[] }).layers.map((layer) => [
      layer.name,
      layer,
    ]),
  );
  // A 1×1 window needs no padding.
  const isPoint = ({ config }: KerasConfig) => JSON.stringify(config['kernel_size']) === '[1,1]';
  for (const layer of layers) {
    const known = expected.get(nameOf(layer));
    // Padding layers are not named consistently; a wrong one shows in the size of the maps.
    if (known === undefined) {
      if (layer.class_name === 'ZeroPadding2D') continue;
      throw refused(weights.file, layer, 'differs');
    }
    const alike =
      known.class_name === layer.class_name &&
      deciding.every(
        (key) =>
          !(key in known.config) ||
          (key === 'padding' && isPoint(known)) ||
          sameSetting(key, known.config[key], layer.config[key]),
      );
    if (!alike) throw refused(weights.file, layer, 'differs');
  }
  const there = new Set(layers.map(nameOf));
  for (const { layer } of specOf(network, width))
    if (!there.has(layer))
      throw new FalxError('kerasLayer', {
        file: weights.file,
        layer,
        type: networkTitle(network),
        how: 'differs',
      });
  return { width, values };
}

const fits = (layers: KerasWeights['layers'], network: NetworkName, width: number): boolean => {
  const named = new Map([...layers].map(([name, arrays]) => [name.replaceAll('/', '_'), arrays]));
  return specOf(network, width).every(({ layer, weight, shape }) =>
    named
      .get(layer)
      ?.some(
        ({ name, shape: found }) =>
          name.replace(/^depthwise_/, '') === weight.replace(/^depthwise_/, '') &&
          found.length === shape.length &&
          found.every((n, axis) => n === shape[axis]),
      ),
  );
};

/** Keras 2 writes the channel axis as a number or in a list, and an activation by name or as a function. */
function sameSetting(key: string, known: unknown, found: unknown): boolean {
  if (key === 'axis') return [-1, 3].includes(Number(Array.isArray(found) ? found[0] : found));
  if (key === 'activation') return activationOf(found) === activationOf(known);
  if (typeof known === 'number') return typeof found === 'number' && Math.abs(found - known) <= 1e-9;
  return JSON.stringify(known) === JSON.stringify(found);
}

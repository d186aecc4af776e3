import { File, ready } from 'h5wasm/node';
import { headLayerName } from './head.ts';
import { specOf, type WeightSpec } from './spec.ts';
import type { NetworkName } from '../../contract/networks.ts';

/**
 * Writes a network's weights and those of its head as Keras 3 does (`.weights.h5`): `layers/conv2d_3/vars/0`, numbered by class in
 * the model's order, with the layer's name beside them.
 * @param values by `layer/weight`, row-major. @param facts stored as attributes of the file.
 * @throws Error if a value is missing, or from HDF5
 */
export async function writeKerasWeights(
  target: string,
  network: NetworkName,
  values: ReadonlyMap<string, Float32Array>,
  facts: Readonly<Record<string, string>>,
): Promise<void> {
  (await ready).activate_throwing_error_handler();
  const file = new File(target, 'w');
  try {
    for (const [name, text] of Object.entries(facts)) file.create_attribute(name, text);
    const layers = file.create_group('layers');
    const seen = new Map<string, number>();
    for (const [layer, arrays] of byLayer(withHead(network, values))) {
      const kind = classOf(arrays);
      const n = seen.get(kind) ?? 0;
      seen.set(kind, n + 1);
      const vars = layers.create_group(n === 0 ? kind : `${kind}_${n}`).create_group('vars');
      vars.create_attribute('name', layer);
      for (const [i, { weight, shape }] of arrays.entries()) {
        const data = values.get(`${layer}/${weight}`);
        if (data === undefined) throw new Error(`no numbers for ${layer}/${weight}`);
        vars.create_dataset({ name: `${i}`, data, shape: [...shape], dtype: '<f4' });
      }
    }
  } finally {
    file.close();
  }
}

/** Such a file is read in the same order. */
function withHead(network: NetworkName, values: ReadonlyMap<string, Float32Array>): WeightSpec[] {
  const features = values.get(`${headLayerName}/kernel`)?.length ?? 0;
  return [
    ...specOf(network),
    { layer: headLayerName, weight: 'kernel', shape: [features, 1] },
    { layer: headLayerName, weight: 'bias', shape: [1] },
  ];
}

function byLayer(specs: readonly WeightSpec[]): Map<string, WeightSpec[]> {
  const layers = new Map<string, WeightSpec[]>();
  for (const spec of specs) layers.set(spec.layer, [...(layers.get(spec.layer) ?? []), spec]);
  return layers;
}

/** A class's name as Keras writes it in paths. */
function classOf([first]: readonly WeightSpec[]): string {
  if (first?.weight === 'gamma') return 'batch_normalization';
  if (first?.weight === 'depthwise_kernel') return 'depthwise_conv2d';
  return first?.shape.length === 2 ? 'dense' : 'conv2d';
}

import { File, ready } from 'h5wasm/node';
import { specOf, type WeightSpec } from '../../../src-main/networks/weights/spec.ts';
import type { NetworkName } from '../../../src-main/contract/networks.ts';

/**
 * Writes a weights-only `.h5` of a network in Keras 2's layout.
 * @param value fills all arrays. @param left layers to omit.
 */
export async function writeWeightFile(
  path: string,
  network: NetworkName,
  { value = 0.1, left = [] }: { value?: number; left?: string[] } = {},
): Promise<void> {
  await ready;
  const layers = new Map<string, WeightSpec[]>();
  for (const spec of specOf(network).filter(({ layer }) => !left.includes(layer)))
    layers.set(spec.layer, [...(layers.get(spec.layer) ?? []), spec]);
  const file = new File(path, 'w');
  file.create_attribute('layer_names', [...layers.keys()]);
  for (const [layer, specs] of layers) {
    const outer = file.create_group(layer);
    const inner = outer.create_group(layer);
    outer.create_attribute(
      'weight_names',
      specs.map(({ weight }) => `${layer}/${weight}:0`),
    );
    for (const { weight, shape } of specs) {
      const data = new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(value);
      inner.create_dataset({ name: `${weight}:0`, data, shape: [...shape] });
    }
  }
  file.close();
}

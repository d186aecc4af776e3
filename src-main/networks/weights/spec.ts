import { Graph } from '../../graph/graph.ts';
import { placeholder } from '../../graph/operations.ts';
import { networkOf } from '../index.ts';
import { Parameters } from '../parameters.ts';
import { Pass } from '../pass.ts';
import type { NetworkName } from '../../contract/networks.ts';

/** One array that a network needs from a weight file. */
export interface WeightSpec {
  layer: string;
  /** `kernel`, `depthwise_kernel`, `bias`, `gamma`, `beta`, `moving_mean` or `moving_variance`. */
  weight: string;
  shape: readonly number[];
}

/**
 * The arrays of a backbone without its top, in the order in which Keras lists them. Their shapes don't depend on the image size.
 */
export function specOf(network: NetworkName, width = 1): WeightSpec[] {
  const graph = new Graph();
  const pass = new Pass(new Parameters(graph), { batchNorm: 'inference', trains: () => false });
  networkOf(network, width).features(pass, placeholder(graph, 'images', 'float32', [null, 32, 32, 3]));
  return inKerasOrder(pass.parameters.all.map(({ layer, weight, shape }) => ({ layer, weight, shape })));
}

/**
 * Keras lists layers by their depth in the graph. Only a block's projected shortcut (`…_0_conv`, `…_0_bn`) is thereby separated
 * from where it is built: each of its layers comes just before the main path's last (`…_3_conv`, `…_3_bn`).
 */
export function inKerasOrder(specs: readonly WeightSpec[]): WeightSpec[] {
  const ordered = [...specs];
  for (const { layer } of specs.filter(startsLayer)) {
    const last = layer.replace(/_0_(conv|bn)$/, '_3_$1');
    if (last === layer || !specs.some((spec) => spec.layer === last)) continue;
    const own = ordered.filter((spec) => spec.layer === layer);
    ordered.splice(ordered.indexOf(own[0] as WeightSpec), own.length);
    ordered.splice(
      ordered.findIndex((spec) => spec.layer === last),
      0,
      ...own,
    );
  }
  return ordered;
}

const startsLayer = (spec: WeightSpec, index: number, all: readonly WeightSpec[]): boolean =>
  all[index - 1]?.layer !== spec.layer;

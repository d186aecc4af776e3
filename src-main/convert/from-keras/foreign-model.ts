import type { KerasLook, KerasScaling } from '../../contract/keras-import.ts';
import { FalxError } from '../../contract/errors.ts';
import { ImageSize } from '../../contract/networks.ts';
import type { HeadLayer, ImportedModel } from '../../contract/settings.ts';
import { Graph, dimension } from '../../graph/graph.ts';
import { placeholder } from '../../graph/operations.ts';
import { networkOf, networks } from '../../networks/index.ts';
import { Parameters } from '../../networks/parameters.ts';
import { Pass } from '../../networks/pass.ts';
import type { KerasArray, KerasWeights } from '../../networks/weights/read-keras-weights.ts';
import { bodyOf } from './body.ts';
import { chainOf, isModel, layersIn, refused, type KerasConfig, type LayerStep, type Step } from './chain.ts';
import { headOf } from './head.ts';
import { after, rescalingOf, scaledOutside } from './scaling.ts';

export type ForeignModel = {
  look: Omit<KerasLook, 'labels'>;
  parts: Pick<ImportedModel, 'width' | 'rescaling'> & { head: HeadLayer[] };
  /** All weights by `layer/weight`, with the names of a run's graph. */
  values: Map<string, Float32Array>;
};

export type ForeignChoices = { scaling: KerasScaling; positiveFirst: boolean };

/**
 * A Keras model as one of Falx's networks with a head of its own.
 * @param choices of the user; the first ones if it is only being identified.
 * @throws FalxError `bad-weights` naming a layer that Falx does not support.
 */
export function foreignModel(
  weights: KerasWeights,
  { scaling, positiveFirst }: ForeignChoices = { scaling: 'none', positiveFirst: false },
): ForeignModel {
  const { file } = weights;
  const chain = chainOf(weights.config, file);
  const at = chain.findIndex(({ kind }) => kind === 'backbone');
  const { network, layers } = chain[at] as Step & { kind: 'backbone' };
  const imageSize = sideOf(weights.config, file);
  const [before, behind] = [chain.slice(0, at), chain.slice(at + 1)] as LayerStep[][];
  const named = new Map<string, readonly KerasArray[]>(
    [...weights.layers].map(([name, arrays]) => [name.replaceAll('/', '_'), arrays]),
  );
  const arraysOf = (name: string): readonly KerasArray[] => named.get(name) ?? [];

  let pixels = scaledOutside(scaling, networks[network]);
  /** The last layer that changes the pixels. */
  let scaledBy: KerasConfig | null = null;
  for (const step of before!) {
    const { layer } = step;
    if (isResizing(layer, imageSize)) continue;
    const next = after(pixels, step, arraysOf);
    if (next === null) throw refused(file, layer, layer.class_name === 'Lambda' ? 'code' : 'unknown');
    if (next !== pixels) scaledBy = layer;
    pixels = next;
  }
  const rescaling = rescalingOf(pixels, networks[network]);
  if (rescaling === undefined) throw refused(file, scaledBy!, 'unknown');
  const kept = new Set(
    [...before!, ...before!.flatMap(({ branches }) => branches.flat()), ...behind!].map(({ name }) => name),
  );
  const { width, values } = bodyOf(weights, network, layers, kept, imageSize);
  const head = headOf(behind!, arraysOf, mapsOf(network, width, imageSize), file, positiveFirst);
  return {
    look: {
      kind: 'keras',
      network,
      width,
      imageSize,
      scales: scaledBy !== null,
      outputs: head.outputs,
      ownHead: head.layers.length > 0,
    },
    parts: { width, rescaling, head: head.layers },
    values: new Map([...values, ...head.values]),
  };
}

/** Whether it resizes to the size that pictures have anyway. */
const isResizing = ({ class_name: type, config }: KerasConfig, side: number): boolean =>
  type === 'Resizing' && config['height'] === side && config['width'] === side;

/** Side of the model's input: of its input layer, or of the first layer that states it. */
function sideOf(model: unknown, file: string): number {
  const shape = shapesIn(model as KerasConfig).find((one) => one.length === 4 && one[1] !== null);
  const [, height = null, width = null, channels = null] = shape ?? [];
  if (height !== width || channels !== 3 || !ImageSize.safeParse(height).success)
    throw new FalxError('kerasInput', { file, shape: shape ? shape.slice(1).join(' × ') : '?' });
  return height as number;
}

function shapesIn({ config, ...model }: KerasConfig): (number | null)[][] {
  const built = (model as { build_config?: { input_shape?: unknown } }).build_config?.input_shape;
  const resized = model.class_name === 'Resizing' ? [null, config['height'], config['width'], 3] : undefined;
  const own = [
    config['batch_shape'],
    config['batch_input_shape'],
    config['build_input_shape'],
    resized,
  ].filter((one): one is (number | null)[] => Array.isArray(one));
  const inside = isModel({ config, ...model }) ? layersIn({ config, ...model }).flatMap(shapesIn) : [];
  return [...own, ...inside, ...(Array.isArray(built) ? [built as (number | null)[]] : [])];
}

/** Height, width and channels of a network's last maps. */
function mapsOf(network: KerasLook['network'], width: number, side: number): [number, number, number] {
  const graph = new Graph();
  const pass = new Pass(new Parameters(graph), { batchNorm: 'inference', trains: () => false });
  const maps = networkOf(network, width).features(
    pass,
    placeholder(graph, 'images', 'float32', [null, side, side, 3]),
  );
  return [dimension(maps, 1), dimension(maps, 2), dimension(maps, 3)];
}

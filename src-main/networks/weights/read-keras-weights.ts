import { tmpdir } from 'node:os';
import path from 'node:path';
import { Dataset, type Group } from 'h5wasm/node';
import { FalxError } from '../../contract/errors.ts';
import { openOrdinary } from '../../system/ordinary.ts';
import { systemReason } from '../../system/system-reason.ts';
import { withKerasArchive } from './keras-archive.ts';
import { floats, member, readHdf5, subgroup, textAttribute, textList, type KerasArray } from './hdf5.ts';

export type { KerasArray } from './hdf5.ts';

/** The weights of a Keras model, in whatever format it was saved. */
export interface KerasWeights {
  /** The path requested. */
  file: string;
  /**
   * `legacy`: `.h5` of Keras 2 and 3, weights alone or the whole model; `keras3`: `.weights.h5` or `.keras`.
   */
  layout: 'legacy' | 'keras3';
  /** False if the file numbers its layers by class (`conv2d_3`) and does not have their names. */
  named: boolean;
  /** Layers with weights, by name, in the model's order if the file has it. */
  layers: Map<string, KerasArray[]>;
  /** The model's own configuration, as Keras wrote it; null if the file has only weights. */
  config: unknown;
  /** Version of Keras that wrote it, if the file has it. */
  version: string | null;
}

/**
 * Reads the weights of a Keras model: a `.h5` of Keras 2 or 3 (`save_weights`, `save`), a `.weights.h5` or a `.keras` of Keras 3.
 * The content decides, not the name. Layers of models inside the model are listed as if they were its own.
 * @param name the path used in messages, if `file` is a copy of it.
 * @param scratch a folder in which a `.keras` archive is unpacked temporarily.
 * @throws FalxError `unreadable-file` if it can't be opened, `bad-weights` if it is something else or damaged.
 */
export async function readKerasWeights(file: string, name = file, scratch = tmpdir()): Promise<KerasWeights> {
  const kind = await kindOf(file, name);
  if (kind === 'hdf5') return readHdf5(file, name, (root) => readRoot(root, name, undefined));
  return withKerasArchive(file, name, scratch, async (weights, config, version) => ({
    ...(await readHdf5(weights, name, (root) => readRoot(root, name, config))),
    version,
  }));
}

const hdf5Signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
const zipSignature = Buffer.from('PK\x03\x04', 'latin1');

async function kindOf(file: string, name: string): Promise<'hdf5' | 'zip'> {
  const start = Buffer.alloc(8);
  try {
    const handle = await openOrdinary(file);
    try {
      await handle.read(start, 0, start.length, 0);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new FalxError('weightsUnreadable', { file: name, reason: systemReason(cause) }, { cause });
  }
  if (start.equals(hdf5Signature)) return 'hdf5';
  if (start.subarray(0, 4).equals(zipSignature)) return 'zip';
  throw new FalxError('weightsNoKeras', { file: name, what: 'other', extension: path.extname(name) });
}

function readRoot(root: Group, file: string, config: unknown): KerasWeights {
  const legacy = textList(root, 'layer_names') === null ? subgroup(root, 'model_weights') : root;
  if (legacy !== null && textList(legacy, 'layer_names') !== null)
    return {
      file,
      layout: 'legacy',
      named: true,
      layers: legacyLayers(legacy, file),
      config: configOf(root),
      version: textAttribute(root, 'keras_version'),
    };
  const layers = keras3Layers(root, file, configuredNames(config));
  if (layers !== null) return { file, layout: 'keras3', ...layers, config: config ?? null, version: null };
  throw new FalxError('weightsNoKeras', { file, what: 'hdf5', holds: root.keys().slice(0, 10) });
}

/** The configuration of a whole model in `.h5`; null for weights alone, and if it is not JSON. */
function configOf(root: Group): unknown {
  const written = textAttribute(root, 'model_config');
  try {
    return written === null ? null : JSON.parse(written);
  } catch {
    return null; // the caller reports that there is none
  }
}

/** One group per layer, its `weight_names` the paths of its arrays: `conv1_conv/kernel:0`. */
function legacyLayers(group: Group, file: string): Map<string, KerasArray[]> {
  const layers = new Map<string, KerasArray[]>();
  for (const layer of textList(group, 'layer_names') ?? []) {
    const own = subgroup(group, layer);
    const paths = own === null ? null : textList(own, 'weight_names');
    if (own === null || paths === null) throw incomplete(file, layer, 'none');
    // A model inside the model is one group, with arrays of many layers.
    const owners = ownersOf(paths);
    const nested = new Set(owners).size > 1;
    for (const [n, arrayPath] of paths.entries()) {
      const dataset = member(own, arrayPath);
      if (!(dataset instanceof Dataset)) throw incomplete(file, layer, arrayPath);
      const array = floats(dataset, (arrayPath.split('/').at(-1) as string).replace(/:\d+$/, ''), file);
      if (array !== null) append(layers, file, nested ? (owners[n] as string) : layer, array);
    }
  }
  return layers;
}

/** The layer of each path, without the prefix that all paths share: `model/conv1/bn/gamma:0` belongs to the layer `conv1/bn`. */
function ownersOf(paths: readonly string[]): string[] {
  let owners = paths.map((arrayPath) => arrayPath.split('/').slice(0, -1));
  while (owners.length > 0 && owners.every((parts) => parts.length > 1 && parts[0] === owners[0]?.[0]))
    owners = owners.map((parts) => parts.slice(1));
  return owners.map((parts) => parts.join('/'));
}

const incomplete = (file: string, layer: string, array: string): FalxError =>
  new FalxError('weightsIncomplete', { file, layer, array });

/** The names of a Keras 3 layer's numbered arrays, by the class that its group is named after. */
const arraysOfClass: Readonly<Record<string, readonly string[]>> = {
  conv2d: ['kernel', 'bias'],
  depthwise_conv2d: ['depthwise_kernel', 'bias'],
  dense: ['kernel', 'bias'],
  batch_normalization: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
  // Of the images themselves.
  normalization: ['mean', 'variance', 'count'],
};

/** `layers/conv2d_3/vars/0`: numbered by class; newer versions of Keras add the layer's name to `vars`. */
function keras3Layers(
  root: Group,
  file: string,
  configured: ReadonlyMap<string, string>,
): Pick<KerasWeights, 'layers' | 'named'> | null {
  const found = walkKeras3(root, '', file);
  if (found === null) return null;
  const withWeights = found.filter(({ arrays }) => arrays.length > 0);
  const nameOf = ({ name, id }: Keras3Layer): string | null => name ?? configured.get(id) ?? null;
  const named = withWeights.every((layer) => nameOf(layer) !== null);
  const layers = new Map<string, KerasArray[]>();
  for (const layer of withWeights)
    for (const array of layer.arrays)
      append(layers, file, named ? (nameOf(layer) as string) : layer.id, array);
  return { layers, named };
}

interface Keras3Layer {
  /** `conv2d_3`, or `functional/conv2d_3` inside a model inside the model. */
  id: string;
  name: string | null;
  arrays: KerasArray[];
}

function walkKeras3(group: Group, prefix: string, file: string): Keras3Layer[] | null {
  // Keras 2.13 used another name.
  const list = subgroup(group, 'layers') ?? subgroup(group, '_layer_checkpoint_dependencies');
  if (list === null) return null;
  return list
    .keys()
    .sort(byNumber)
    .flatMap((key) => {
      const layer = subgroup(list, key);
      if (layer === null) return [];
      const id = `${prefix}${key}`;
      const vars = subgroup(layer, 'vars');
      const arrays = vars === null ? [] : numberedArrays(vars, key, file);
      const name = vars === null ? null : textAttribute(vars, 'name');
      return [{ id, name, arrays }, ...(walkKeras3(layer, `${id}/`, file) ?? [])];
    });
}

function numberedArrays(vars: Group, key: string, file: string): KerasArray[] {
  const names = arraysOfClass[key.replace(/_\d+$/, '')] ?? [];
  return vars
    .keys()
    .sort(byNumber)
    .flatMap((n) => {
      const dataset = member(vars, n);
      const array = dataset instanceof Dataset ? floats(dataset, names[Number(n)] ?? n, file) : null;
      return array === null ? [] : [array];
    });
}

/** `conv2d`, `conv2d_1`, …, `conv2d_10`: in the order of the model within a class. */
function byNumber(a: string, b: string): number {
  const [, classA = a, numberA = '0'] = /^(.*?)(?:_?(\d+))?$/.exec(a) ?? [];
  const [, classB = b, numberB = '0'] = /^(.*?)(?:_?(\d+))?$/.exec(b) ?? [];
  return classA === classB ? Number(numberA) - Number(numberB) : classA < classB ? -1 : 1;
}

interface LayerConfig {
  class_name?: unknown;
  config?: { name?: unknown; layers?: unknown };
}

/** `.keras`: the name of each weight group, from the list of layers in the configuration. */
function configuredNames(config: unknown): Map<string, string> {
  const names = new Map<string, string>();
  const walk = (model: LayerConfig | undefined, prefix: string): void => {
    const layers = model?.config?.layers;
    if (!Array.isArray(layers)) return;
    const taken = new Map<string, number>();
    for (const layer of layers as LayerConfig[]) {
      if (typeof layer.class_name !== 'string' || typeof layer.config?.name !== 'string') continue;
      const base = snakeCase(layer.class_name);
      const number = taken.get(base) ?? 0;
      taken.set(base, number + 1);
      const id = `${prefix}${number === 0 ? base : `${base}_${number}`}`;
      names.set(id, layer.config.name);
      walk(layer, `${id}/`);
    }
  };
  walk(config as LayerConfig | undefined, '');
  return names;
}

/** Keras's group names: `DepthwiseConv2D` → `depthwise_conv2d`, `ReLU` → `re_lu`. */
const snakeCase = (name: string): string =>
  name.replace(/(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])/g, '_').toLowerCase();

function append(layers: Map<string, KerasArray[]>, file: string, layer: string, array: KerasArray): void {
  const arrays = layers.get(layer) ?? [];
  if (arrays.some(({ name }) => name === array.name))
    throw new FalxError('weightsTwoNetworks', { file, layer });
  layers.set(layer, [...arrays, array]);
}

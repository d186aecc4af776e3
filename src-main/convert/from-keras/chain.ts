import { FalxError } from '../../contract/errors.ts';
import { networkTitles, networkNames, type NetworkName } from '../../contract/networks.ts';
import { networks } from '../../networks/index.ts';
import { specOf } from '../../networks/weights/spec.ts';

/** A layer or a model as Keras 2 and 3 write it into a file. */
export type KerasConfig = {
  class_name: string;
  name?: string;
  module?: string;
  config: Record<string, unknown>;
  inbound_nodes?: unknown;
};

/** One thing after the other, from the pixels to the answer. */
export type Step =
  | { kind: 'layer'; layer: KerasConfig; name: string; constants: unknown[] }
  | { kind: 'backbone'; network: NetworkName; layers: KerasConfig[] };

/** What is inside of a model, in the order in which a picture passes through it. @throws FalxError `bad-weights`, naming the layer. */
export function chainOf(model: unknown, file: string): Step[] {
  if (!isConfig(model) || !isModel(model)) throw new FalxError('kerasNoModel', { file });
  const steps = stepsOf(model, file);
  if (steps.filter(({ kind }) => kind === 'backbone').length !== 1)
    throw new FalxError('kerasBackbone', { file, networks: networkTitles() });
  return steps;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isConfig = (value: unknown): value is KerasConfig =>
  isRecord(value) && typeof value['class_name'] === 'string' && isRecord(value['config']);

export const isModel = ({ class_name, config }: KerasConfig): boolean =>
  Array.isArray(config['layers']) && ['Sequential', 'Functional', 'Model'].includes(class_name);

export const layersIn = ({ config }: KerasConfig): KerasConfig[] =>
  (config['layers'] as unknown[]).filter(isConfig);

export function nameOf({ config, name = '' }: KerasConfig): string {
  const own = config['name'];
  return (typeof own === 'string' ? own : name).replaceAll('/', '_');
}

function stepsOf(model: KerasConfig, file: string): Step[] {
  const layers = layersIn(model);
  if (model.class_name === 'Sequential') return layers.flatMap((layer) => stepOf(layer, [], file));
  const byName = new Map(layers.map((layer) => [nameOf(layer), layer]));
  const network = backboneIn(byName);
  const outputs = tensorsIn(model.config['output_layers']);
  const last = outputs.length === 1 ? byName.get(outputs[0]!) : undefined;
  if (last === undefined) throw refused(file, model, 'branch');
  const steps: Step[] = [];
  const seen = new Set<KerasConfig>();
  for (let layer: KerasConfig | undefined = last; layer !== undefined;) {
    if (seen.has(layer)) throw refused(file, layer, 'branch');
    seen.add(layer);
    if (network && nameOf(layer) === networks[network].lastLayer) {
      const { own, before } = bodyOf(network, layer, byName, file);
      steps.unshift({ kind: 'backbone', network, layers: own });
      layer = before;
      continue;
    }
    const { from, constants } = inputsOf(layer);
    steps.unshift(...stepOf(layer, constants, file));
    if (layer.class_name === 'InputLayer') break;
    if (from.length !== 1) throw refused(file, layer, 'branch');
    layer = byName.get(from[0]!);
    if (layer === undefined) throw refused(file, model, 'branch');
  }
  return steps;
}

const stepOf = (layer: KerasConfig, constants: unknown[], file: string): Step[] =>
  isModel(layer) ? stepsOf(layer, file) : [{ kind: 'layer', layer, name: nameOf(layer), constants }];

/** The network whose layers most of these are. */
function backboneIn(layers: ReadonlyMap<string, KerasConfig>): NetworkName | undefined {
  return networkNames.find((network) => {
    const names = new Set(specOf(network).map(({ layer }) => layer));
    return [...names].filter((name) => layers.has(name)).length > names.size / 2;
  });
}

/** All layers between a backbone's first and its last, and the one that gives it its pictures. */
function bodyOf(
  network: NetworkName,
  last: KerasConfig,
  byName: ReadonlyMap<string, KerasConfig>,
  file: string,
): { own: KerasConfig[]; before: KerasConfig | undefined } {
  const first = specOf(network)[0]!.layer;
  const own = new Set<KerasConfig>();
  let before: KerasConfig | undefined;
  const open = [last];
  for (let layer = open.pop(); layer !== undefined; layer = open.pop()) {
    if (own.has(layer)) continue;
    own.add(layer);
    if (isModel(layer) || layer.class_name === 'InputLayer') throw refused(file, layer, 'branch');
    let from = inputsOf(layer).from.map((name) => byName.get(name));
    if (nameOf(layer) === first) {
      const [padding] = from;
      if (padding?.class_name === 'ZeroPadding2D') {
        own.add(padding);
        from = inputsOf(padding).from.map((name) => byName.get(name));
      }
      before = from[0];
      continue;
    }
    for (const one of from) {
      if (one === undefined) throw refused(file, layer, 'branch');
      open.push(one);
    }
  }
  return { own: [...own], before };
}

/** Layers that a layer is given, and what else. */
export function inputsOf({ inbound_nodes: nodes }: KerasConfig): { from: string[]; constants: unknown[] } {
  return { from: tensorsIn(nodes), constants: constantsIn(nodes) };
}

/** Keras 3 writes `{class_name: '__keras_tensor__', config: {keras_history: [name, 0, 0]}}`, Keras 2 `[name, 0, 0, {…}]`. */
function tensorsIn(value: unknown): string[] {
  if (isTensor(value)) return [value[0].replaceAll('/', '_')];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (!isRecord(value)) return [];
  if (value['class_name'] === '__keras_tensor__' && isRecord(value['config']))
    return tensorsIn(value['config']['keras_history']);
  return [...tensorsIn(value['args']), ...tensorsIn(value['kwargs'])];
}

const isTensor = (value: unknown): value is [string, number, number, ...unknown[]] =>
  Array.isArray(value) &&
  typeof value[0] === 'string' &&
  typeof value[1] === 'number' &&
  typeof value[2] === 'number';

/** What an operation is given besides tensors: numbers, lists of them, slices. */
function constantsIn(nodes: unknown): unknown[] {
  if (isTensor(nodes)) return isRecord(nodes[3]) ? Object.values(nodes[3]).filter((one) => one !== null) : [];
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    if (!isRecord(node)) return constantsIn(node);
    const given = [
      ...(Array.isArray(node['args']) ? (node['args'] as unknown[]) : []),
      ...(isRecord(node['kwargs']) ? Object.values(node['kwargs']) : []),
    ];
    return given.filter((one) => one !== null && tensorsIn(one).length === 0);
  });
}

export const refused = (
  file: string,
  layer: KerasConfig,
  how: 'unknown' | 'branch' | 'differs' | 'code',
): FalxError => new FalxError('kerasLayer', { file, layer: nameOf(layer), type: layer.class_name, how });

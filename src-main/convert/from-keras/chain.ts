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

/**
 * A layer, or several branches of layers that it merges.
 * @property constants operands of an operation besides tensors. @property constantFirst as in `255 - x`.
 * @property branches from one common layer to each of its inputs; empty if it has one input.
 */
export type LayerStep = {
  kind: 'layer';
  layer: KerasConfig;
  name: string;
  constants: unknown[];
  constantFirst: boolean;
  branches: LayerStep[][];
};

/** One step in the sequence from the pixels to the answer. */
export type Step = LayerStep | { kind: 'backbone'; network: NetworkName; layers: KerasConfig[] };

/**
 * The contents of a model, in the order in which a picture passes through it. @throws FalxError `bad-weights`, naming the layer.
 */
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

const inOrder = ['Sequential', 'Pipeline'];

export const isModel = ({ class_name, config }: KerasConfig): boolean =>
  Array.isArray(config['layers']) && [...inOrder, 'Functional', 'Model'].includes(class_name);

export const layersIn = ({ config }: KerasConfig): KerasConfig[] =>
  (config['layers'] as unknown[]).filter(isConfig);

export function nameOf({ config, name = '' }: KerasConfig): string {
  const own = config['name'];
  return (typeof own === 'string' ? own : name).replaceAll('/', '_');
}

function stepsOf(model: KerasConfig, file: string): Step[] {
  const layers = layersIn(model);
  if (inOrder.includes(model.class_name)) return layers.flatMap((layer) => stepOf(layer, noInputs, file));
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
    const inputs = inputsOf(layer);
    const { source, branches } = branchesOf(layer, inputs.from, byName, file);
    steps.unshift(...stepOf(layer, { ...inputs, branches }, file));
    if (layer.class_name === 'InputLayer') break;
    layer = source;
    if (layer === undefined) throw refused(file, model, 'branch');
  }
  return steps;
}

type Given = Pick<LayerStep, 'constants' | 'constantFirst' | 'branches'>;
const noInputs: Given = { constants: [], constantFirst: false, branches: [] };

function stepOf(layer: KerasConfig, { constants, constantFirst, branches }: Given, file: string): Step[] {
  if (!isModel(layer))
    return [{ kind: 'layer', layer, name: nameOf(layer), constants, constantFirst, branches }];
  if (branches.length > 0) throw refused(file, layer, 'branch');
  return stepsOf(layer, file);
}

/** For a layer with several inputs, the nearest layer from which all of them come, and the branches in between. */
function branchesOf(
  layer: KerasConfig,
  from: readonly string[],
  byName: ReadonlyMap<string, KerasConfig>,
  file: string,
): { source: KerasConfig | undefined; branches: LayerStep[][] } {
  if (from.length <= 1) return { source: byName.get(from[0] ?? ''), branches: [] };
  const paths = from.map((name) => {
    const path: KerasConfig[] = [];
    for (let one = byName.get(name); one !== undefined && !path.includes(one);) {
      path.push(one);
      const before = inputsOf(one).from;
      one = before.length === 1 ? byName.get(before[0]!) : undefined;
    }
    return path;
  });
  const source = paths[0]!.find((one) => paths.every((path) => path.includes(one)));
  if (source === undefined) throw refused(file, layer, 'branch');
  const branches = paths.map((path) =>
    path
      .slice(0, path.indexOf(source))
      .reverse()
      .flatMap((one) => stepOf(one, { ...inputsOf(one), branches: [] }, file))
      .map((step) => {
        if (step.kind !== 'layer') throw refused(file, layer, 'branch');
        return step;
      }),
  );
  return { source, branches };
}

/** The network to which most of these layers belong. */
function backboneIn(layers: ReadonlyMap<string, KerasConfig>): NetworkName | undefined {
  return networkNames.find((network) => {
    const names = new Set(specOf(network).map(({ layer }) => layer));
    return [...names].filter((name) => layers.has(name)).length > names.size / 2;
  });
}

/** All layers between a backbone's first and its last, and the one that feeds it. */
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

/** A layer's input layers, and other operands. */
export function inputsOf({ inbound_nodes: nodes }: KerasConfig): {
  from: string[];
  constants: unknown[];
  constantFirst: boolean;
} {
  return { from: tensorsIn(nodes), constants: constantsIn(nodes), constantFirst: isConstantFirst(nodes) };
}

/** In place of a tensor's name if Keras 2 has a number first: `["_CONSTANT_VALUE", -1, 255, {"y": ["x", 0, 0]}]`. */
const CONSTANT = '_CONSTANT_VALUE';

/** Keras 3 writes `{class_name: '__keras_tensor__', config: {keras_history: [name, 0, 0]}}`, Keras 2 `[name, 0, 0, {…}]`. */
function tensorsIn(value: unknown): string[] {
  if (isTensor(value))
    return [
      ...(value[0] === CONSTANT ? [] : [value[0].replaceAll('/', '_')]),
      ...(isRecord(value[3]) ? Object.values(value[3]).flatMap(tensorsIn) : []),
    ];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (!isRecord(value)) return [];
  if (value['class_name'] === '__keras_tensor__' && isRecord(value['config']))
    return tensorsIn(value['config']['keras_history']);
  return [
    ...tensorsIn(value['args']),
    ...tensorsIn(Object.values(isRecord(value['kwargs']) ? value['kwargs'] : {})),
  ];
}

const isTensor = (value: unknown): value is [string, number, unknown, ...unknown[]] =>
  Array.isArray(value) &&
  typeof value[0] === 'string' &&
  typeof value[1] === 'number' &&
  (typeof value[2] === 'number' || value[0] === CONSTANT);

/** Operands besides tensors: numbers, lists of them, slices. */
function constantsIn(nodes: unknown): unknown[] {
  if (isTensor(nodes))
    return [
      ...(nodes[0] === CONSTANT ? [nodes[2]] : []),
      ...(isRecord(nodes[3]) ? Object.values(nodes[3]) : []),
    ].filter(isConstant);
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    if (!isRecord(node)) return constantsIn(node);
    const given = [
      ...(Array.isArray(node['args']) ? (node['args'] as unknown[]) : []),
      ...(isRecord(node['kwargs']) ? Object.values(node['kwargs']) : []),
    ];
    return given.filter(isConstant);
  });
}

const isConstant = (value: unknown): boolean => value !== null && tensorsIn(value).length === 0;

function isConstantFirst(nodes: unknown): boolean {
  if (isTensor(nodes)) return nodes[0] === CONSTANT;
  if (!Array.isArray(nodes)) return false;
  const [first] = nodes as unknown[];
  if (!isRecord(first)) return isConstantFirst(first);
  const [argument] = Array.isArray(first['args']) ? (first['args'] as unknown[]) : [];
  return argument !== undefined && tensorsIn(argument).length === 0;
}

/** Layers without effect in inference. */
const idle = new Set([
  'InputLayer',
  'Dropout',
  'SpatialDropout2D',
  'GaussianDropout',
  'GaussianNoise',
  'AlphaDropout',
  'ActivityRegularization',
  'Identity',
  'AugMix',
  'CutMix',
  'MixUp',
  'RandAugment',
]);
export const isIdle = ({ class_name: type, config }: KerasConfig): boolean =>
  idle.has(type) ||
  (/^Random(?!Crop)/.test(type) && type !== 'RandomResizedCrop') ||
  (type === 'Activation' && activationOf(config['activation']) === 'linear');

export const refused = (
  file: string,
  layer: KerasConfig,
  how: 'unknown' | 'branch' | 'differs' | 'code',
): FalxError => new FalxError('kerasLayer', { file, layer: nameOf(layer), type: layer.class_name, how });

/** An activation's name: `relu`, also of `{class_name: 'function', config: 'relu'}`. */
export function activationOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return 'linear';
  const { class_name: type, config } = value as { class_name?: unknown; config?: unknown };
  if (typeof config === 'string') return config;
  return typeof type === 'string' ? type.toLowerCase() : 'linear';
}

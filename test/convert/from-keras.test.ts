import { describe, expect, test } from 'vitest';
import { networkNames, type NetworkName } from '../../src-main/contract/networks.ts';
import { kerasModel, type KerasLayer } from '../../src-main/convert/keras/layers.ts';
import { chainOf } from '../../src-main/convert/from-keras/chain.ts';
import { foreignModel, type ForeignChoices } from '../../src-main/convert/from-keras/foreign-model.ts';
import { networkOf } from '../../src-main/networks/index.ts';
import type { KerasArray, KerasWeights } from '../../src-main/networks/weights/read-keras-weights.ts';
import { specOf } from '../../src-main/networks/weights/spec.ts';

/* `npm run verify:keras-import` compares with models saved by Keras itself; this tests what can be tested without it. */

type Layer = { class_name: string; config: Record<string, unknown> };
const layer = (type: string, name: string, config: Record<string, unknown> = {}): Layer => ({
  class_name: type,
  config: { name, ...config },
});
const dense = (name: string, units: number, activation = 'linear') =>
  layer('Dense', name, { units, activation, use_bias: true });

/** A backbone as in Keras Applications, without what Falx's exports add. */
function backbone(network: NetworkName, side: number): Layer {
  const { layers } = kerasModel(network, side)['config'] as { layers: KerasLayer[] };
  const last = layers.findIndex(({ name }) => name === 'avg_pool');
  const own = layers.slice(0, last).filter(({ name }) => name !== 'preprocess' && name !== 'bgr');
  const fed = JSON.stringify(own).replaceAll('["preprocess",0,0]', '["images",0,0]');
  return {
    class_name: 'Functional',
    config: {
      name: network,
      layers: JSON.parse(fed) as unknown[],
      output_layers: [[layers[last - 1]!.name, 0, 0]],
    },
  };
}

const sequential = (layers: Layer[], side = 64): Layer => ({
  class_name: 'Sequential',
  config: {
    name: 'model',
    layers: [layer('InputLayer', 'input', { batch_shape: [null, side, side, 3] }), ...layers],
  },
});

const array = (name: string, shape: number[], value: (i: number) => number): KerasArray => ({
  name,
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
});

const constant = (name: string, shape: number[], value: number): KerasArray => ({
  name,
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

/** The network's weights, all equal, and those of the head. */
function file(config: Layer, network: NetworkName, head: Record<string, KerasArray[]>): KerasWeights {
  const layers = new Map<string, KerasArray[]>();
  for (const { layer: name, weight, shape } of specOf(network))
    layers.set(name, [...(layers.get(name) ?? []), constant(weight, [...shape], 0.5)]);
  for (const [name, arrays] of Object.entries(head)) layers.set(name, arrays);
  return { file: 'model.keras', layout: 'keras3', named: true, layers, config, version: '3.15.1' };
}

const unit = (inputs: number, units: number, of = (i: number) => i / 1000) => [
  array('kernel', [inputs, units], of),
  array('bias', [units], (i) => i + 1),
];
const choices = (changes: Partial<ForeignChoices> = {}): ForeignChoices => ({
  scaling: 'network',
  positiveFirst: false,
  ...changes,
});

describe('a model that Keras saved', () => {
  test.each(networkNames)('%s with a sigmoid on the means is a network of Falx’s own', (network) => {
    const { channels } = networkOf(network);
    const model = sequential([
      backbone(network, 64),
      layer('GlobalAveragePooling2D', 'gap'),
      layer('Dropout', 'dropout'),
      dense('dense', 1, 'sigmoid'),
    ]);
    const { look, parts, values } = foreignModel(
      file(model, network, { dense: unit(channels, 1) }),
      choices(),
    );
    expect(look).toEqual({
      kind: 'keras',
      network,
      width: 1,
      imageSize: 64,
      scales: false,
      outputs: 1,
      ownHead: false,
    });
    expect(parts).toEqual({ width: 1, rescaling: null, head: [] });
    expect(values.get('logit/kernel')).toHaveLength(channels);
    expect(values.get('logit/kernel')![3]).toBeCloseTo(0.003, 6);
    expect([...values.get('logit/bias')!]).toEqual([1]);
  });

  test('turns both classes round where the first output is to be found', () => {
    const model = sequential([
      backbone('mobilenetv2', 64),
      layer('GlobalAveragePooling2D', 'gap'),
      dense('dense', 1),
    ]);
    const weights = file(model, 'mobilenetv2', { dense: unit(1280, 1) });
    const { values } = foreignModel(weights, choices({ positiveFirst: true }));
    expect([...values.get('logit/bias')!]).toEqual([-1]);
    expect(values.get('logit/kernel')![1000]).toBeCloseTo(-1, 6);
  });

  test('makes one output of two under softmax: their difference', () => {
    const model = sequential([
      backbone('mobilenetv2', 64),
      layer('GlobalAveragePooling2D', 'gap'),
      dense('dense', 2, 'softmax'),
    ]);
    // Rows of [i, 3i] and biases 1 and 2.
    const kernel = unit(1280, 2, (i) => (i % 2 === 0 ? i / 2 : (3 * (i - 1)) / 2));
    const { values, look } = foreignModel(file(model, 'mobilenetv2', { dense: kernel }), choices());
    expect(look.outputs).toBe(2);
    expect([...values.get('logit/kernel')!.slice(0, 4)]).toEqual([0, 2, 4, 6]);
    expect([...values.get('logit/bias')!]).toEqual([1]);
  });

  test('takes batch normalisation before the last unit into it', () => {
    const model = sequential([
      backbone('mobilenetv2', 64),
      layer('GlobalAveragePooling2D', 'gap'),
      layer('BatchNormalization', 'norm', { epsilon: 0 }),
      dense('dense', 1, 'sigmoid'),
    ]);
    const norm = [
      array('gamma', [1280], () => 6),
      array('beta', [1280], () => 5),
      array('moving_mean', [1280], () => 2),
      array('moving_variance', [1280], () => 9),
    ];
    const one = [array('kernel', [1280, 1], () => 1), array('bias', [1], () => 7)];
    const { values, parts } = foreignModel(file(model, 'mobilenetv2', { norm, dense: one }), choices());
    expect(parts.head).toEqual([]);
    // (x − 2) / 3 · 6 + 5 = 2x + 1, 1280 times, and 7.
    expect(values.get('logit/kernel')!.every((value) => value === 2)).toBe(true);
    expect([...values.get('logit/bias')!]).toEqual([1287]);
  });

  test('keeps a head of its own, layer by layer', () => {
    const model = sequential([
      backbone('resnet50', 64),
      layer('MaxPooling2D', 'pool', { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }),
      layer('Flatten', 'flatten'),
      dense('hidden', 16, 'relu'),
      dense('dense', 1),
      layer('Activation', 'answer', { activation: 'sigmoid' }),
    ]);
    const head = { hidden: unit(2048, 16), dense: unit(16, 1) };
    const { parts, values, look } = foreignModel(file(model, 'resnet50', head), choices());
    expect(look.ownHead).toBe(true);
    expect(parts.head).toEqual([
      { kind: 'maxPool', window: 2, stride: 2 },
      { kind: 'flatten' },
      { kind: 'dense', units: 16 },
      { kind: 'activation', of: 'relu' },
    ]);
    expect([...values.keys()].filter((key) => /^(head|logit)/.test(key))).toEqual([
      'head_3/kernel',
      'head_3/bias',
      'logit/kernel',
      'logit/bias',
    ]);
  });

  test('reads how it scales pixels itself, and adds what a script did before', () => {
    const scaled = (scaling: ForeignChoices['scaling'], ...before: Layer[]) => {
      const model = sequential([
        ...before,
        backbone('resnet50', 64),
        layer('GlobalAveragePooling2D', 'gap'),
        dense('dense', 1),
      ]);
      const { parts, look } = foreignModel(
        file(model, 'resnet50', { dense: unit(2048, 1) }),
        choices({ scaling }),
      );
      return { scales: look.scales, rescaling: parts.rescaling };
    };
    const eighth = layer('Rescaling', 'eighth', { scale: 0.125, offset: [1, 2, 3] });
    expect(scaled('none', layer('RandomFlip', 'flip'), eighth)).toEqual({
      scales: true,
      rescaling: { bgr: false, scale: [0.125, 0.125, 0.125], offset: [1, 2, 3] },
    });
    expect(scaled('unit')).toEqual({
      scales: false,
      rescaling: { bgr: false, scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] },
    });
    const normalised = layer('Normalization', 'norm', { mean: [10, 20, 30], variance: [4, 4, 16] });
    expect(scaled('none', normalised)).toEqual({
      scales: true,
      rescaling: { bgr: false, scale: [0.5, 0.5, 0.25], offset: [-5, -10, -7.5] },
    });
  });
});

describe('a model that Falx has no place for is refused by what is otherwise', () => {
  const gap = layer('GlobalAveragePooling2D', 'gap');
  const strided = (network: NetworkName): Layer => {
    const made = backbone(network, 64);
    const wrong = (made.config['layers'] as Layer[]).find(
      ({ config }) => config['name'] === 'block_1_depthwise',
    )!;
    wrong.config['strides'] = [1, 1];
    return made;
  };
  test.each<[string, Layer, string, Record<string, unknown>]>([
    ['no model', { class_name: 'Dense', config: {} }, 'kerasNoModel', {}],
    ['no backbone', sequential([gap, dense('dense', 1)]), 'kerasBackbone', {}],
    [
      'code of its own',
      sequential([layer('Lambda', 'divide'), backbone('mobilenetv2', 64), gap, dense('dense', 1)]),
      'kerasLayer',
      { layer: 'divide', how: 'code' },
    ],
    [
      'a convolution in its head',
      sequential([backbone('mobilenetv2', 64), layer('Conv2D', 'conv'), gap, dense('dense', 1)]),
      'kerasLayer',
      { layer: 'conv', how: 'unknown' },
    ],
    [
      'another stride in its backbone',
      sequential([strided('mobilenetv2'), gap, dense('dense', 1)]),
      'kerasLayer',
      { layer: 'block_1_depthwise', how: 'differs' },
    ],
    [
      'three classes',
      sequential([backbone('mobilenetv2', 64), gap, dense('three', 3, 'softmax')]),
      'kerasOutput',
      { outputs: 3 },
    ],
    [
      'two sigmoids',
      sequential([backbone('mobilenetv2', 64), gap, dense('two', 2, 'sigmoid')]),
      'kerasOutput',
      { outputs: 2 },
    ],
    ['no head', sequential([backbone('mobilenetv2', 64), gap]), 'kerasOutput', { outputs: 0 }],
    [
      'a head for other maps',
      sequential([backbone('mobilenetv2', 64), layer('Flatten', 'flat'), dense('dense', 1)]),
      'kerasSizes',
      { given: 5120 },
    ],
    [
      'tiny pictures',
      sequential([backbone('mobilenetv2', 16), gap, dense('dense', 1)], 16),
      'kerasInput',
      {},
    ],
  ])('%s', (_, model, why, facts) => {
    const head = {
      dense: unit(1280, 1),
      three: unit(1280, 3),
      two: unit(1280, 2),
      conv: [array('kernel', [1, 1, 1280, 8], () => 1), array('bias', [8], () => 1)],
    };
    const used = Object.entries(head).filter(([name]) => JSON.stringify(model).includes(`"${name}"`));
    expect(() => foreignModel(file(model, 'mobilenetv2', Object.fromEntries(used)), choices())).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ why, ...facts }) as object }),
    );
  });
});

/** The layers between the pictures and ResNet50, by name; the last feeds the network. */
function preprocessedBy(layers: (Layer & { inbound_nodes: unknown })[]): Layer {
  const last = layers.at(-1)!.config['name'] as string;
  const head = [layer('GlobalAveragePooling2D', 'gap'), dense('dense', 1)];
  const keras2 = (name: string) => [[[name, 0, 0, {}]]];
  return {
    class_name: 'Functional',
    config: {
      name: 'model',
      layers: [
        layer('InputLayer', 'in', { batch_shape: [null, 64, 64, 3] }),
        ...layers,
        { ...backbone('resnet50', 64), inbound_nodes: keras2(last) },
        { ...head[0]!, inbound_nodes: keras2('resnet50') },
        { ...head[1]!, inbound_nodes: keras2('gap') },
      ],
      output_layers: [['dense', 0, 0]],
    },
  };
}

const tensor = (name: string) => ({
  class_name: '__keras_tensor__',
  config: { keras_history: [name, 0, 0] },
});
const ellipsis = { class_name: '__ellipsis__', config: {} };
const slice = (start: number | null, stop: number | null, step: number | null) => ({
  class_name: '__slice__',
  config: { start, stop, step },
});
/** In Keras 3's form. */
const operation = (type: string, name: string, args: unknown[], config: Record<string, unknown> = {}) => ({
  ...layer(type, name, config),
  inbound_nodes: [{ args, kwargs: {} }],
});
/** In Keras 2's form. */
const wrapped = (type: string, name: string, called: string, node: unknown) => ({
  ...layer(type, name, { function: called }),
  inbound_nodes: [node],
});

describe('Keras 2 and Keras 3', () => {
  const rescaling = (layers: (Layer & { inbound_nodes: unknown })[]) =>
    foreignModel(
      file(preprocessedBy(layers), 'resnet50', { dense: unit(2048, 1) }),
      choices({ scaling: 'none' }),
    ).parts.rescaling;
  const picks = (order: number[]) =>
    order.map((channel, i) => operation('GetItem', `get_${i}`, [tensor('in'), [ellipsis, channel]]));
  const stack = (config: Record<string, unknown> = { axis: -1 }) =>
    operation('Stack', 'stack', [[tensor('get_0'), tensor('get_1'), tensor('get_2')]], config);
  const mean = [-103.939, -116.779, -123.68];
  const isOwn = null;

  test('turn the channels round for ResNet50 each their way', () => {
    // ops.stack([x[..., i] for i in (2, 1, 0)], axis=-1), as in Keras 3's preprocess_input.
    const add = operation('Add', 'add', [
      tensor('stack'),
      { class_name: '__numpy__', config: { value: [[[mean]]], dtype: 'float32' } },
    ]);
    expect(rescaling([...picks([2, 1, 0]), stack(), add])).toBe(isOwn);
    // x[..., ::-1], bias_add, as in Keras 2's.
    const turned = wrapped('SlicingOpLambda', 'turn', '__operators__.getitem', [
      'in',
      0,
      0,
      { slice_spec: [ellipsis, { start: null, stop: null, step: -1 }] },
    ]);
    const bias = wrapped('TFOpLambda', 'bias', 'nn.bias_add', [
      'turn',
      0,
      0,
      { bias: mean, data_format: 'NHWC', name: null },
    ]);
    expect(rescaling([turned, bias])).toBe(isOwn);
    const reversed = wrapped('TFOpLambda', 'turn', 'reverse', ['in', 0, 0, { axis: [-1] }]);
    expect(rescaling([reversed, bias])).toBe(isOwn);
    const flipped = operation('Flip', 'turn', [tensor('in')], { axis: -1 });
    expect(rescaling([flipped, bias])).toBe(isOwn);
  });

  test('scale each channel by itself, and put them together again', () => {
    const whole = slice(null, null, null);
    const channels = [0, 1, 2].flatMap((i) => [
      operation('GetItem', `slice_${i}`, [tensor('in'), [whole, whole, whole, slice(i, i + 1, null)]]),
      operation('Multiply', `times_${i}`, [tensor(`slice_${i}`), i + 2]),
    ]);
    const joined = operation('Concatenate', 'join', [['times_2', 'times_1', 'times_0'].map(tensor)], {
      axis: -1,
    });
    const plus = operation('Add', 'plus', [[10, 20, 30], tensor('join')]);
    expect(rescaling([...channels, joined, plus])).toEqual({
      bgr: true,
      scale: [4, 3, 2],
      offset: [10, 20, 30],
    });
  });

  test('tell what is taken from what', () => {
    // 255 − x; x was 0…255.
    const inverted = { bgr: false, scale: [-1, -1, -1], offset: [255, 255, 255] };
    expect(rescaling([operation('Subtract', 'sub', [255, tensor('in')])])).toEqual(inverted);
    const keras2 = wrapped('TFOpLambda', 'sub', 'math.subtract', [
      '_CONSTANT_VALUE',
      -1,
      255,
      { y: ['in', 0, 0], name: null },
    ]);
    expect(rescaling([keras2])).toEqual(inverted);
  });

  test.each<[string, (Layer & { inbound_nodes: unknown })[], string, string]>([
    ['a channel twice', [...picks([2, 1, 1]), stack()], 'stack', 'unknown'],
    [
      'rows turned round in place of channels',
      [operation('Flip', 'flip', [tensor('in')], { axis: 1 })],
      'flip',
      'unknown',
    ],
    ['channels put along another axis', [...picks([2, 1, 0]), stack({ axis: 1 })], 'stack', 'unknown'],
    [
      'a number divided by the pixels',
      [operation('TrueDivide', 'over', [255, tensor('in')])],
      'over',
      'unknown',
    ],
    [
      'the pixels by what they are themselves',
      [
        operation('Max', 'max', [tensor('in')]),
        operation('TrueDivide', 'relative', [tensor('in'), tensor('max')]),
      ],
      'relative',
      'unknown',
    ],
    [
      'whole numbers made of them',
      [operation('Cast', 'cast', [tensor('in')], { dtype: 'uint8' })],
      'cast',
      'unknown',
    ],
    [
      'part of the picture',
      [
        operation('GetItem', 'part', [
          tensor('in'),
          [slice(null, null, null), slice(8, null, null), slice(null, null, null), slice(null, null, -1)],
        ]),
      ],
      'part',
      'unknown',
    ],
  ])('of what is no scaling, %s, name the layer', (_, layers, name, how) => {
    expect(() => rescaling(layers)).toThrow(
      expect.objectContaining({
        facts: expect.objectContaining({ why: 'kerasLayer', layer: name, how }) as object,
      }),
    );
  });

  test('write operations of preprocess_input each their way', () => {
    const base = backbone('mobilenetv2', 64);
    const around = (layers: unknown[]) => ({
      class_name: 'Functional',
      config: {
        name: 'model',
        layers: [layer('InputLayer', 'in', { batch_shape: [null, 64, 64, 3] }), ...layers],
        output_layers: [['dense', 0, 0]],
      },
    });
    const keras2 = around([
      {
        ...layer('TFOpLambda', 'div', { function: 'math.truediv' }),
        inbound_nodes: [['in', 0, 0, { y: 127.5, name: null }]],
      },
      {
        ...layer('TFOpLambda', 'sub', { function: 'math.subtract' }),
        inbound_nodes: [['div', 0, 0, { y: 1, name: null }]],
      },
      { ...base, inbound_nodes: [[['sub', 0, 0, { training: false }]]] },
      { ...dense('dense', 1), inbound_nodes: [[['mobilenetv2', 0, 0, {}]]] },
    ]);
    const keras3 = around([
      { ...layer('TrueDivide', 'div'), inbound_nodes: [{ args: [tensor('in'), 127.5], kwargs: {} }] },
      { ...layer('Subtract', 'sub'), inbound_nodes: [{ args: [tensor('div'), 1], kwargs: {} }] },
      { ...base, inbound_nodes: [{ args: [tensor('sub')], kwargs: { training: false } }] },
      { ...dense('dense', 1), inbound_nodes: [{ args: [tensor('mobilenetv2')], kwargs: {} }] },
    ]);
    const kinds = (model: unknown) =>
      chainOf(model, 'model.h5').map((step) =>
        step.kind === 'backbone'
          ? step.network
          : [step.name, ...step.constants.filter((one) => typeof one === 'number')].join(' '),
      );
    expect(kinds(keras2)).toEqual(['in', 'div 127.5', 'sub 1', 'images', 'mobilenetv2', 'dense']);
    expect(kinds(keras3)).toEqual(kinds(keras2));
  });
});

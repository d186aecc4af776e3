import { inEnglish } from '../../../src-main/contract/messages/say.ts';
import { describe, expect, it } from 'vitest';
import { networkNames, networkTitles, type NetworkName } from '../../../src-main/contract/networks.ts';
import { matchWeights, recogniseNetwork } from '../../../src-main/networks/weights/match-weights.ts';
import { specOf } from '../../../src-main/networks/weights/spec.ts';
import type { KerasArray, KerasWeights } from '../../../src-main/networks/weights/read-keras-weights.ts';

/** The reader's result for a network's complete file. */
function fileOf(network: NetworkName): KerasWeights {
  const layers = new Map<string, KerasArray[]>();
  for (const [stream, { layer, weight: name, shape }] of specOf(network).entries()) {
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(0.1 + stream / 1000);
    layers.set(layer, [...(layers.get(layer) ?? []), { name, shape: [...shape], data }]);
  }
  return { file: '/data/weights.h5', layout: 'legacy', config: null, version: null, named: true, layers };
}

const arraysOf = (weights: KerasWeights, layer: string): KerasArray[] =>
  weights.layers.get(layer) as KerasArray[];
const arrayOf = (weights: KerasWeights, layer: string, name: string): KerasArray =>
  arraysOf(weights, layer).find((array) => array.name === name) as KerasArray;

const mobilenet = specOf('mobilenetv2');
const match = (weights: KerasWeights) => matchWeights(weights, mobilenet, 'MobileNetV2');

describe('takes the weights of', () => {
  it.each(networkNames)('%s, recognised by its layers', (name) => {
    const weights = fileOf(name);
    const { network, matched } = recogniseNetwork(weights);
    expect(network).toBe(name);
    expect([...matched.values.keys()]).toEqual(specOf(name).map(({ layer, weight: w }) => `${layer}/${w}`));
    expect(matched.notes).toEqual([]);
    expect(matched.batchNormFolded).toBe(false);
  });

  it('a network with its classifier, saying that it is left out', () => {
    const weights = fileOf('mobilenetv2');
    weights.layers.set('predictions', [
      { name: 'kernel', shape: [1280, 1000], data: new Float32Array(1_280_000) },
      { name: 'bias', shape: [1000], data: new Float32Array(1000) },
    ]);
    expect(recogniseNetwork(weights).matched.notes.map(inEnglish)).toEqual([
      'The classifier layer "predictions" of the file is left out.',
    ]);
  });

  it('a network behind Keras’s own normalisation of images, which is no layer of it', () => {
    const weights = fileOf('mobilenetv2');
    const of = (name: string, shape: number[]) => ({ name, shape, data: new Float32Array(shape[0] ?? 1) });
    weights.layers = new Map([
      ['normalization', [of('mean', [3]), of('variance', [3]), of('count', [])]],
      ...weights.layers,
    ]);
    const { network, matched } = recogniseNetwork(weights);
    expect(network).toBe('mobilenetv2');
    expect(matched.values.size).toBe(mobilenet.length);
  });

  it('DenseNet121 with the slashes of Keras 2', () => {
    const weights = fileOf('densenet121');
    weights.layers = new Map(
      [...weights.layers].map(([name, a]) => [name.replace(/^conv1_(conv|bn)$/, 'conv1/$1'), a]),
    );
    expect(weights.layers.has('conv1/bn')).toBe(true);
    expect(recogniseNetwork(weights).network).toBe('densenet121');
  });

  it('MobileNetV2 under the names of its first publication, by their order', () => {
    const weights = fileOf('mobilenetv2');
    const named = [...weights.layers].map(
      ([name, arrays], n) => [`mobl${n}_${name.length}`, arrays] as const,
    );
    weights.layers = new Map(named);
    const { network, matched } = recogniseNetwork(weights);
    expect(network).toBe('mobilenetv2');
    expect([...matched.values.values()]).toEqual(
      [...fileOf('mobilenetv2').layers.values()].flat().map((a) => a.data),
    );
    expect(matched.notes.map(inEnglish)).toEqual([expect.stringContaining('by their order')]);
  });

  it('MobileNetV2 from a file that numbers its layers class by class', () => {
    const weights = fileOf('mobilenetv2');
    const numbers = new Map<string, number>();
    const kind = (arrays: KerasArray[]): string => arrays[0]?.name ?? '';
    const numbered = [...weights.layers.values()]
      .map((arrays) => {
        const number = numbers.get(kind(arrays)) ?? 0;
        numbers.set(kind(arrays), number + 1);
        return [`${kind(arrays)}_${number}`, arrays] as const;
      })
      .sort(([, a], [, b]) => kind(a).localeCompare(kind(b)));
    const { values } = match({ ...weights, layout: 'keras3', named: false, layers: new Map(numbered) });
    for (const [layer, arrays] of weights.layers)
      for (const array of arrays) expect(values.get(`${layer}/${array.name}`)).toBe(array.data);
  });
});

describe('refuses, naming the file and the layer,', () => {
  const cases: { what: string; spoil: (weights: KerasWeights) => void; layer: string; says: RegExp }[] = [
    {
      what: 'a missing layer',
      spoil: (w) => w.layers.delete('block_3_expand'),
      layer: 'block_3_expand',
      says: /lacks the layer "block_3_expand" \(kernel \[1, 1, 24, 144\]\), which MobileNetV2 needs/,
    },
    {
      what: 'a missing array',
      spoil: (w) => w.layers.set('Conv_1_bn', arraysOf(w, 'Conv_1_bn').slice(0, 3)),
      layer: 'Conv_1_bn',
      says: /lacks the moving_variance of the layer "Conv_1_bn"/,
    },
    {
      what: 'an extra layer',
      spoil: (w) =>
        w.layers.set('block_17_expand', [{ name: 'kernel', shape: [1, 1, 2, 2], data: new Float32Array(4) }]),
      layer: 'block_17_expand',
      says: /has the layer "block_17_expand", which MobileNetV2 does not have/,
    },
    {
      what: 'an extra array',
      spoil: (w) => arraysOf(w, 'Conv1').push({ name: 'bias', shape: [32], data: new Float32Array(32) }),
      layer: 'Conv1',
      says: /the layer "Conv1" has a bias, which MobileNetV2 does not have/,
    },
    {
      what: 'another shape (MobileNetV2 of half the width)',
      spoil: (w) => Object.assign(arrayOf(w, 'Conv1', 'kernel'), { shape: [3, 3, 3, 16] }),
      layer: 'Conv1',
      says: /"Conv1" has a kernel of \[3, 3, 3, 16\]; MobileNetV2 needs \[3, 3, 3, 32\]/,
    },
    {
      what: 'a renamed layer',
      spoil: (w) => {
        w.layers = new Map([...w.layers].map(([name, a]) => [name === 'block_5_project' ? 'mine' : name, a]));
      },
      layer: 'block_5_project',
      says: /lacks the layer "block_5_project"/,
    },
    {
      what: 'NaN',
      spoil: (w) => (arrayOf(w, 'block_1_depthwise_BN', 'beta').data[7] = NaN),
      layer: 'block_1_depthwise_BN',
      says: /the beta of the layer "block_1_depthwise_BN" holds NaN/,
    },
    {
      what: 'infinity',
      spoil: (w) => (arrayOf(w, 'Conv_1', 'kernel').data[409_599] = -Infinity),
      layer: 'Conv_1',
      says: /the kernel of the layer "Conv_1" holds -Infinity/,
    },
    {
      what: 'a negative variance',
      spoil: (w) => (arrayOf(w, 'bn_Conv1', 'moving_variance').data[0] = -1),
      layer: 'bn_Conv1',
      says: /the moving_variance of the layer "bn_Conv1" holds -1/,
    },
  ];
  it.each(cases)('$what', ({ spoil, layer, says }) => {
    const weights = fileOf('mobilenetv2');
    spoil(weights);
    const error = expect.objectContaining({
      code: 'bad-weights',
      message: expect.stringMatching(says),
      facts: expect.objectContaining({ file: '/data/weights.h5', layer }),
    });
    expect(() => match(weights)).toThrow(error);
    expect(() => recogniseNetwork(weights)).toThrow(error);
  });

  it('a file of another network', () => {
    expect(() => match(fileOf('resnet50'))).toThrow(/lacks the layer "Conv1"/);
    const strange = { ...fileOf('mobilenetv2'), layers: new Map([['layer_of_no_paper', []]]) };
    expect(() => recogniseNetwork(strange)).toThrow(`is for none of the networks ${networkTitles()}`);
  });
});

describe('folded batch normalisation', () => {
  const folded = (change: (name: string, data: Float32Array) => void): boolean => {
    const weights = fileOf('mobilenetv2');
    for (const arrays of weights.layers.values())
      for (const { name, data } of arrays) {
        if (name === 'gamma') data.fill(1);
        if (name === 'moving_mean') data.fill(0);
        if (name === 'moving_variance') data.fill(0.999);
        change(name, data);
      }
    return match(weights).batchNormFolded;
  };
  it('is recognised by gamma 1, mean 0 and variance 1 − ε or 1', () => {
    expect(folded(() => undefined)).toBe(true);
    expect(folded((name, data) => name === 'moving_variance' && data.fill(1))).toBe(true);
  });
  it('is not reported of weights with any other statistic, or never trained', () => {
    expect(folded((name, data) => name === 'moving_mean' && (data[3] = 0.01))).toBe(false);
    expect(folded((name, data) => name === 'moving_variance' && (data[3] = 0.9))).toBe(false);
    expect(folded((name, data) => name === 'beta' && data.fill(0))).toBe(false);
  });
});

import { FalxError } from '../../contract/errors.ts';
import { networkNames, networkTitle, networkTitles, type NetworkName } from '../../contract/networks.ts';
import { specOf, type WeightSpec } from './spec.ts';
import type { KerasArray, KerasWeights } from './read-keras-weights.ts';

/** A weight file that fits a network. */
export interface MatchedWeights {
  /** The numbers by `layer/weight`, in the order of the specification; row-major, in its shapes. */
  values: Map<string, Float32Array>;
  /**
   * Batch normalisation was folded into the convolutions: γ 1, mean 0, variance 1 (or 1 − ε), β the bias. Its
   * statistics mean nothing then and must stay as they are.
   */
  batchNormFolded: boolean;
  /** What a person may want to know, as sentences: a top that was left out, layers taken by their order. */
  notes: string[];
}

/** Layers of one weight file by name. */
type Layers = ReadonlyMap<string, readonly KerasArray[]>;

/**
 * Finds each array that a network needs in a weight file.
 * @param spec in Keras's order, as `specOf` gives it.
 * @param title the network's name in messages.
 * @throws FalxError `bad-weights` naming the file and the first layer that is missing, extra, of another shape, or
 *   holds numbers that are none.
 */
export function matchWeights(
  weights: KerasWeights,
  spec: readonly WeightSpec[],
  title: string,
): MatchedWeights {
  const { body, tops } = withoutTop(weights.layers, spec);
  const notes = tops.map((layer) => `The classifier layer "${layer}" of the file is left out.`);
  let layers = body;
  if (!weights.named || !mostlyNamed(body, spec)) {
    const renamed = weights.layout === 'legacy' ? byOrder(body, spec) : byClass(body, spec);
    if (!weights.named || fits(renamed, spec)) {
      layers = renamed;
      notes.push(
        'The layers of the file have other names than this network’s; they were taken by their order.',
      );
    }
  }
  const values = new Map(spec.map((wanted) => [keyOf(wanted), find(layers, wanted, weights.file, title)]));
  refuseExtra(layers, spec, weights.file, title);
  return { values, batchNormFolded: isFolded(values), notes };
}

/**
 * Tells which network a weight file is of, and matches it.
 * @throws FalxError `bad-weights` as `matchWeights` says it of the likeliest network, or for a file of none of them.
 */
export function recogniseNetwork(weights: KerasWeights): { network: NetworkName; matched: MatchedWeights } {
  const candidates = networkNames
    .map((network) => ({ network, spec: specOf(network) }))
    .map(({ network, spec }) => ({ network, spec, common: countCommon(canonical(weights.layers), spec) }))
    .sort((a, b) => b.common - a.common);
  let reason: FalxError | undefined;
  for (const { network, spec, common } of candidates) {
    try {
      return { network, matched: matchWeights(weights, spec, networkTitle(network)) };
    } catch (error) {
      if (!(error instanceof FalxError)) throw error;
      if (common > 0) reason ??= error;
    }
  }
  if (reason !== undefined) throw reason;
  throw new FalxError(
    'bad-weights',
    `The weight file ${weights.file} is of none of the networks ${networkTitles()}: no layer of theirs is in it. ` +
      'Give the Keras file of one of them.',
    {
      why: 'weightsOther',
      file: weights.file,
      networks: networkTitles(),
      layers: [...weights.layers.keys()].slice(0, 10),
    },
  );
}

const keyOf = ({ layer, weight }: WeightSpec): string => `${layer}/${weight}`;

/** Keras 3 calls a depthwise kernel `kernel`, Keras 2 `depthwise_kernel`. */
const sameName = (a: string, b: string): boolean =>
  a.replace(/^depthwise_/, '') === b.replace(/^depthwise_/, '');

/** Early versions of Keras named layers with slashes: `conv1/bn`. */
const canonical = (layers: Layers): Layers =>
  new Map([...layers].map(([name, arrays]) => [name.replaceAll('/', '_'), arrays]));

const layersOf = (spec: readonly WeightSpec[]): string[] => [...new Set(spec.map(({ layer }) => layer))];

const countCommon = (layers: Layers, spec: readonly WeightSpec[]): number =>
  layersOf(spec).filter((layer) => layers.has(layer)).length;

const mostlyNamed = (layers: Layers, spec: readonly WeightSpec[]): boolean =>
  countCommon(layers, spec) > layersOf(spec).length / 2;

/**
 * The networks here have no fully connected layer of their own, so any such layer is a classifier on top. A layer that
 * normalises the images themselves (Keras's `Normalization`: a mean, a variance and a count) is left out as well: here
 * that is a network's `preprocess`.
 */
function withoutTop(all: Layers, spec: readonly WeightSpec[]): { body: Layers; tops: string[] } {
  const own = new Set(layersOf(spec));
  const layers = canonical(all);
  const tops = [...layers.keys()].filter((name) => {
    const arrays = layers.get(name) ?? [];
    return !own.has(name) && arrays[0]?.name === 'kernel' && arrays[0].shape.length === 2;
  });
  const body = [...layers].filter(([name, arrays]) => !tops.includes(name) && !normalisesImages(arrays));
  return { body: new Map(body), tops };
}

const normalisesImages = (arrays: readonly KerasArray[]): boolean =>
  arrays.length > 0 && arrays.every(({ name }) => ['mean', 'variance', 'count'].includes(name));

/** The layers of a file under the network's names, when both list them in the same order, as Keras itself loads `.h5`. */
function byOrder(layers: Layers, spec: readonly WeightSpec[]): Layers {
  const names = layersOf(spec);
  return new Map([...layers].map(([name, arrays], n) => [names[n] ?? name, arrays]));
}

/** The same for a file that numbers its layers class by class. */
function byClass(layers: Layers, spec: readonly WeightSpec[]): Layers {
  const kindOf = (weights: readonly string[]): string =>
    ['gamma', 'depthwise_kernel'].find((kind) => weights.includes(kind)) ?? 'kernel';
  const waiting = new Map<string, string[]>();
  for (const layer of layersOf(spec)) {
    const kind = kindOf(spec.filter((wanted) => wanted.layer === layer).map(({ weight }) => weight));
    waiting.set(kind, [...(waiting.get(kind) ?? []), layer]);
  }
  return new Map(
    [...layers].map(([name, arrays]) => [
      waiting.get(kindOf(arrays.map((array) => array.name)))?.shift() ?? name,
      arrays,
    ]),
  );
}

/** Whether the layers are exactly the network's. */
const fits = (layers: Layers, spec: readonly WeightSpec[]): boolean =>
  [...layers.values()].reduce((count, arrays) => count + arrays.length, 0) === spec.length &&
  spec.every(({ layer, weight, shape }) =>
    layers.get(layer)?.some((array) => sameName(array.name, weight) && sameShape(array.shape, shape)),
  );

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, axis) => n === b[axis]);

const inWords = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function find(
  layers: Layers,
  { layer, weight, shape }: WeightSpec,
  file: string,
  title: string,
): Float32Array {
  const facts = { file, layer, weight, expected: shape };
  const remedy = `Give the ImageNet file of ${title} without its top, or save yours again from Keras.`;
  const arrays = layers.get(layer);
  const array = arrays?.find(({ name }) => sameName(name, weight));
  if (array === undefined) {
    const what = arrays === undefined ? `the layer "${layer}"` : `the ${weight} of the layer "${layer}"`;
    throw new FalxError(
      'bad-weights',
      `The weight file ${file} lacks ${what} (${weight} ${inWords(shape)}), which ${title} needs. ${remedy}`,
      facts,
    );
  }
  if (!sameShape(array.shape, shape))
    throw new FalxError(
      'bad-weights',
      `In the weight file ${file} the layer "${layer}" has a ${weight} of ${inWords(array.shape)}; ` +
        `${title} needs ${inWords(shape)}. ${remedy}`,
      { ...facts, received: array.shape },
    );
  const wrong = array.data.findIndex(
    (value) => !Number.isFinite(value) || (weight === 'moving_variance' && value < 0),
  );
  if (wrong >= 0)
    throw new FalxError(
      'bad-weights',
      `In the weight file ${file} the ${weight} of the layer "${layer}" holds ${array.data[wrong]}: ` +
        'its training went wrong or the file is damaged. Give another file.',
      { ...facts, value: String(array.data[wrong]), index: wrong },
    );
  return array.data;
}

function refuseExtra(layers: Layers, spec: readonly WeightSpec[], file: string, title: string): void {
  const remedy = `Save the backbone alone from Keras, with no layers but ${title}'s and a classifier on top.`;
  for (const [layer, arrays] of layers) {
    const wanted = spec.filter((one) => one.layer === layer);
    if (wanted.length === 0)
      throw new FalxError(
        'bad-weights',
        `The weight file ${file} has the layer "${layer}", which ${title} has not. ${remedy}`,
        { file, layer },
      );
    const extra = arrays.find(({ name }) => !wanted.some(({ weight }) => sameName(name, weight)));
    if (extra !== undefined)
      throw new FalxError(
        'bad-weights',
        `In the weight file ${file} the layer "${layer}" has a ${extra.name}, which ${title} has not. ${remedy}`,
        { file, layer, weight: extra.name },
      );
  }
}

/** Largest 1 − variance that folding leaves: the ε of MobileNetV2 is 1e-3. */
const foldedEpsilon = 1.5e-3;

function isFolded(values: ReadonlyMap<string, Float32Array>): boolean {
  const all = (weight: string, test: (value: number) => boolean): boolean =>
    [...values].every(([key, data]) => !key.endsWith(`/${weight}`) || data.every(test));
  return (
    all('gamma', (value) => value === 1) &&
    all('moving_mean', (value) => value === 0) &&
    all('moving_variance', (value) => value <= 1 && value >= 1 - foldedEpsilon) &&
    // Weights that were never trained look the same but for their biases.
    !all('beta', (value) => value === 0)
  );
}

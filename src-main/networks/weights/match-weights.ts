import { FalxError } from '../../contract/errors.ts';
import { message, type Message } from '../../contract/messages/catalogue.ts';
import { networkNames, networkTitle, networkTitles, type NetworkName } from '../../contract/networks.ts';
import { specOf, type WeightSpec } from './spec.ts';
import type { KerasArray, KerasWeights } from './read-keras-weights.ts';

/** A weight file that matches a network. */
export interface MatchedWeights {
  /** The values by `layer/weight`, in the order of the specification; row-major, in its shapes. */
  values: Map<string, Float32Array>;
  /**
   * Batch normalisation was folded into the convolutions: γ 1, mean 0, variance 1 (or 1 − ε), β the bias. Its statistics are
   * meaningless then and must stay as they are.
   */
  batchNormFolded: boolean;
  /** Notes for the user: a top that was left out, layers matched by their order. */
  notes: Message<'weightsTopLeftOut' | 'weightsByOrder'>[];
}

/** Layers of one weight file by name. */
type Layers = ReadonlyMap<string, readonly KerasArray[]>;

/**
 * Finds each array that a network needs in a weight file.
 * @param spec in Keras's order, from `specOf`.
 * @param title the network's name in messages.
 * @throws FalxError `bad-weights` naming the file and the first layer that is missing, extra, of another shape, or contains NaN or
 *   infinity.
 */
export function matchWeights(
  weights: KerasWeights,
  spec: readonly WeightSpec[],
  title: string,
): MatchedWeights {
  const { body, tops } = withoutTop(weights.layers, spec);
  const notes: MatchedWeights['notes'] = tops.map((layer) => message('weightsTopLeftOut', { layer }));
  let layers = body;
  if (!weights.named || !mostlyNamed(body, spec)) {
    const renamed = weights.layout === 'legacy' ? byOrder(body, spec) : byClass(body, spec);
    if (!weights.named || fits(renamed, spec)) {
      layers = renamed;
      notes.push(message('weightsByOrder', {}));
    }
  }
  const values = new Map(spec.map((wanted) => [keyOf(wanted), find(layers, wanted, weights.file, title)]));
  refuseExtra(layers, spec, weights.file, title);
  return { values, batchNormFolded: isFolded(values), notes };
}

/**
 * Recognises a weight file's network, and matches it.
 * @throws FalxError `bad-weights` as `matchWeights` for the likeliest network, or for a file of none of them.
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
  throw new FalxError('weightsOther', {
    file: weights.file,
    networks: networkTitles(),
    layers: [...weights.layers.keys()].slice(0, 10),
  });
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
 * The networks here have no fully connected layer of their own, so any such layer is a classifier on top. A layer that normalises
 * the images themselves (Keras's `Normalization`: a mean, a variance and a count) is left out as well: here that is a network's
 * `preprocess`.
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

/** The layers of a file under the network's names, if both list them in the same order, as Keras itself loads `.h5`. */
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
  const arrays = layers.get(layer);
  const array = arrays?.find(({ name }) => sameName(name, weight));
  const needed = inWords(shape);
  if (array === undefined) {
    const of = arrays === undefined ? 'layer' : 'weight';
    throw new FalxError('weightsLayerMissing', { file, of, layer, weight, needed, title });
  }
  if (!sameShape(array.shape, shape))
    throw new FalxError('weightsShape', { file, layer, weight, found: inWords(array.shape), needed, title });
  const wrong = array.data.findIndex(
    (value) => !Number.isFinite(value) || (weight === 'moving_variance' && value < 0),
  );
  if (wrong >= 0)
    throw new FalxError('weightsValue', {
      file,
      layer,
      weight,
      value: String(array.data[wrong]),
      index: wrong,
    });
  return array.data;
}

function refuseExtra(layers: Layers, spec: readonly WeightSpec[], file: string, title: string): void {
  for (const [layer, arrays] of layers) {
    const wanted = spec.filter((one) => one.layer === layer);
    if (wanted.length === 0) throw new FalxError('weightsLayerExtra', { file, layer, weight: 'none', title });
    const extra = arrays.find(({ name }) => !wanted.some(({ weight }) => sameName(name, weight)));
    if (extra !== undefined)
      throw new FalxError('weightsLayerExtra', { file, layer, weight: extra.name, title });
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
    // Untrained weights look the same except for their biases.
    !all('beta', (value) => value === 0)
  );
}

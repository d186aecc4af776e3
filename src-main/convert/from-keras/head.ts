import { FalxError } from '../../contract/errors.ts';
import type { HeadLayer } from '../../contract/settings.ts';
import { headLayerAt } from '../../networks/imported.ts';
import { headLayerName } from '../../networks/weights/head.ts';
import type { KerasArray } from '../../networks/weights/read-keras-weights.ts';
import { activationOf, isIdle, refused, type KerasConfig, type LayerStep } from './chain.ts';

/** Row-major [inputs, units]. */
type Dense = { kind: 'dense'; kernel: Float64Array; bias: Float64Array; units: number };
type Affine = { kind: 'affine'; gamma: Float64Array; beta: Float64Array };
type Piece = Exclude<HeadLayer, { kind: 'dense' | 'affine' }> | Dense | Affine;

export type Head = {
  layers: HeadLayer[];
  /** By `layer/weight`, including the last unit. */
  values: Map<string, Float32Array>;
  outputs: 1 | 2;
};

/**
 * What follows the backbone, as one output for the positive class: for two softmax outputs the difference of both.
 * @param maps height, width and channels of the backbone's last maps. @param positiveFirst whether the first output or side is the
 *   positive class.
 * @throws FalxError `bad-weights`, naming a layer that is not supported.
 */
export function headOf(
  steps: readonly LayerStep[],
  arraysOf: (layer: string) => readonly KerasArray[],
  maps: readonly [number, number, number],
  file: string,
  positiveFirst: boolean,
): Head {
  const pieces = steps.flatMap((step) => piecesOf(step, arraysOf(step.name), file));
  const { end, outputs } = ending(pieces, file, steps);
  const sign = positiveFirst ? -1 : 1;
  const last = asOneOutput(end, sign);
  const folded = withoutAffine([...withMeans(pieces, maps), last]);
  const unit = folded.pop() as Dense;
  const isPlain = folded.length === 1 && folded[0]!.kind === 'globalAverage';
  const hidden = isPlain ? [] : folded;
  requireSizes(hidden, unit, maps, file);
  const values = new Map<string, Float32Array>();
  const layers = hidden.map((piece, at): HeadLayer => {
    const name = headLayerAt(at);
    if (piece.kind === 'dense') {
      values
        .set(`${name}/kernel`, Float32Array.from(piece.kernel))
        .set(`${name}/bias`, Float32Array.from(piece.bias));
      return { kind: 'dense', units: piece.units };
    }
    if (piece.kind === 'affine') {
      values
        .set(`${name}/gamma`, Float32Array.from(piece.gamma))
        .set(`${name}/beta`, Float32Array.from(piece.beta));
      return { kind: 'affine' };
    }
    return piece;
  });
  values
    .set(`${headLayerName}/kernel`, Float32Array.from(unit.kernel))
    .set(`${headLayerName}/bias`, Float32Array.from(unit.bias));
  return { layers, values, outputs };
}

function piecesOf(
  { layer, branches }: LayerStep,
  arrays: readonly KerasArray[],
  file: string,
): (Piece | Ending)[] {
  const { class_name: type, config } = layer;
  if (branches.length > 0) throw refused(file, layer, 'branch');
  const stored = (name: string) => arrays.find((array) => array.name === name);
  if (isIdle(layer)) return [];
  if (type === 'GlobalAveragePooling2D') return [{ kind: 'globalAverage' }];
  if (type === 'GlobalMaxPooling2D')
    return [{ kind: 'maxPool', window: WHOLE, stride: 1 }, { kind: 'flatten' }];
  if (type === 'Flatten') return [{ kind: 'flatten' }];
  if (type === 'AveragePooling2D' || type === 'MaxPooling2D') {
    const [window, stride] = [
      squareOf(config['pool_size']),
      squareOf(config['strides'] ?? config['pool_size']),
    ];
    if (window === null || stride === null || config['padding'] !== 'valid')
      throw refused(file, layer, 'unknown');
    return [{ kind: type === 'MaxPooling2D' ? 'maxPool' : 'averagePool', window, stride }];
  }
  if (type === 'Dense') {
    const kernel = stored('kernel');
    if (kernel?.shape.length !== 2) throw refused(file, layer, 'unknown');
    const units = kernel.shape[1]!;
    const bias = stored('bias')?.data ?? new Float32Array(units);
    if (bias.length !== units) throw refused(file, layer, 'unknown');
    requireNumbers([kernel.data, bias], layer, file);
    const made: Dense = {
      kind: 'dense',
      kernel: Float64Array.from(kernel.data),
      bias: Float64Array.from(bias),
      units,
    };
    return [made, ...activationPieces(layer, config['activation'], file)];
  }
  if (type === 'BatchNormalization') {
    const [mean, variance] = [stored('moving_mean')?.data, stored('moving_variance')?.data];
    if (!mean || !variance) throw refused(file, layer, 'unknown');
    requireNumbers(
      [mean, variance, stored('gamma')?.data ?? mean, stored('beta')?.data ?? mean],
      layer,
      file,
    );
    const epsilon = Number(config['epsilon'] ?? 1e-3);
    const gamma = Float64Array.from(
      mean,
      (_, i) => (stored('gamma')?.data[i] ?? 1) / Math.sqrt(variance[i]! + epsilon),
    );
    const beta = Float64Array.from(mean, (value, i) => (stored('beta')?.data[i] ?? 0) - value * gamma[i]!);
    return [{ kind: 'affine', gamma, beta }];
  }
  if (type === 'Activation') return activationPieces(layer, config['activation'], file);
  if (type === 'Softmax') return [{ kind: 'softmax' }];
  if (type === 'ReLU') {
    const { max_value: most, negative_slope: slope, threshold } = config;
    if (Number(slope ?? 0) !== 0 || Number(threshold ?? 0) !== 0) throw refused(file, layer, 'unknown');
    if (most === null || most === undefined) return [{ kind: 'activation', of: 'relu' }];
    if (Number(most) === 6) return [{ kind: 'activation', of: 'relu6' }];
  }
  throw refused(file, layer, type === 'Lambda' ? 'code' : 'unknown');
}

/** Only at the end of a model. */
type Ending = { kind: 'softmax' };
/** A window as large as the maps, whatever their size. */
const WHOLE = 4096;

function activationPieces(layer: KerasConfig, value: unknown, file: string): (Piece | Ending)[] {
  const of = activationOf(value);
  if (of === 'linear') return [];
  if (of === 'softmax') return [{ kind: 'softmax' }];
  if (of === 'relu' || of === 'relu6' || of === 'sigmoid' || of === 'tanh')
    return [{ kind: 'activation', of }];
  if (of === 'swish' || of === 'silu') return [{ kind: 'activation', of: 'swish' }];
  throw refused(file, layer, 'unknown');
}

const squareOf = (value: unknown): number | null => {
  const sides = Array.isArray(value) ? (value as unknown[]) : [value, value];
  return typeof sides[0] === 'number' && sides[0] === sides[1] && sides.length === 2 ? sides[0] : null;
};

function requireNumbers(arrays: readonly Float32Array[], layer: KerasConfig, file: string): void {
  if (arrays.some((array) => !array.every(Number.isFinite))) throw refused(file, layer, 'unknown');
}

/** Removes the end of a model: what is left are layers that the graph supports. */
function ending(
  pieces: (Piece | Ending)[],
  file: string,
  steps: readonly LayerStep[],
): { end: Dense; outputs: 1 | 2 } {
  const last = pieces.at(-1);
  const how =
    last?.kind === 'softmax'
      ? 'softmax'
      : last?.kind === 'activation' && last.of === 'sigmoid'
        ? 'sigmoid'
        : 'linear';
  if (how !== 'linear') pieces.pop();
  const end = pieces.pop();
  const units = end?.kind === 'dense' ? end.units : 0;
  if (end?.kind !== 'dense' || !(units === 1 ? how !== 'softmax' : units === 2 && how !== 'sigmoid'))
    throw new FalxError('kerasOutput', { file, outputs: units, activation: how });
  if (pieces.some(({ kind }) => kind === 'softmax')) throw refused(file, steps.at(-1)!.layer, 'unknown');
  return { end, outputs: units as 1 | 2 };
}

/** @param sign −1 swaps both classes. */
function asOneOutput({ kernel, bias, units }: Dense, sign: 1 | -1): Dense {
  const one = (of: Float64Array): Float64Array =>
    units === 1
      ? of.map((value) => sign * value)
      : Float64Array.from({ length: of.length / 2 }, (_, i) => sign * (of[2 * i + 1]! - of[2 * i]!));
  return { kind: 'dense', kernel: one(kernel), bias: one(bias), units: 1 };
}

/** Windows as large as the maps: global averages, or one value per channel for maxima. */
function withMeans(
  pieces: readonly (Piece | Ending)[],
  [height]: readonly [number, number, number],
): Piece[] {
  const made: Piece[] = [];
  for (const piece of pieces as readonly Piece[]) {
    const before = made.at(-1);
    const isMean = before?.kind === 'averagePool' && before.window === height && made.length === 1;
    if (piece.kind === 'flatten' && isMean) made.splice(0, 1, { kind: 'globalAverage' });
    else if (piece.kind === 'maxPool' && piece.window === WHOLE) made.push({ ...piece, window: height });
    else made.push(piece);
  }
  return made;
}

/** Folds an element-wise scaling into the next layer that sums. */
function withoutAffine(pieces: readonly Piece[]): Piece[] {
  const made: Piece[] = [];
  for (const piece of pieces) {
    const before = made.at(-1);
    if (
      piece.kind !== 'dense' ||
      before?.kind !== 'affine' ||
      piece.kernel.length !== before.gamma.length * piece.units
    ) {
      made.push(piece);
      continue;
    }
    made.pop();
    const { gamma, beta } = before;
    const { units } = piece;
    const bias = piece.bias.map((value, unit) =>
      gamma.reduce((sum, _, i) => sum + beta[i]! * piece.kernel[i * units + unit]!, value),
    );
    made.push({
      ...piece,
      kernel: piece.kernel.map((value, at) => value * gamma[Math.floor(at / units)]!),
      bias,
    });
  }
  return made;
}

/** Checks that each layer gets as many inputs as it was trained on. */
function requireSizes(
  hidden: readonly Piece[],
  unit: Dense,
  maps: readonly [number, number, number],
  file: string,
): void {
  let [height, width] = maps;
  let channels = maps[2];
  let isFlat = hidden.length === 0;
  for (const piece of [...hidden, unit]) {
    const wrong = (): FalxError => new FalxError('kerasSizes', { file, given: height * width * channels });
    if (piece.kind === 'averagePool' || piece.kind === 'maxPool') {
      if (isFlat || piece.window > Math.min(height, width)) throw wrong();
      height = Math.floor((height - piece.window) / piece.stride) + 1;
      width = Math.floor((width - piece.window) / piece.stride) + 1;
    } else if (piece.kind === 'flatten') {
      channels *= height * width;
      [height, width, isFlat] = [1, 1, true];
    } else if (piece.kind === 'globalAverage') {
      if (isFlat) throw wrong();
      [height, width, isFlat] = [1, 1, true];
    } else if (piece.kind === 'affine') {
      if (piece.gamma.length !== channels || piece.beta.length !== channels) throw wrong();
    } else if (piece.kind === 'dense') {
      if (hidden.length === 0) [height, width] = [1, 1];
      if (!isFlat || piece.kernel.length !== channels * piece.units) throw wrong();
      channels = piece.units;
    }
  }
}

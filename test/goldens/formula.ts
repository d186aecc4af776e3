/** The weights and images of formula.py, identical number for number: that file describes how they are made. */

export const projections = 4;
const samples = 8;

export function hash32(stream: number, count: number): Uint32Array {
  const values = new Uint32Array(count);
  for (let i = 0; i < count; i++) values[i] = hashAt(stream, i);
  return values;
}

function hashAt(stream: number, i: number): number {
  let h = (Math.imul(i, 0x85ebca6b) + Math.imul(stream, 0x9e3779b1) + 0x7f4a7c15) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** In [−1, 1), steps of 2^−23. */
const uniformAt = (stream: number, i: number): number => (hashAt(stream, i) >>> 8) / 2 ** 23 - 1;

const product = (shape: readonly number[]): number => shape.reduce((all, n) => all * n, 1);

export interface Scale {
  gain: number;
  shift: number;
  spread: number;
  kinks: number;
}

const plain: Scale = { gain: 1, shift: 0, spread: 0.1, kinks: 1 };

/** @param stream number of the array in Keras's order. @param kind its name. */
export function weight(stream: number, kind: string, shape: readonly number[], scale = plain): Float32Array {
  const limit =
    scale.gain * Math.sqrt(6 / product(kind === 'depthwise_kernel' ? shape.slice(0, 2) : shape.slice(0, -1)));
  const value = (u: number, i: number): number => {
    if (kind.endsWith('kernel')) return u * limit;
    if (kind === 'gamma') return 1 + 0.1 * u;
    if (kind === 'beta') return (i % scale.kinks === 0 || stream <= 3 ? 0 : scale.shift) + scale.spread * u;
    if (kind === 'moving_variance') return 1 + 0.2 * u;
    return 0.1 * u;
  };
  const values = new Float32Array(product(shape));
  for (let i = 0; i < values.length; i++) values[i] = value(uniformAt(stream, i), i);
  return values;
}

/** uint8 [count, size, size, 3]. */
export function images(seed: number, count: number, size: number): Uint8Array {
  const batch = new Uint8Array(count * size * size * 3);
  let at = 0;
  for (let n = 0; n < count; n++) {
    const side = 2 ** (n % 4);
    const squares = Math.ceil(size / side);
    const values = hash32(1_000_000 + 1_000 * seed + n, squares * squares * 3);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let channel = 0; channel < 3; channel++) {
          const square = Math.floor(y / side) * squares + Math.floor(x / side);
          batch[at++] = (values[square * 3 + channel] as number) >>> 24;
        }
  }
  return batch;
}

const directions: Float64Array[] = [];

/** A few numbers that summarise a long array: its norm, dot products with u(2,000,000 + j, ·), and samples. */
export interface Summary {
  norm: number;
  dots: number[];
  samples: number[];
}

export const summaryLength = 1 + projections + samples;

export function summaryOf(array: ArrayLike<number>): Summary {
  const { length } = array;
  if ((directions[0]?.length ?? 0) < length)
    for (let j = 0; j < projections; j++) directions[j] = direction(j, length);
  let squares = 0;
  const dots = new Array<number>(projections).fill(0);
  for (let i = 0; i < length; i++) {
    const value = array[i] as number;
    squares += value * value;
    for (let j = 0; j < projections; j++)
      dots[j] = (dots[j] as number) + value * (directions[j] as Float64Array)[i]!;
  }
  return {
    norm: Math.sqrt(squares),
    dots,
    samples: Array.from({ length: samples }, (_, j) => array[Math.floor((j * length) / samples)] as number),
  };
}

function direction(j: number, length: number): Float64Array {
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) values[i] = uniformAt(2_000_000 + j, i);
  return values;
}

/** The summary that `formula.summary` wrote as a row. */
export const summaryIn = (row: ArrayLike<number>): Summary => {
  const [norm = 0, ...rest] = Array.from(row);
  return { norm, dots: rest.slice(0, projections), samples: rest.slice(projections) };
};

/**
 * Approximate distance |a − b| of two arrays, from their summaries: a dot product of the difference e with numbers uniform
 * in [−1, 1) has the mean square |e|²/3; samples and norms bound it from below.
 */
export function distance(a: Summary, b: Summary): number {
  const apart = (xs: readonly number[], ys: readonly number[]): number[] =>
    xs.map((x, i) => x - (ys[i] as number));
  const squares = apart(a.dots, b.dots).reduce((sum, x) => sum + x * x, 0);
  return Math.max(
    Math.sqrt((3 * squares) / projections),
    ...apart(a.samples, b.samples).map(Math.abs),
    Math.abs(a.norm - b.norm),
  );
}

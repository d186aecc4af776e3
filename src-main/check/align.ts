import { HEAD } from './head.ts';

/** A point (x, y) of one head lies at (a·x + b·y + c, d·x + e·y + f) of the other; heads reach from −1 to 1. */
export type Affine = [a: number, b: number, c: number, d: number, e: number, f: number];

/** A head at one resolution: grey levels, detail (without what is coarse), and slopes a unit. */
interface Level {
  size: number;
  grey: Float32Array;
  slopeX: Float32Array;
  slopeY: Float32Array;
  /** Of the Gauss–Newton matrix; null for a level without slopes. */
  factor: Float64Array | null;
}

/** A head, ready to be laid over others. */
export interface Prepared {
  /** Coarse to fine: 16, 32 and 64 pixels. */
  levels: [Level, Level, Level];
  /** float32 [HEAD, HEAD]: the finest level less its surroundings. */
  detail: Float32Array;
}

/** @param head uint8 [HEAD, HEAD]. */
export function prepare(head: Uint8Array): Prepared {
  const fine = blur3(Float32Array.from(head), HEAD);
  const middle = halve(fine, HEAD);
  const coarse = halve(middle, HEAD / 2);
  const wide = boxBlur(boxBlur(fine, HEAD, 3), HEAD, 3);
  return {
    levels: [levelOf(coarse, HEAD / 4), levelOf(middle, HEAD / 2), levelOf(fine, HEAD)],
    detail: fine.map((value, index) => value - wide[index]!),
  };
}

/** How well two heads agree once one is laid over the other. Correlations are Pearson's, −1 to 1. */
export interface Fit {
  affine: Affine;
  grey: number;
  detail: number;
  /** Correlation of the detail in the worst but one of nine fields that have any. */
  weakest: number;
  /** Share of the inside of the one head that the other covers. */
  overlap: number;
}

/** The eight flips and quarter turns of a square. */
export const orientations: readonly Affine[] = [
  [1, 0, 0, 0, 1, 0],
  [-1, 0, 0, 0, 1, 0],
  [1, 0, 0, 0, -1, 0],
  [-1, 0, 0, 0, -1, 0],
  [0, 1, 0, 1, 0, 0],
  [0, -1, 0, 1, 0, 0],
  [0, 1, 0, -1, 0, 0],
  [0, -1, 0, -1, 0, 0],
];

/** Grey correlation at the two coarse levels below which two heads are not looked at more closely. */
const COARSE = [0.82, 0.88] as const;
/** Correlation of detail, as the middle level lays them, below which they are not looked at on the finest. */
const WORTH_REFINING = 0.4;

/** Turning a picture that fills its frame, or cropping it, changes what its head is stretched from. */
const SCALES = [1, 0.88, 1.14];

/**
 * Lays `other` over `one`: all flips and quarter turns coarsely, the best of them refined to an affine map by
 * Gauss–Newton steps on finer and finer levels. (Baker and Matthews, Lucas–Kanade 20 years on, IJCV 2004: the inverse
 * compositional form, here with grey levels standardised in the overlap.)
 * @returns null when they are far from alike.
 */
export function align(one: Prepared, other: Prepared): Fit | null {
  const [coarse, middle, fine] = one.levels;
  const [otherCoarse, otherMiddle, otherFine] = other.levels;
  const byFit = (a: Refined, b: Refined) => b.fit - a.fit;
  const starts = orientations
    .map((affine) => ({ affine, fit: warp(coarse, otherCoarse, affine).fit }))
    .sort(byFit)
    .slice(0, 4)
    .flatMap(({ affine }) => SCALES.map((scale) => affine.map((value) => scale * value) as Affine))
    .map((affine) => ({ affine, fit: warp(coarse, otherCoarse, affine).fit }))
    .sort(byFit)
    .slice(0, 5)
    .filter(({ fit }) => fit > 0.4)
    .map(({ affine }) => refine(coarse, otherCoarse, affine, 8))
    .filter(({ fit }) => fit > COARSE[0])
    .sort(byFit)
    .slice(0, 2)
    .map(({ affine }) => refine(middle, otherMiddle, affine, 6))
    .filter(({ fit }) => fit > COARSE[1])
    .sort(byFit);
  let found: Fit | null = null;
  // The halves of a head are alike: only the finest level tells which way round it is.
  for (const start of starts) {
    if (compareDetail(one.detail, other.detail, start.affine).detail < WORTH_REFINING) continue;
    const { affine, fit } = refine(fine, otherFine, start.affine, 4);
    if (!isSmall(affine)) continue;
    const detail = compareDetail(one.detail, other.detail, affine);
    if (!found || detail.detail > found.detail) found = { affine, grey: fit, ...detail };
  }
  return found;
}

/** Whether a map is a flip or turn and no more besides than small rotations, crops and shifts make. */
function isSmall([a, b, c, d, e, f]: Affine): boolean {
  const area = Math.abs(a * e - b * d);
  const straight = Math.max(Math.abs(a), Math.abs(b));
  return area > 0.6 && area < 1.6 && straight > 0.75 && Math.abs(c) < 0.3 && Math.abs(f) < 0.3;
}

type Refined = { affine: Affine; fit: number };

/** Steps from `start` to the map that makes the levels most alike. */
function refine(one: Level, other: Level, start: Affine, steps: number): Refined {
  let warped = warp(one, other, start);
  let best = { affine: start, fit: warped.fit };
  for (let step = 0; step < steps; step += 1) {
    const change = stepFrom(one, warped);
    if (!change) break;
    const affine = afterInverse(best.affine, change);
    warped = warp(one, other, affine);
    const gain = warped.fit - best.fit;
    if (gain > 0) best = { affine, fit: warped.fit };
    if (gain < 0.0005) break;
  }
  return best;
}

/** A head as it lies over another. */
interface Warped {
  /** Its grey levels, −1 where it does not reach. */
  values: Float32Array;
  /** What gives it the mean and deviation of the one below. */
  gain: number;
  offset: number;
  /** Correlation in the overlap; 0 where that is less than half. */
  fit: number;
}

function warp(one: Level, other: Level, [a, b, c, d, e, f]: Affine): Warped {
  const { size } = one;
  const [mine, its] = [one.grey, other.grey];
  const values = new Float32Array(size * size);
  const half = size / 2;
  const last = size - 1;
  let [n, sum, squares, sumOne, squaresOne, product] = [0, 0, 0, 0, 0, 0];
  for (let row = 0, at = 0; row < size; row += 1) {
    const y = (row + 0.5) / half - 1;
    for (let column = 0; column < size; column += 1, at += 1) {
      const x = (column + 0.5) / half - 1;
      const u = (a * x + b * y + c + 1) * half - 0.5;
      const v = (d * x + e * y + f + 1) * half - 0.5;
      if (u < -0.5 || v < -0.5 || u > last + 0.5 || v > last + 0.5) {
        values[at] = -1;
        continue;
      }
      const value = between(its, size, u, v);
      const below = mine[at]!;
      values[at] = value;
      n += 1;
      sum += value;
      squares += value * value;
      sumOne += below;
      squaresOne += below * below;
      product += value * below;
    }
  }
  const [variance, varianceOne] = [n * squares - sum * sum, n * squaresOne - sumOne * sumOne];
  if (n < 0.5 * size * size || variance <= 0 || varianceOne <= 0)
    return { values, gain: 0, offset: 0, fit: 0 };
  const gain = Math.sqrt(varianceOne / variance);
  const fit = (n * product - sum * sumOne) / Math.sqrt(variance * varianceOne);
  return { values, gain, offset: (sumOne - gain * sum) / n, fit };
}

/** The value between four pixels; within half a pixel of the edge, the edge's. */
function between(grey: Float32Array, size: number, u: number, v: number): number {
  const left = u < 0 ? 0 : u >= size - 1 ? size - 2 : u | 0;
  const top = v < 0 ? 0 : v >= size - 1 ? size - 2 : v | 0;
  const fu = u < 0 ? 0 : u > size - 1 ? 1 : u - left;
  const fv = v < 0 ? 0 : v > size - 1 ? 1 : v - top;
  const from = top * size + left;
  const above = grey[from]! * (1 - fu) + grey[from + 1]! * fu;
  const below = grey[from + size]! * (1 - fu) + grey[from + size + 1]! * fu;
  return above * (1 - fv) + below * fv;
}

/** The Gauss–Newton step in the frame of `one`, or null where there is none. */
function stepFrom(one: Level, { values, gain, offset, fit }: Warped): Affine | null {
  if (fit === 0 || !one.factor) return null;
  const { size, grey, slopeX, slopeY } = one;
  const right = new Float64Array(6);
  for (let row = 0, at = 0; row < size; row += 1) {
    const y = (2 * row + 1) / size - 1;
    let [h, hx, v, vx] = [0, 0, 0, 0];
    for (let column = 0; column < size; column += 1, at += 1) {
      const value = values[at]!;
      if (value < 0) continue;
      const x = (2 * column + 1) / size - 1;
      const error = gain * value + offset - grey[at]!;
      const [across, down] = [slopeX[at]! * error, slopeY[at]! * error];
      h += across;
      hx += across * x;
      v += down;
      vx += down * x;
    }
    right[0]! += hx;
    right[1]! += h * y;
    right[2]! += h;
    right[3]! += vx;
    right[4]! += v * y;
    right[5]! += v;
  }
  return solve(one.factor, right);
}

/** How far from the middle detail is compared: skulls are alike in different heads. */
const INSIDE = 0.78;

/** Correlates what two heads have besides coarse light and shade: as a whole, and in a grid of nine fields. */
function compareDetail(one: Float32Array, other: Float32Array, affine: Affine): Omit<Fit, 'affine' | 'grey'> {
  const [a, b, c, d, e, f] = affine;
  const half = HEAD / 2;
  const last = HEAD - 1;
  let inside = 0;
  // For each field: count, Σ one, Σ other, Σ one², Σ other², Σ one·other.
  const sums = new Float64Array(9 * 6);
  for (let at = 0; at < HEAD * HEAD; at += 1) {
    const [row, column] = [Math.floor(at / HEAD), at % HEAD];
    const [x, y] = [(column + 0.5) / half - 1, (row + 0.5) / half - 1];
    if (x * x + y * y > INSIDE * INSIDE) continue;
    inside += 1;
    const u = (a * x + b * y + c + 1) * half - 0.5;
    const v = (d * x + e * y + f + 1) * half - 0.5;
    if (u < -0.5 || v < -0.5 || u > last + 0.5 || v > last + 0.5) continue;
    const [mine, its] = [one[at]!, between(other, HEAD, u, v)];
    const from = 6 * (3 * Math.floor((3 * row) / HEAD) + Math.floor((3 * column) / HEAD));
    sums[from]! += 1;
    sums[from + 1]! += mine;
    sums[from + 2]! += its;
    sums[from + 3]! += mine * mine;
    sums[from + 4]! += its * its;
    sums[from + 5]! += mine * its;
  }
  const whole = new Float64Array(6);
  for (let at = 0; at < sums.length; at += 1) whole[at % 6]! += sums[at]!;
  return { detail: pearson(whole), weakest: weakestOf(sums, whole), overlap: whole[0]! / inside };
}

function weakestOf(sums: Float64Array, whole: Float64Array): number {
  const enough = whole[3]! / 40;
  const values = [];
  for (let from = 0; from < sums.length; from += 6) {
    const of = sums.subarray(from, from + 6);
    if (of[3]! > enough) values.push(pearson(of));
  }
  values.sort((a, b) => a - b);
  return values[1] ?? values[0] ?? 0;
}

function pearson(sums: Float64Array): number {
  const [n, a, b, aa, bb, ab] = sums as unknown as [number, number, number, number, number, number];
  const variance = (n * aa - a * a) * (n * bb - b * b);
  return variance > 0 ? (n * ab - a * b) / Math.sqrt(variance) : 0;
}

/** `affine` after the inverse of the map that moves points by `change`. */
function afterInverse([a, b, c, d, e, f]: Affine, change: Affine): Affine {
  const [p, q, r, s, t, u] = [1 + change[0], change[1], change[2], change[3], 1 + change[4], change[5]];
  const det = p * t - q * s;
  const [ip, iq, is, it] = [t / det, -q / det, -s / det, p / det];
  const ir = -(ip * r + iq * u);
  const iu = -(is * r + it * u);
  return [
    a * ip + b * is,
    a * iq + b * it,
    a * ir + b * iu + c,
    d * ip + e * is,
    d * iq + e * it,
    d * ir + e * iu + f,
  ];
}

/** The lower triangle L of Cholesky's L·Lᵀ, of a symmetric 6 × 6; null when it is not positive definite. */
function cholesky(matrix: Float64Array): Float64Array | null {
  const l = new Float64Array(36);
  for (let i = 0; i < 6; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let sum = matrix[i * 6 + j]!;
      for (let k = 0; k < j; k += 1) sum -= l[i * 6 + k]! * l[j * 6 + k]!;
      if (i !== j) l[i * 6 + j] = sum / l[j * 6 + j]!;
      else if (sum <= 1e-9) return null;
      else l[i * 6 + i] = Math.sqrt(sum);
    }
  return l;
}

/** The x of L·Lᵀ·x = right. */
function solve(l: Float64Array, right: Float64Array): Affine {
  const x = Float64Array.from(right);
  for (let i = 0; i < 6; i += 1) {
    for (let k = 0; k < i; k += 1) x[i]! -= l[i * 6 + k]! * x[k]!;
    x[i]! /= l[i * 6 + i]!;
  }
  for (let i = 5; i >= 0; i -= 1) {
    for (let k = i + 1; k < 6; k += 1) x[i]! -= l[k * 6 + i]! * x[k]!;
    x[i]! /= l[i * 6 + i]!;
  }
  return [x[0]!, x[1]!, x[2]!, x[3]!, x[4]!, x[5]!];
}

function levelOf(grey: Float32Array, size: number): Level {
  const slopeX = new Float32Array(size * size);
  const slopeY = new Float32Array(size * size);
  const hessian = new Float64Array(36);
  const at = (index: number) => Math.max(0, Math.min(size - 1, index));
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      const here = row * size + column;
      // Central differences; a pixel is 2 / size wide.
      const across = ((grey[row * size + at(column + 1)]! - grey[row * size + at(column - 1)]!) * size) / 4;
      const down = ((grey[at(row + 1) * size + column]! - grey[at(row - 1) * size + column]!) * size) / 4;
      slopeX[here] = across;
      slopeY[here] = down;
      const [x, y] = [(2 * column + 1) / size - 1, (2 * row + 1) / size - 1];
      const slopes = [across * x, across * y, across, down * x, down * y, down];
      for (let i = 0; i < 6; i += 1)
        for (let j = 0; j <= i; j += 1) hessian[i * 6 + j]! += slopes[i]! * slopes[j]!;
    }
  return { size, grey, slopeX, slopeY, factor: cholesky(hessian) };
}

function halve(grey: Float32Array, size: number): Float32Array {
  const half = size / 2;
  const smaller = new Float32Array(half * half);
  for (let y = 0; y < half; y += 1)
    for (let x = 0; x < half; x += 1) {
      const at = 2 * y * size + 2 * x;
      smaller[y * half + x] = (grey[at]! + grey[at + 1]! + grey[at + size]! + grey[at + size + 1]!) / 4;
    }
  return smaller;
}

/** Weights 1 2 1 each way: evens out what resizing does to single pixels. */
function blur3(grey: Float32Array, size: number): Float32Array {
  return bothWays(grey, size, (left, middle, right) => (left + 2 * middle + right) / 4);
}

function bothWays(
  grey: Float32Array,
  size: number,
  mix: (left: number, middle: number, right: number) => number,
): Float32Array {
  const across = new Float32Array(size * size);
  const both = new Float32Array(size * size);
  const at = (index: number) => Math.max(0, Math.min(size - 1, index));
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1)
      across[y * size + x] = mix(
        grey[y * size + at(x - 1)]!,
        grey[y * size + x]!,
        grey[y * size + at(x + 1)]!,
      );
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1)
      both[y * size + x] = mix(
        across[at(y - 1) * size + x]!,
        across[y * size + x]!,
        across[at(y + 1) * size + x]!,
      );
  return both;
}

/** The mean of (2 · radius + 1)² pixels, edges repeated, by running sums. */
function boxBlur(grey: Float32Array, size: number, radius: number): Float32Array {
  const width = 2 * radius + 1;
  const across = new Float32Array(size * size);
  const both = new Float32Array(size * size);
  const at = (index: number) => Math.max(0, Math.min(size - 1, index));
  const run = (from: Float32Array, to: Float32Array, start: number, stride: number) => {
    let sum = 0;
    for (let d = -radius; d <= radius; d += 1) sum += from[start + at(d) * stride]!;
    for (let i = 0; i < size; i += 1) {
      to[start + i * stride] = sum / width;
      sum += from[start + at(i + radius + 1) * stride]! - from[start + at(i - radius) * stride]!;
    }
  };
  for (let line = 0; line < size; line += 1) run(grey, across, line * size, 1);
  for (let line = 0; line < size; line += 1) run(across, both, line, size);
  return both;
}

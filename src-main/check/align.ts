import { after, afterInverse, isSmall, orientations, type Affine } from './affine.ts';
import { compareDetail, type DetailFit } from './detail.ts';
import { VIEW } from './head.ts';
import { discOf, type Level, type LevelName, type Pyramid, type ImageGradients } from './pyramid.ts';

/** How well two views agree once one is laid over the other. */
export interface Fit extends DetailFit {
  affine: Affine;
  /** Pearson's correlation of grey levels, −1 to 1. */
  grey: number;
}

/**
 * Whether views so laid over each other are of one scan. Chosen on twins made from real scans and on pairs looked at,
 * see docs/measurements.md.
 */
export const isTwin = ({ grey, detail, weakest, overlap }: Fit): boolean =>
  grey >= 0.8 && detail >= 0.88 && weakest >= 0.8 && overlap >= 0.6;

/** The same of views that are both twins of a third: two alterations may lie between them. */
export const mayBeTwin = ({ grey, detail, weakest, overlap }: Fit): boolean =>
  grey >= 0.7 && detail >= 0.78 && weakest >= 0.6 && overlap >= 0.6;

/**
 * The same where a miss costs more than a pair too many, between the parts of a split. Of pairs of real scans that come so far
 * and are no twins, all 12 looked at are one scan or neighbouring slices; of different made scans none does.
 */
export const isLikelyTwin = ({ grey, detail, weakest, overlap }: Fit): boolean =>
  grey >= 0.7 && detail >= 0.81 && weakest >= 0.75 && overlap >= 0.6;

/**
 * The same where one view may be without its skull: what is left of a head is smoother, and two heads are sooner alike. Of 360 drawn heads, no two
 * of which are one, the most alike come to 0.89.
 */
export const isInnerTwin = (fit: Fit): boolean => isTwin(fit) && fit.grey >= 0.92;

/** Whether two views may be of one scan that something lies over in one of them: `uncovered` tells. */
export const maybeCovered = ({ grey, detail, overlap }: Fit): boolean =>
  grey >= 0.8 && detail >= 0.7 && overlap >= 0.6;

/**
 * Whether they are, as they agree where nothing lies over either. Of real and drawn heads that are not one the most alike come to 0.94 in detail
 * so, and next slices to 0.92; copies with text across the head to 0.97 and more.
 */
export const isUncoveredTwin = ({ detail, weakest }: Fit): boolean => detail >= 0.96 && weakest >= 0.88;

/** The same where one view may be without its skull: drawn heads come to 0.967 so, or 0.954 in the weakest field; copies to 0.983 and 0.957. */
export const isUncoveredInnerTwin = ({ detail, weakest }: Fit): boolean => detail >= 0.98 && weakest >= 0.95;

/**
 * Whether views lie over each other within their limits (`limited.ts`) as those of one scan do, even if something lies over one. Of drawn heads
 * that are not one and are alike as they are, all but one of five come to less; of copies of four seeds none is lost.
 */
export const isAlikeWithin = ({ weakest }: Fit): boolean => weakest >= 0.4;

/** Of the eight flips and turns, those tried in all poses; of these, those refined; of these, those taken further. */
const [TURNS, STARTS, KEPT] = [3, 3, 2];
/** Gauss–Newton steps at most, coarse to fine. */
const STEPS = [5, 4, 4] as const;
/** Correlation of grey levels at the two coarse levels below which two views are not looked at more closely. */
const ALIKE = [0.7, 0.75] as const;
/**
 * The same of detail at the middle level, as a whole and in the worst field but one: of 99.9 % of twins, 0.87 and 0.75 and more; of such as may
 * have something over them, less.
 */
const DETAIL = { open: [0.78, 0.6], covered: [0.7, 0.4] } as const;
/** The same, from which such are not so far apart that the other way round need not be tried. */
const CLOSE = 0.5;

/** Scales, as cropping a picture or turning one that fills its frame leaves them, and rotations, degrees. */
const [SCALES, ROTATIONS] = [
  [1, 0.88, 1.14],
  [0, -10, 10],
];
const poses = SCALES.flatMap((scale) =>
  ROTATIONS.map((degrees): Affine => {
    const angle = (degrees * Math.PI) / 180;
    const [cosine, sine] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    return [cosine, -sine, 0, sine, cosine, 0];
  }),
);

/**
 * Lays `other` over `one`: all flips and quarter turns coarsely, the best of them refined to an affine map by
 * Gauss–Newton steps on finer and finer levels. (Baker and Matthews, Lucas–Kanade 20 years on, IJCV 2004: the inverse
 * compositional form, here with grey levels standardised in the overlap.)
 * @param as `covered`: what is less alike is told as well, as it lies at the middle level. @returns null when they are far from alike.
 */
export function align(one: Pyramid, other: Pyramid, as: keyof typeof DETAIL = 'open'): Fit | null {
  const byFit = (a: Refined, b: Refined) => b.fit - a.fit;
  const coarsely = (affine: Affine): Refined => ({ affine, fit: warp(one.level(0), other.level(0), affine) });
  const coarse = orientations
    .map(coarsely)
    .sort(byFit)
    .slice(0, TURNS)
    .flatMap(({ affine }) => poses.map((pose) => coarsely(after(affine, pose))))
    .sort(byFit)
    .slice(0, STARTS)
    .filter(({ fit }) => fit > 0.4)
    .map(({ affine }) => refine(one, other, 0, affine, STEPS[0]))
    .filter(({ fit }) => fit > ALIKE[0])
    .sort(byFit)
    .slice(0, KEPT);
  const starts = coarse
    .map(({ affine }) => refine(one, other, 1, affine, STEPS[1]))
    .filter(({ fit }) => fit > ALIKE[1])
    .sort(byFit);
  let found: Fit | null = null;
  // The halves of a head are alike: only the finest level tells which way round it is.
  for (const start of starts) {
    const first = compareDetail(one, other, 1, start.affine);
    if (first.detail < DETAIL[as][0] || first.weakest < DETAIL[as][1]) {
      if (as === 'covered' && first.detail >= CLOSE)
        found ??= { affine: start.affine, grey: start.fit, ...first };
      continue;
    }
    const { affine, fit } = refine(one, other, 2, start.affine, STEPS[2]);
    if (!isSmall(affine)) continue;
    const detail = compareDetail(one, other, 2, affine);
    if (!found || detail.detail > found.detail) found = { affine, grey: fit, ...detail };
  }
  return found;
}

type Refined = { affine: Affine; fit: number };

/** Steps from `start` to the map that makes the levels most alike. */
function refine(one: Pyramid, other: Pyramid, at: LevelName, start: Affine, steps: number): Refined {
  const [mine, its] = [one.level(at), other.level(at)];
  let best = { affine: start, fit: warp(mine, its, start) };
  for (let step = 0; step < steps; step += 1) {
    const change = stepFrom(mine, one.gradients(at), best.fit);
    if (!change) break;
    const affine = afterInverse(best.affine, change);
    const fit = warp(mine, its, affine);
    const gain = fit - best.fit;
    if (gain > 0) best = { affine, fit };
    if (gain < 0.0005) break;
  }
  return best;
}

/** What `warp` made last: grey levels as they lie over the other view, −1 where they don't reach. */
const values = new Float32Array(VIEW * VIEW);
/** What gives these the mean and deviation of the levels below. */
const light = new Float64Array(2);

/** Lays `other` over `one` and leaves it in `values`. @returns the correlation in the overlap; 0 if that is under half. */
function warp(one: Level, other: Level, [a, b, c, d, e, f]: Affine): number {
  const { size, grey: mine } = one;
  const its = other.grey;
  const width = size + 2;
  const half = size / 2;
  const { starts, count: n0 } = discOf(size);
  values.fill(-1, 0, size * size);
  let n = 0;
  let sum = 0;
  let squares = 0;
  let sumOne = 0;
  let squaresOne = 0;
  let product = 0;
  const low = 0.5;
  const high = size + 0.5;
  for (let row = 0; row < size; row += 1) {
    const start = starts[row]!;
    const end = size - start;
    const y = (row + 0.5) / half - 1;
    const x = (start + 0.5) / half - 1;
    // In pixels of the framed grey: half a pixel of the frame is used.
    let u = (a * x + b * y + c + 1) * half + 0.5;
    let v = (d * x + e * y + f + 1) * half + 0.5;
    let below = (row + 1) * width + 1 + start;
    let at = row * size + start;
    for (let column = start; column < end; column += 1, at += 1, below += 1, u += a, v += d) {
      if (u < low || v < low || u > high || v > high) continue;
      const column0 = u | 0;
      const row0 = v | 0;
      const part = u - column0;
      const from = row0 * width + column0;
      const upper = its[from]! + part * (its[from + 1]! - its[from]!);
      const lower = its[from + width]! + part * (its[from + width + 1]! - its[from + width]!);
      const value = upper + (v - row0) * (lower - upper);
      const here = mine[below]!;
      values[at] = value;
      n += 1;
      sum += value;
      squares += value * value;
      sumOne += here;
      squaresOne += here * here;
      product += value * here;
    }
  }
  const variance = n * squares - sum * sum;
  const varianceOne = n * squaresOne - sumOne * sumOne;
  if (n < 0.5 * n0 || variance <= 0 || varianceOne <= 0) return 0;
  const gain = Math.sqrt(varianceOne / variance);
  light[0] = gain;
  light[1] = (sumOne - gain * sum) / n;
  return (n * product - sum * sumOne) / Math.sqrt(variance * varianceOne);
}

/** How `other` lies over `one`, from where it nearly does. */
export function alignFrom(one: Pyramid, other: Pyramid, start: Affine): Fit {
  const { affine, fit } = refine(one, other, 2, start, STEPS[2]);
  return { affine, grey: fit, ...compareDetail(one, other, 2, affine) };
}

/** Grey levels of `other` as they lie over `one`, −1 where they don't reach: float32 [VIEW, VIEW]. */
export function laidOver(one: Pyramid, other: Pyramid, affine: Affine): Float32Array {
  warp(one.level(2), other.level(2), affine);
  return values.slice();
}

/** The Gauss–Newton step in the frame of `one` from what `warp` left, or null where there is none. */
function stepFrom({ size, grey }: Level, gradients: ImageGradients, fit: number): Affine | null {
  if (fit === 0 || !gradients.factor) return null;
  const width = size + 2;
  const right: Affine = [0, 0, 0, 0, 0, 0];
  const slopeX = gradients.x;
  const slopeY = gradients.y;
  const gain = light[0]!;
  const offset = light[1]!;
  const wide = 2 / size;
  const { starts } = discOf(size);
  for (let row = 0; row < size; row += 1) {
    const start = starts[row]!;
    const y = (2 * row + 1) / size - 1;
    let h = 0;
    let hx = 0;
    let v = 0;
    let vx = 0;
    let x = (2 * start + 1) / size - 1;
    let at = row * size + start;
    let here = (row + 1) * width + 1 + start;
    for (let column = start; column < size - start; column += 1, at += 1, here += 1, x += wide) {
      const value = values[at]!;
      if (value < 0) continue;
      const error = gain * value + offset - grey[here]!;
      const across = slopeX[at]! * error;
      const down = slopeY[at]! * error;
      h += across;
      hx += across * x;
      v += down;
      vx += down * x;
    }
    right[0] += hx;
    right[1] += h * y;
    right[2] += h;
    right[3] += vx;
    right[4] += v * y;
    right[5] += v;
  }
  return solve(gradients.factor, right);
}

/** Makes x of the right side of L·Lᵀ·x = right, in its place. */
function solve(l: Float64Array, x: Affine): Affine {
  for (let i = 0; i < 6; i += 1) {
    for (let k = 0; k < i; k += 1) x[i]! -= l[i * 6 + k]! * x[k]!;
    x[i]! /= l[i * 6 + i]!;
  }
  for (let i = 5; i >= 0; i -= 1) {
    for (let k = i + 1; k < 6; k += 1) x[i]! -= l[k * 6 + i]! * x[k]!;
    x[i]! /= l[i * 6 + i]!;
  }
  return x;
}

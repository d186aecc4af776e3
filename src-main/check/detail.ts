import type { Affine } from './affine.ts';
import type { Pyramid } from './pyramid.ts';

/** How well the detail of two views agrees. Correlations are Pearson's, −1 to 1. */
export interface DetailFit {
  detail: number;
  /** Correlation of the detail in the worst but one of nine fields that have any. */
  weakest: number;
  /** Share of the inside of the one head that the other view covers. */
  overlap: number;
}

/** How far from the middle of a head detail is compared: skulls are alike in different heads. */
export const INSIDE = 0.78;
/** The same in the other view, where the head may have been found a little smaller. */
export const INSIDE_OTHER = 0.85;

/** Work space, as making it anew each time has to be cleared up: for each field count, Σ one, Σ other, Σ one², Σ other², Σ one·other; and for all. */
export const detailSums = new Float64Array(9 * 6);
const whole = new Float64Array(6);

/** Correlates what two views have besides coarse light and shade: as a whole, and in a grid of nine fields. */
export function compareDetail(one: Pyramid, other: Pyramid, at: 1 | 2, affine: Affine): DetailFit {
  const [a, b, c, d, e, f] = affine;
  const mine = one.detail(at);
  const its = other.detail(at);
  const { size } = one.level(at);
  const width = size + 2;
  const half = size / 2;
  const low = 0.5;
  const high = size + 0.5;
  let inside = 0;
  detailSums.fill(0);
  const [headX, headY, headWidth, headHeight] = one.box;
  const [otherX, otherY, otherWidth, otherHeight] = other.box;
  const middle = (headX + 1) * half - 0.5;
  for (let row = 0; row < size; row += 1) {
    const y = (row + 0.5) / half - 1;
    const down = (y - headY) / headHeight;
    const reach = INSIDE * INSIDE - down * down;
    if (reach <= 0) continue;
    const wide = headWidth * Math.sqrt(reach) * half;
    const last = Math.floor(middle + wide);
    const field = 18 * Math.floor(1.5 * (down + 1));
    for (let column = Math.ceil(middle - wide); column <= last; column += 1) {
      const x = (column + 0.5) / half - 1;
      const tx = a * x + b * y + c;
      const ty = d * x + e * y + f;
      inside += 1;
      const p = (tx - otherX) / otherWidth;
      const q = (ty - otherY) / otherHeight;
      if (p * p + q * q > INSIDE_OTHER * INSIDE_OTHER) continue;
      const u = (tx + 1) * half + 0.5;
      const v = (ty + 1) * half + 0.5;
      if (u < low || v < low || u > high || v > high) continue;
      const column0 = u | 0;
      const row0 = v | 0;
      const part = u - column0;
      const from = row0 * width + column0;
      const upper = its[from]! + part * (its[from + 1]! - its[from]!);
      const lower = its[from + width]! + part * (its[from + width + 1]! - its[from + width]!);
      const there = upper + (v - row0) * (lower - upper);
      const here = mine[(row + 1) * width + column + 1]!;
      const to = field + 6 * ((1.5 * ((x - headX) / headWidth + 1)) | 0);
      detailSums[to]! += 1;
      detailSums[to + 1]! += here;
      detailSums[to + 2]! += there;
      detailSums[to + 3]! += here * here;
      detailSums[to + 4]! += there * there;
      detailSums[to + 5]! += here * there;
    }
  }
  return detailFit(inside);
}

/** What `detailSums` come to. @param inside how many pixels are inside the one head. */
export function detailFit(inside: number): DetailFit {
  whole.fill(0);
  for (let i = 0; i < detailSums.length; i += 1) whole[i % 6]! += detailSums[i]!;
  return { detail: pearson(whole, 0), weakest: weakestOf(), overlap: whole[0]! / inside };
}

function weakestOf(): number {
  const enough = whole[3]! / 40;
  const correlations = [];
  for (let from = 0; from < detailSums.length; from += 6)
    if (detailSums[from + 3]! > enough) correlations.push(pearson(detailSums, from));
  correlations.sort((a, b) => a - b);
  return correlations[1] ?? correlations[0] ?? 0;
}

function pearson(of: Float64Array, at: number): number {
  const n = of[at]!;
  const a = of[at + 1]!;
  const b = of[at + 2]!;
  const variance = (n * of[at + 3]! - a * a) * (n * of[at + 4]! - b * b);
  return variance > 0 ? (n * of[at + 5]! - a * b) / Math.sqrt(variance) : 0;
}

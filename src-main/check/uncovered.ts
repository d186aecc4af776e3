import { laidOver, type Fit } from './align.ts';
import { boxBlur } from './blur.ts';
import { detailFit, detailSums, INSIDE, INSIDE_OTHER } from './detail.ts';
import { VIEW } from './head.ts';
import type { Pyramid } from './pyramid.ts';

/** Pixels farther off than so many times as most are covered, but no more of them than this share. */
const [FAR, MOST] = [3.7, 0.25];
/** How often the line through the grey levels of both views is drawn anew without what is covered. */
const ROUNDS = 3;

/**
 * How well two views agree where nothing lies over either, such as text across a head: of the pixels those are left out that are farthest
 * from the line which most of them lie on (Rousseeuw and Leroy, Robust regression and outlier detection, 1987: least trimmed squares, here by
 * the median of what is off). Other heads differ nearly everywhere, and a little: what is left of them agrees as little as before.
 * @param fit how `other` lies over `one`. @param limits grey levels up to which pixels of each are where the line is drawn first: much brighter
 * ones would turn it so far that it does not come back. @returns the same of what is left.
 */
export function uncovered(
  one: Pyramid,
  other: Pyramid,
  fit: Fit,
  [limit, limitThere]: readonly [one: number, other: number] = [255, 255],
): Fit {
  const mine = one.level(2).grey;
  const its = laidOver(one, other, fit.affine);
  const here = new Float32Array(VIEW * VIEW);
  for (let y = 0, at = 0; y < VIEW; y += 1)
    for (let x = 0; x < VIEW; x += 1, at += 1) here[at] = mine[(y + 1) * (VIEW + 2) + x + 1]!;
  const inside = insideBoth(one, other, fit, its);
  const off = new Float32Array(inside.length);
  let most = Infinity;
  let line = { gain: 1, offset: 0, grey: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    line = lineThrough(here, its, inside, (k) =>
      round === 0 ? here[inside[k]!]! <= limit && its[inside[k]!]! <= limitThere : off[k]! <= most,
    );
    for (let k = 0; k < off.length; k += 1)
      off[k] = Math.abs(here[inside[k]!]! - line.gain * its[inside[k]!]! - line.offset);
    const sorted = off.toSorted();
    most = Math.max(FAR * sorted[sorted.length >> 1]!, sorted[Math.floor((1 - MOST) * sorted.length)]!);
  }
  const there = here.slice();
  for (let at = 0; at < there.length; at += 1) {
    if (its[at]! < 0) continue;
    there[at] = line.gain * its[at]! + line.offset;
    // What lies over one of them is no surroundings of what is beside it either.
    if (Math.abs(here[at]! - there[at]!) > most) here[at] = there[at]!;
  }
  const open = inside.filter((_, k) => off[k]! <= most);
  const { detail, weakest } = compareOpen(one, open, { here, there });
  return { affine: fit.affine, grey: line.grey, detail, weakest, overlap: fit.overlap };
}

/** The line that makes one view's grey levels of the other's, by means and deviations, and Pearson's correlation of both. */
function lineThrough(
  here: Float32Array,
  there: Float32Array,
  places: Uint16Array,
  isMeant: (k: number) => boolean,
): { gain: number; offset: number; grey: number } {
  const sums = [0, 0, 0, 0, 0, 0] as [number, number, number, number, number, number];
  for (let k = 0; k < places.length; k += 1) {
    if (!isMeant(k)) continue;
    const [a, b] = [here[places[k]!]!, there[places[k]!]!];
    sums[0] += 1;
    sums[1] += a;
    sums[2] += b;
    sums[3] += a * a;
    sums[4] += b * b;
    sums[5] += a * b;
  }
  const [n, a, b, aa, bb, ab] = sums;
  const [variance, varianceThere] = [n * aa - a * a, n * bb - b * b];
  if (variance <= 0 || varianceThere <= 0) return { gain: 1, offset: 0, grey: 0 };
  const gain = Math.sqrt(variance / varianceThere);
  return { gain, offset: (a - gain * b) / n, grey: (n * ab - a * b) / Math.sqrt(variance * varianceThere) };
}

/** Where a pixel of a view lies, −1 to 1. */
const placeOf = (at: number): [x: number, y: number] => [
  (2 * (at % VIEW) + 1) / VIEW - 1,
  (2 * Math.floor(at / VIEW) + 1) / VIEW - 1,
];

/** Pixels of `one` that lie within both heads, as `compareDetail` has them: the background beside them is alike in any two. */
function insideBoth(one: Pyramid, other: Pyramid, { affine }: Fit, its: Float32Array): Uint16Array {
  const [a, b, c, d, e, f] = affine;
  const isIn = ([x, y, width, height]: Pyramid['box'], u: number, v: number, reach: number) =>
    ((u - x) / width) ** 2 + ((v - y) / height) ** 2 <= reach * reach;
  const inside = new Uint16Array(VIEW * VIEW);
  let count = 0;
  for (let at = 0; at < inside.length; at += 1) {
    if (its[at]! < 0) continue;
    const x = (2 * (at % VIEW) + 1) / VIEW - 1;
    const y = (2 * Math.floor(at / VIEW) + 1) / VIEW - 1;
    if (!isIn(one.box, x, y, INSIDE)) continue;
    if (isIn(other.box, a * x + b * y + c, d * x + e * y + f, INSIDE_OTHER)) inside[count++] = at;
  }
  return inside.slice(0, count);
}

type Levels = Record<'here' | 'there', Float32Array>;

/** As `compareDetail`, of what is open, on the pixels of `one`. */
function compareOpen({ box }: Pyramid, open: Uint16Array, { here, there }: Levels) {
  const [mine, its] = [detailOf(here), detailOf(there)];
  const [headX, headY, headWidth, headHeight] = box;
  detailSums.fill(0);
  for (const at of open) {
    const [x, y] = placeOf(at);
    const [across, down] = [(x - headX) / headWidth, (y - headY) / headHeight];
    const to = 18 * Math.floor(1.5 * (down + 1)) + 6 * Math.floor(1.5 * (across + 1));
    detailSums[to]! += 1;
    detailSums[to + 1]! += mine[at]!;
    detailSums[to + 2]! += its[at]!;
    detailSums[to + 3]! += mine[at]! * mine[at]!;
    detailSums[to + 4]! += its[at]! * its[at]!;
    detailSums[to + 5]! += mine[at]! * its[at]!;
  }
  return detailFit(open.length);
}

/** What is left of levels without their surroundings, as a pyramid's detail. */
function detailOf(levels: Float32Array): Float32Array {
  const wide = boxBlur(boxBlur(levels, VIEW, 2), VIEW, 2);
  return levels.map((value, at) => value - wide[at]!);
}

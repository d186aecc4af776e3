import { greySquareOf } from './grey-square.ts';

/** Which values a pixel of the result is made of along one axis, and their weights, 4096 in all. */
interface Axis {
  /** Values of each pixel, an odd number. */
  taps: number;
  /** The first of them; it may lie before the edge, and the last past the other: the edge's own value stands there. */
  from: Int32Array;
  /** [pixels, taps] */
  weights: Int16Array;
}

/** Where libvips first shrinks by whole pixels, which is not done here. */
const MOST = 4;
/** Fractions of a pixel that weights are made for, and the weights' sum. */
const PHASES = 64;
const WHOLE = 4096;

/** As libvips rounds: halves to the even number. */
const rint = (value: number): number => {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

/** Weights of a triangle as wide as the shrinking asks, in fixed-point numbers as libvips' `reduceh` and `reducev` make them. */
function axisOf(size: number, side: number): Axis {
  const shrink = 1 / (1 / (size / side));
  const taps = 2 * rint(shrink) + 1;
  const masks = Array.from({ length: PHASES + 1 }, (_, phase) => {
    const middle = phase / PHASES + taps / 2 - 1;
    const shares = Array.from({ length: taps }, (__, i) => Math.max(0, 1 - Math.abs((i - middle) / shrink)));
    const sum = shares.reduce((all, share) => all + share, 0);
    return shares.map((share) => Math.trunc((share / sum) * WHOLE));
  });
  const from = new Int32Array(side);
  const weights = new Int16Array(side * taps);
  let at = 0.5 * shrink - 0.5 - ((1 + side * shrink - size) / 2 - 1);
  for (let k = 0; k < side; k += 1, at += shrink) {
    from[k] = Math.trunc(at) - (taps >> 1);
    const phase = ((Math.trunc(at * 2 * PHASES) & (2 * PHASES - 1)) + 1) >> 1;
    weights.set(masks[phase]!, k * taps);
  }
  return { taps, from, weights };
}

/** Most pictures of a dataset have a few sizes. */
const axes = new Map<string, Axis>();
const MOST_AXES = 64;

function knownAxis(size: number, side: number): Axis {
  const key = `${size} ${side}`;
  const known = axes.get(key);
  if (known) return known;
  if (axes.size >= MOST_AXES) axes.clear();
  const axis = axisOf(size, side);
  axes.set(key, axis);
  return axis;
}

const HALF = WHOLE / 2;
const SHIFT = 12;

/** Work space: sums of a row, and a row with its edges' values on both sides. */
let sums = new Int32Array(0);
let row = new Uint8Array(0);

/**
 * Grey levels on a smaller square, the same to the bit as `greySquareOf` gives for a picture whose channels are equal, in a
 * fifth of the time: starting libvips takes longer than the work.
 * @param grey uint8 [height, width]. @param side of the square, pixels.
 * @returns uint8 [side, side]; null for sizes that are not done here.
 */
export function reduced(grey: Uint8Array, width: number, height: number, side: number): Uint8Array | null {
  if (Math.min(width, height) < side || Math.max(width, height) >= MOST * side) return null;
  const [across, down] = [knownAxis(width, side), knownAxis(height, side)];
  const margin = MOST + 1;
  if (sums.length < width) sums = new Int32Array(width);
  if (row.length < width + 2 * margin) row = new Uint8Array(width + 2 * margin);
  const out = new Uint8Array(side * side);
  for (let y = 0; y < side; y += 1) {
    downwards(grey, width, height, down, y, margin);
    row.fill(row[margin]!, 0, margin);
    row.fill(row[margin + width - 1]!, margin + width, 2 * margin + width);
    along(row, margin, across, out, y * side, side);
  }
  return out;
}

/** Fills `row` with what the rows around one of the square's come to, three at a time as more would not stay in registers. */
function downwards(
  grey: Uint8Array,
  width: number,
  height: number,
  { taps, from, weights }: Axis,
  y: number,
  margin: number,
): void {
  let [first, last] = [0, taps - 1];
  while (first < last && weights[y * taps + first] === 0) first += 1;
  while (last > first && weights[y * taps + last] === 0) last -= 1;
  const weight = (tap: number) => (tap <= last ? weights[y * taps + tap]! : 0);
  const start = (tap: number) => Math.max(0, Math.min(height - 1, from[y]! + tap)) * width;
  for (let tap = first; tap <= last; tap += 3) {
    const [one, two, three] = [weight(tap), weight(tap + 1), weight(tap + 2)];
    let [a, b, c] = [start(tap), start(tap + 1), start(tap + 2)];
    if (tap === first && tap + 3 > last)
      for (let x = margin; x < margin + width; x += 1)
        row[x] = (one * grey[a++]! + two * grey[b++]! + three * grey[c++]! + HALF) >> SHIFT;
    else if (tap === first)
      for (let x = 0; x < width; x += 1)
        sums[x] = one * grey[a++]! + two * grey[b++]! + three * grey[c++]! + HALF;
    else if (tap + 3 <= last)
      for (let x = 0; x < width; x += 1) sums[x]! += one * grey[a++]! + two * grey[b++]! + three * grey[c++]!;
    else
      for (let x = 0; x < width; x += 1)
        row[margin + x] = (sums[x]! + one * grey[a++]! + two * grey[b++]! + three * grey[c++]!) >> SHIFT;
  }
}

/** One row of the square. */
function along(
  from: Uint8Array,
  margin: number,
  { taps, from: firsts, weights }: Axis,
  out: Uint8Array,
  to: number,
  side: number,
): void {
  for (let x = 0, k = 0; x < side; x += 1, k += taps) {
    const at = margin + firsts[x]!;
    let sum =
      weights[k]! * from[at]! + weights[k + 1]! * from[at + 1]! + weights[k + 2]! * from[at + 2]! + HALF;
    if (taps > 3) sum += weights[k + 3]! * from[at + 3]! + weights[k + 4]! * from[at + 4]!;
    for (let tap = 5; tap < taps; tap += 1) sum += weights[k + tap]! * from[at + tap]!;
    out[to + x] = sum >> SHIFT;
  }
}

/** The one channel of a picture whose channels are equal, else null. @param pixels uint8 RGB [height, width, 3]. */
export function singleChannel(pixels: Uint8Array): Uint8Array | null {
  const grey = new Uint8Array(pixels.length / 3);
  for (let at = 0, to = 0; to < grey.length; at += 3, to += 1) {
    const value = pixels[at]!;
    if (value !== pixels[at + 1] || value !== pixels[at + 2]) return null;
    grey[to] = value;
  }
  return grey;
}

/**
 * Whether `reduced` gives what the sharp of this machine gives: looked at once a process, on noise. A later sharp may
 * resize otherwise; then everything is left to it.
 */
export const reducesAlike: () => Promise<boolean> = (() => {
  let answer: Promise<boolean> | undefined;
  return () => (answer ??= compare());
})();

async function compare(): Promise<boolean> {
  for (const [width, height, side] of [
    [211, 208, 160],
    [389, 500, 128],
  ] as const) {
    let state = 1;
    const grey = Uint8Array.from({ length: width * height }, () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state >> 16;
    });
    const pixels = new Uint8Array(3 * grey.length);
    grey.forEach((value, at) => pixels.fill(value, 3 * at, 3 * at + 3));
    const own = reduced(grey, width, height, side);
    if (own === null || Buffer.compare(own, await greySquareOf(pixels, width, height, side)) !== 0)
      return false;
  }
  return true;
}

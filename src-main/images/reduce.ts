import { greySquareOf } from './grey-square.ts';
import { kernels, pixelLoops } from './kernels.ts';

/** The input values of each output pixel along one axis, and their weights, 4096 in all. */
interface Axis {
  /** This many values are first averaged. */
  shrink: number;
  /** Values per pixel, an odd number. */
  taps: number;
  /** The first of them; it may lie before the edge, and the last beyond the other: the edge's own value is used there. */
  from: Int32Array;
  /** [pixels, taps] */
  weights: Int16Array;
}

/** Subpixel phases for which weights are made, and the weights' sum. */
const PHASES = 64;
const WHOLE = 4096;
/** libvips' tiles begin at multiples of this many pixels. */
const TILE = 16;
/** Largest picture that is copied into the kernels' memory, pixels; larger ones are rare, and memory is never returned. */
export const MOST_PIXELS = 2 ** 22;

/** As libvips rounds: ties to even. */
const rint = (value: number): number => {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

const phaseAt = (at: number): number => ((Math.trunc(at * 2 * PHASES) & (2 * PHASES - 1)) + 1) >> 1;

/**
 * Weights of a triangle as wide as the reduction requires, in fixed point as in libvips' `reduceh` and `reducev`, after these have
 * shrunk by integer factors to no less than twice the size.
 * @returns null if rounding would matter: libvips works in tiles, whose start affects positions.
 */
function axisOf(size: number, side: number): Axis | null {
  const whole = 1 / (1 / (size / side));
  const factor = Math.max(1, Math.floor(size / side / 2));
  const shrink = whole / factor;
  const taps = 2 * rint(shrink) + 1;
  const masks: Int16Array[] = [];
  const maskOf = (phase: number) => (masks[phase] ??= mask(phase));
  const mask = (phase: number) => {
    const middle = phase / PHASES + taps / 2 - 1;
    const shares = new Float64Array(taps);
    let sum = 0;
    for (let i = 0; i < taps; i += 1) sum += shares[i] = Math.max(0, 1 - Math.abs((i - middle) / shrink));
    return Int16Array.from(shares, (share) => Math.trunc((share / sum) * WHOLE));
  };
  const from = new Int32Array(side);
  const phases = new Uint8Array(side);
  const weights = new Int16Array(side * taps);
  const place = (k: number) => (k + 0.5) * shrink - 0.5 - ((1 + (side * whole - size) / factor) / 2 - 1);
  for (let k = 0, at = place(0); k < side; k += 1, at += shrink) {
    from[k] = Math.trunc(at) - (taps >> 1);
    phases[k] = phaseAt(at);
    weights.set(maskOf(phases[k]!), k * taps);
  }
  // Wherever a tile begins, positions from there on must be the same.
  for (let begin = TILE; factor > 1 && begin < side; begin += TILE)
    for (let k = begin, at = place(begin); k < side; k += 1, at += shrink) {
      const phase = phaseAt(at);
      const alike = phase === phases[k] || areEqual(maskOf(phase), maskOf(phases[k]!));
      if (!alike || from[k] !== Math.trunc(at) - (taps >> 1)) return null;
    }
  return { shrink: factor, taps, from, weights };
}

const areEqual = (one: Int16Array, other: Int16Array): boolean =>
  one.every((weight, i) => weight === other[i]);

/** Most pictures of a dataset have one of a few sizes. */
const axes = new Map<string, Axis | null>();
const MOST_AXES = 1024;

function knownAxis(size: number, side: number): Axis | null {
  const key = `${size} ${side}`;
  const known = axes.get(key);
  if (known !== undefined) return known;
  if (axes.size >= MOST_AXES) axes.clear();
  const axis = axisOf(size, side);
  axes.set(key, axis);
  return axis;
}

/** Rounded up to a multiple of 16, for the kernels. */
const up = (size: number): number => (size + 15) & ~15;

/** Reduces the rows of a channel. @param from uint8 [height, size] in the kernels' memory. @returns uint8 [side, size]. */
function fewerRows(from: number, size: number, height: number, axis: Axis): number {
  const { shrink, taps, from: firsts, weights } = axis;
  let [rows, at] = [height, from];
  if (shrink > 1) {
    rows = Math.ceil(height / shrink);
    at = pixelLoops.room(rows * size);
    kernels.shrink(from, size, height, shrink, at);
  }
  const to = pixelLoops.room(firsts.length * size);
  const bytes = ({ buffer, byteOffset, byteLength }: Int32Array | Int16Array) =>
    pixelLoops.placed(new Uint8Array(buffer, byteOffset, byteLength));
  kernels.reduce(at, size, rows, bytes(firsts), bytes(weights), taps, firsts.length, to);
  return to;
}

function transposed(from: number, size: number, height: number): number {
  const to = pixelLoops.room(size * height);
  kernels.transpose(from, size, height, to);
  return to;
}

/**
 * A channel reduced to a smaller square, bit-identical to `greySquareOf` for a picture with equal channels, in a small part of the
 * time: starting libvips takes longer than the work.
 * @param channel uint8 [height, width] in the kernels' memory. @param side of the square, pixels: a multiple of 16.
 * @returns address of uint8 [side, side]; null for unsupported sizes: enlarging is left to libvips.
 */
export function greySquareAt(channel: number, width: number, height: number, side: number): number | null {
  if (Math.min(width, height) < side || width * height > MOST_PIXELS) return null;
  const [across, down] = [knownAxis(width, side), knownAxis(height, side)];
  if (across === null || down === null) return null;
  const size = up(width);
  let rows = channel;
  if (size !== width) {
    rows = pixelLoops.room(size * height);
    kernels.widen(channel, width, height, size, rows);
  }
  const columns = transposed(fewerRows(rows, size, height, down), size, side);
  return transposed(fewerRows(columns, side, width, across), side, side);
}

/** Linear light of each sRGB level, and the level of each 255th of that, rounded as in libvips (IEC 61966-2-1). */
const f = Math.fround;
const linear = Float32Array.from({ length: 256 }, (_, level) => {
  const share = f(level / 255);
  return share <= 0.04045 ? share / f(12.92) : Math.pow(f(f(share + f(0.055)) / f(1.055)), f(2.4));
});
const levels = Int32Array.from({ length: 257 }, (_, at) => {
  const light = f(Math.min(at, 255) / 255);
  const share = f(f(1.055) * f(Math.pow(light, f(1 / f(2.4)))));
  return rint(f(255 * (light <= 0.0031308 ? f(f(12.92) * light) : f(share - f(0.055)))));
});

/** Each channel as by `greySquareAt`. @param rgb uint8 [height, width, 3] in the kernels' memory. */
function squaresAt(
  rgb: number,
  width: number,
  height: number,
  side: number,
): [number, number, number] | null {
  const squares: number[] = [];
  for (const channel of [0, 1, 2]) {
    const at = pixelLoops.room(width * height);
    kernels.channel(rgb + channel, width * height, at);
    const square = greySquareAt(at, width, height, side);
    if (square === null) return null;
    squares.push(square);
  }
  return squares as [number, number, number];
}

/** As `greySquareAt`, for a picture in colour. @param rgb uint8 [height, width, 3] in the kernels' memory. */
export function colouredSquareAt(rgb: number, width: number, height: number, side: number): number | null {
  const squares = squaresAt(rgb, width, height, side);
  if (squares === null) return null;
  const tables = [linear, levels].map(({ buffer }) => pixelLoops.placed(new Uint8Array(buffer)));
  const to = pixelLoops.room(side * side);
  kernels.luminance(...squares, side * side, tables[0]!, tables[1]!, to);
  return to;
}

/**
 * A colour picture reduced to a smaller square, bit-identical to libvips.
 * @param pixels uint8 RGB [height, width, 3]. @param side as for `greySquareAt`. @returns uint8 [side, side, 3]; null as for
 *   `greySquareAt`.
 */
export async function reducedPicture(
  pixels: Uint8Array,
  width: number,
  height: number,
  side: number,
): Promise<Uint8Array | null> {
  if (side % 16 !== 0 || Math.min(width, height) < side || width * height > MOST_PIXELS) return null;
  if (!(await reducesAlike())) return null;
  pixelLoops.free();
  const rgb = pixelLoops.placed(pixels);
  const grey = pixelLoops.room(width * height);
  let squares: [number, number, number] | null;
  if (kernels.single(rgb, width * height, grey) === 0) squares = squaresAt(rgb, width, height, side);
  else {
    const one = greySquareAt(grey, width, height, side);
    squares = one === null ? null : [one, one, one];
  }
  if (squares === null) return null;
  const to = pixelLoops.room(3 * side * side);
  kernels.interleave(...squares, side * side, to);
  return pixelLoops.lent(to, 3 * side * side).slice();
}

/** The same for a channel in ordinary memory. @param grey uint8 [height, width]. @returns uint8 [side, side]. */
export const reduced = alone(greySquareAt);

/** The same for a picture in colour. @param pixels uint8 RGB [height, width, 3]. @returns uint8 [side, side]. */
export const reducedColours = alone(colouredSquareAt);

function alone(squareAt: typeof greySquareAt) {
  return (pixels: Uint8Array, width: number, height: number, side: number): Uint8Array | null => {
    if (width * height > MOST_PIXELS) return null;
    pixelLoops.free();
    const square = squareAt(pixelLoops.placed(pixels), width, height, side);
    return square === null ? null : pixelLoops.lent(square, side * side).slice();
  };
}

/** The one channel of a picture whose channels are equal, otherwise null. @param pixels uint8 RGB [height, width, 3]. */
export function singleChannel(pixels: Uint8Array): Uint8Array | null {
  const grey = new Uint8Array(pixels.length / 3);
  // In pieces, so that the memory need not hold all of a large picture.
  for (let from = 0; from < grey.length; from += MOST_PIXELS) {
    const count = Math.min(MOST_PIXELS, grey.length - from);
    pixelLoops.free();
    const to = pixelLoops.room(count);
    if (!kernels.single(pixelLoops.placed(pixels.subarray(3 * from, 3 * (from + count))), count, to))
      return null;
    grey.set(pixelLoops.lent(to, count), from);
  }
  return grey;
}

/**
 * Whether `reduced` equals this machine's sharp: tested once per process, on noise. A later sharp may resize differently; then
 * everything is left to it.
 */
export const reducesAlike: () => Promise<boolean> = (() => {
  let answer: Promise<boolean> | undefined;
  return () => (answer ??= compare());
})();

async function compare(): Promise<boolean> {
  let state = 1;
  for (const [width, height, side] of [
    [208, 163, 160],
    [131, 530, 128],
  ] as const) {
    const pixels = new Uint8Array(3 * width * height);
    for (let at = 0; at < pixels.length; at += 1) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      pixels[at] = state >> 16;
    }
    const [own, theirs] = [
      reducedColours(pixels, width, height, side),
      await greySquareOf(pixels, width, height, side),
    ];
    if (own === null || Buffer.compare(own, theirs) !== 0) return false;
  }
  return true;
}

import type { Box } from './affine.ts';
import { blur3, boxBlur } from './blur.ts';
import { VIEW, type View } from './head.ts';
import { cholesky } from './linear.ts';

/** Coarse to fine: a quarter of the view's side, half of it, all of it. */
export type LevelName = 0 | 1 | 2;

/** A picture at one resolution. */
export interface Level {
  size: number;
  /** float32 [size + 2, size + 2]: grey levels, with the edge repeated around them. */
  grey: Float32Array;
}

/** What a level needs for others to be moved over it. */
export interface Slopes {
  /** float32 [size, size]: change of grey a unit. */
  x: Float32Array;
  y: Float32Array;
  /** Of the Gauss–Newton matrix: the lower triangle of Cholesky's L·Lᵀ; null for a level without slopes. */
  factor: Float64Array | null;
}

/** A view, ready to be laid over others; each part is made when it is first asked for. */
export class Pyramid {
  /** Where the head lies in it. */
  readonly box: Box;
  readonly #pixels: Uint8Array;
  readonly #levels: (Level | undefined)[] = [];
  readonly #slopes: (Slopes | undefined)[] = [];
  readonly #details: (Float32Array | undefined)[] = [];

  constructor({ pixels, box }: View) {
    this.box = box;
    this.#pixels = pixels;
  }

  level(at: LevelName): Level {
    return (this.#levels[at] ??=
      at === 2 ? framed(blur3(this.#pixels, VIEW), VIEW) : halve(this.level((at + 1) as LevelName)));
  }

  slopes(at: LevelName): Slopes {
    return (this.#slopes[at] ??= slopesOf(this.level(at)));
  }

  /** float32 [size + 2, size + 2]: a level less its surroundings, with the edge repeated around it. */
  detail(at: 1 | 2): Float32Array {
    return (this.#details[at] ??= detailOf(this.level(at)));
  }
}

/** Puts a frame of one pixel around it that repeats its edge: what lies between pixels needs no limits then. */
function framed(inner: Float32Array, size: number): Level {
  const width = size + 2;
  const grey = new Float32Array(width * width);
  for (let y = 0; y < size; y += 1) {
    const to = (y + 1) * width;
    grey.set(inner.subarray(y * size, (y + 1) * size), to + 1);
    grey[to] = grey[to + 1]!;
    grey[to + size + 1] = grey[to + size]!;
  }
  grey.copyWithin(0, width, 2 * width);
  grey.copyWithin((size + 1) * width, size * width, (size + 1) * width);
  return { size, grey };
}

function halve({ size, grey }: Level): Level {
  const half = size / 2;
  const width = size + 2;
  const smaller = new Float32Array(half * half);
  for (let y = 0; y < half; y += 1)
    for (let x = 0; x < half; x += 1) {
      const at = (2 * y + 1) * width + 2 * x + 1;
      smaller[y * half + x] = (grey[at]! + grey[at + 1]! + grey[at + width]! + grey[at + width + 1]!) / 4;
    }
  return framed(smaller, half);
}

/** Views are laid over each other by what is this near the middle: the corners differ once a picture is turned. */
const DISC = 0.95;
const discs = new Map<number, { starts: Uint8Array; count: number }>();
/** Of each row of a level, the first column inside the disc that views are compared in, and the disc's pixels. */
export function discOf(size: number): { starts: Uint8Array; count: number } {
  const known = discs.get(size);
  if (known) return known;
  const starts = Uint8Array.from({ length: size }, (_, row) => {
    const y = (2 * row + 1) / size - 1;
    return Math.ceil(((1 - Math.sqrt(Math.max(0, DISC * DISC - y * y))) * size) / 2 - 0.5);
  });
  const made = { starts, count: starts.reduce((sum, start) => sum + size - 2 * start, 0) };
  discs.set(size, made);
  return made;
}

function slopesOf({ size, grey }: Level): Slopes {
  const width = size + 2;
  const x = new Float32Array(size * size);
  const y = new Float32Array(size * size);
  const { starts } = discOf(size);
  // Σ over the disc of products of two of: slope across and down, times 1, u, v, u², u·v, v² of their place (u, v).
  const [xx, xy, yy] = [new Float64Array(6), new Float64Array(6), new Float64Array(6)];
  for (let row = 0; row < size; row += 1) {
    const sums = new Float64Array(9);
    const start = starts[row]!;
    for (let column = start; column < size - start; column += 1) {
      const at = (row + 1) * width + column + 1;
      // Central differences; a pixel is 2 / size wide.
      const across = ((grey[at + 1]! - grey[at - 1]!) * size) / 4;
      const down = ((grey[at + width]! - grey[at - width]!) * size) / 4;
      x[row * size + column] = across;
      y[row * size + column] = down;
      const u = (2 * column + 1) / size - 1;
      addPowers(sums, 0, across * across, u);
      addPowers(sums, 3, across * down, u);
      addPowers(sums, 6, down * down, u);
    }
    const v = (2 * row + 1) / size - 1;
    [xx, xy, yy].forEach((moments, product) => {
      const [one, u, uu] = sums.subarray(3 * product, 3 * product + 3) as unknown as [number, number, number];
      [one, u, one * v, uu, u * v, one * v * v].forEach((sum, i) => {
        moments[i]! += sum;
      });
    });
  }
  const hessian = new Float64Array(36);
  // The lower triangle: rows and columns belong to across·u, across·v, across, down·u, down·v, down.
  [xx, xy, yy].forEach(([one, u, v, uu, uv, vv], block) => {
    const [fromRow, fromColumn] = [block === 0 ? 0 : 3, block === 2 ? 3 : 0];
    [uu, uv, u, uv, vv, v, u, v, one].forEach((sum, i) => {
      hessian[(fromRow + Math.floor(i / 3)) * 6 + fromColumn + (i % 3)] = sum!;
    });
  });
  return { x, y, factor: cholesky(hessian, 6) };
}

/** What is left of a level once it is blurred twice by a box of 5 × 5 pixels and that is taken away. */
function detailOf({ size, grey }: Level): Float32Array {
  const width = size + 2;
  const inner = new Float32Array(size * size);
  for (let y = 0; y < size; y += 1)
    inner.set(grey.subarray((y + 1) * width + 1, (y + 1) * width + 1 + size), y * size);
  const wide = boxBlur(boxBlur(inner, size, 2), size, 2);
  for (let at = 0; at < inner.length; at += 1) inner[at]! -= wide[at]!;
  return framed(inner, size).grey;
}

/** Adds value, value · u and value · u². */
function addPowers(sums: Float64Array, at: number, value: number, u: number): void {
  sums[at]! += value;
  sums[at + 1]! += value * u;
  sums[at + 2]! += value * u * u;
}

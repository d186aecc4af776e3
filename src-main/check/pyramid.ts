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
export interface ImageGradients {
  /** float32 [size, size]: change of grey a unit, inside the disc of `discOf`. */
  x: Float32Array;
  y: Float32Array;
  /** Of the Gauss–Newton matrix: the lower triangle of Cholesky's L·Lᵀ; null for a level without gradients. */
  factor: Float64Array | null;
}

/** A part of a pyramid: its memory, which stays, and whether what is in it is of the view now shown. */
interface Part<Content> {
  content: Content;
  isMade: boolean;
}

/** A view, ready to be laid over others; each part is made when it is first asked for. */
export class Pyramid {
  /** Where the head lies in it. */
  box: Box = [0, 0, 1, 1];
  #pixels: Uint8Array = new Uint8Array(0);
  readonly #levels: Part<Level>[] = [];
  readonly #gradients: Part<ImageGradients>[] = [];
  readonly #details: Part<Float32Array>[] = [];

  constructor(view: View) {
    this.show(view);
  }

  /** Takes another view into the same memory. */
  show({ pixels, box }: View): void {
    this.#pixels = pixels;
    this.box = box;
    for (const parts of [this.#levels, this.#gradients, this.#details])
      for (const part of parts) if (part) part.isMade = false;
  }

  level(at: LevelName): Level {
    const part = (this.#levels[at] ??= { content: emptyLevel(VIEW >> (2 - at)), isMade: false });
    if (!part.isMade) {
      if (at === 2) putFramed(blur3(this.#pixels, VIEW), part.content);
      else halve(this.level((at + 1) as LevelName), part.content);
      part.isMade = true;
    }
    return part.content;
  }

  gradients(at: LevelName): ImageGradients {
    const part = (this.#gradients[at] ??= { content: emptyGradients(VIEW >> (2 - at)), isMade: false });
    if (!part.isMade) {
      putGradients(this.level(at), part.content);
      part.isMade = true;
    }
    return part.content;
  }

  /** float32 [size + 2, size + 2]: a level less its surroundings, with the edge repeated around it. */
  detail(at: 1 | 2): Float32Array {
    const level = this.level(at);
    const part = (this.#details[at] ??= { content: new Float32Array((level.size + 2) ** 2), isMade: false });
    if (!part.isMade) {
      putDetail(level, part.content);
      part.isMade = true;
    }
    return part.content;
  }
}

const emptyLevel = (size: number): Level => ({ size, grey: new Float32Array((size + 2) ** 2) });
const emptyGradients = (size: number): ImageGradients => ({
  x: new Float32Array(size * size),
  y: new Float32Array(size * size),
  factor: null,
});

/** Puts a frame of one pixel around it that repeats its edge: what lies between pixels needs no limits then. */
function putFramed(inner: Float32Array, { size, grey }: Level): void {
  const width = size + 2;
  for (let y = 0, from = 0; y < size; y += 1) {
    const to = (y + 1) * width;
    for (let x = 1; x <= size; x += 1, from += 1) grey[to + x] = inner[from]!;
  }
  putFrame(grey, size);
}

function putFrame(grey: Float32Array, size: number): void {
  const width = size + 2;
  for (let row = width; row < width * (size + 1); row += width) {
    grey[row] = grey[row + 1]!;
    grey[row + size + 1] = grey[row + size]!;
  }
  grey.copyWithin(0, width, 2 * width);
  grey.copyWithin((size + 1) * width, size * width, (size + 1) * width);
}

function halve({ size, grey }: Level, smaller: Level): void {
  const width = size + 2;
  const half = smaller.size;
  for (let y = 0; y < half; y += 1)
    for (let x = 0; x < half; x += 1) {
      const at = (2 * y + 1) * width + 2 * x + 1;
      smaller.grey[(y + 1) * (half + 2) + x + 1] =
        (grey[at]! + grey[at + 1]! + grey[at + width]! + grey[at + width + 1]!) / 4;
    }
  putFrame(smaller.grey, half);
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

/** Σ over a row of across², across · down and down², each times 1, u and u² of its place. */
const rowSums = new Float64Array(9);

function putGradients({ size, grey }: Level, gradients: ImageGradients): void {
  const width = size + 2;
  const { starts } = discOf(size);
  // The same over the disc, times 1, u, v, u², u·v and v².
  const [xx, xy, yy] = [new Float64Array(6), new Float64Array(6), new Float64Array(6)];
  for (let row = 0; row < size; row += 1) {
    rowSums.fill(0);
    const start = starts[row]!;
    for (let column = start; column < size - start; column += 1) {
      const at = (row + 1) * width + column + 1;
      // Central differences; a pixel is 2 / size wide.
      const across = ((grey[at + 1]! - grey[at - 1]!) * size) / 4;
      const down = ((grey[at + width]! - grey[at - width]!) * size) / 4;
      gradients.x[row * size + column] = across;
      gradients.y[row * size + column] = down;
      const u = (2 * column + 1) / size - 1;
      addPowers(0, across * across, u);
      addPowers(3, across * down, u);
      addPowers(6, down * down, u);
    }
    const v = (2 * row + 1) / size - 1;
    addRow(xx, 0, v);
    addRow(xy, 3, v);
    addRow(yy, 6, v);
  }
  // The lower triangle: rows and columns belong to across·u, across·v, across, down·u, down·v, down.
  const hessian = new Float64Array(36);
  [xx, xy, yy].forEach(([one, u, v, uu, uv, vv], block) => {
    const [fromRow, fromColumn] = [block === 0 ? 0 : 3, block === 2 ? 3 : 0];
    [uu, uv, u, uv, vv, v, u, v, one].forEach((sum, i) => {
      hessian[(fromRow + Math.floor(i / 3)) * 6 + fromColumn + (i % 3)] = sum!;
    });
  });
  gradients.factor = cholesky(hessian, 6);
}

function addPowers(at: number, value: number, u: number): void {
  rowSums[at]! += value;
  rowSums[at + 1]! += value * u;
  rowSums[at + 2]! += value * u * u;
}

function addRow(moments: Float64Array, at: number, v: number): void {
  const one = rowSums[at]!;
  const u = rowSums[at + 1]!;
  moments[0]! += one;
  moments[1]! += u;
  moments[2]! += one * v;
  moments[3]! += rowSums[at + 2]!;
  moments[4]! += u * v;
  moments[5]! += one * v * v;
}

/** Work space: a level without its frame, and what is around each pixel of it. */
const [inner, wide] = [new Float32Array(VIEW * VIEW), new Float32Array(VIEW * VIEW)];

/** What is left of a level once it is blurred twice by a box of 5 × 5 pixels and that is taken away. */
function putDetail({ size, grey }: Level, detail: Float32Array): void {
  const width = size + 2;
  const [mine, around] = [inner.subarray(0, size * size), wide.subarray(0, size * size)];
  for (let y = 0, to = 0; y < size; y += 1)
    for (let at = (y + 1) * width + 1; at < (y + 1) * width + 1 + size; at += 1, to += 1)
      mine[to] = grey[at]!;
  boxBlur(boxBlur(mine, size, 2, around), size, 2, around);
  for (let at = 0; at < mine.length; at += 1) mine[at]! -= around[at]!;
  putFramed(mine, { size, grey: detail });
}

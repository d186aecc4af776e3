import { SQUARE } from '../images/derivatives.ts';
import type { Box } from './affine.ts';

export { SQUARE };

/** Side of a view, pixels. */
export const VIEW = 56;

/** A picture as it is compared. */
export interface View {
  /** uint8 [VIEW, VIEW]. */
  pixels: Uint8Array;
  /** Where the head lies in it. */
  box: Box;
}

/** Where the foreground lies in a square, pixels; an edge is one past the last. */
interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A head that comes closer than this to all four edges of its frame, as a share of it, fills it. */
const FILLED = 0.04;

/**
 * One or two views of a picture, stretched to a square. The first is what is in it apart from its background, so that
 * pictures that were resized, padded or had their background cut off come out alike, whatever their brightness. The
 * second is the whole frame, unless the head fills it: where background and head can't be told apart any more (darks
 * cut off, or a raised background turned in black corners) two pictures are still alike as they are.
 * @param grey uint8 [SQUARE, SQUARE]. @returns none for a picture with nothing in it.
 */
export function viewsOf(grey: Uint8Array): View[] {
  const [low, high] = levels(grey);
  if (high - low < 8) return [];
  // Relative to the background, which is not black once a picture was brightened.
  const bounds = boundsOf(grey, low + 0.15 * (high - low));
  const { left, top, right, bottom } = bounds;
  const frame = () => stretch(grey, { left: 0, top: 0, right: SQUARE, bottom: SQUARE });
  const tooSmall = bottom - top < SQUARE / 8 || right - left < SQUARE / 8;
  if (tooSmall) return [{ pixels: frame(), box: [0, 0, 1, 1] }];
  const head: View = { pixels: stretch(grey, bounds), box: [0, 0, 1, 1] };
  if (Math.max(left, top, SQUARE - right, SQUARE - bottom) < FILLED * SQUARE) return [head];
  const box: Box = [
    (left + right) / SQUARE - 1,
    (top + bottom) / SQUARE - 1,
    (right - left) / SQUARE,
    (bottom - top) / SQUARE,
  ];
  return [head, { pixels: frame(), box }];
}

/** Grey levels that 5 % and 99 % of the pixels do not exceed. */
function levels(grey: Uint8Array): [number, number] {
  const counts = new Uint32Array(256);
  for (let at = 0; at < grey.length; at += 1) counts[grey[at]!]! += 1;
  const level = (share: number) => {
    let left = share * grey.length;
    for (let value = 0; value < 256; value += 1) {
      left -= counts[value]!;
      if (left <= 0) return value;
    }
    return 255;
  };
  return [level(0.05), level(0.99)];
}

function boundsOf(grey: Uint8Array, threshold: number): Bounds {
  const rows = new Uint16Array(SQUARE);
  const columns = new Uint16Array(SQUARE);
  for (let y = 0; y < SQUARE; y += 1)
    for (let x = 0; x < SQUARE; x += 1)
      if (grey[y * SQUARE + x]! > threshold) {
        rows[y]! += 1;
        columns[x]! += 1;
      }
  const [top, bottom] = extent(rows);
  const [left, right] = extent(columns);
  return { left, top, right, bottom };
}

/** First and one past the last line in which more than a speck is foreground. */
function extent(counts: Uint16Array): [number, number] {
  const speck = 0.05 * SQUARE;
  const first = counts.findIndex((count) => count > speck);
  return first < 0 ? [0, 0] : [first, counts.findLastIndex((count) => count > speck) + 1];
}

/** The mean of 3 × 3 samples a pixel, taken between those of the picture: along rows, then along columns. */
function stretch(grey: Uint8Array, { left, top, right, bottom }: Bounds): Uint8Array {
  const { from: columns, past: pastColumns } = samplesOf(left, right - left);
  const { from: rows, past: pastRows } = samplesOf(top, bottom - top);
  const narrow = new Float32Array(SQUARE * VIEW);
  for (let y = rows[0]!; y <= rows[3 * VIEW - 1]! + 1; y += 1)
    for (let u = 0, k = 0; u < VIEW; u += 1) {
      let sum = 0;
      for (let i = 0; i < 3; i += 1, k += 1) {
        const at = y * SQUARE + columns[k]!;
        sum += grey[at]! + pastColumns[k]! * (grey[at + 1]! - grey[at]!);
      }
      narrow[y * VIEW + u] = sum;
    }
  const view = new Uint8Array(VIEW * VIEW);
  for (let v = 0; v < VIEW; v += 1)
    for (let u = 0; u < VIEW; u += 1) {
      let sum = 0;
      for (let k = 3 * v; k < 3 * v + 3; k += 1) {
        const at = rows[k]! * VIEW + u;
        sum += narrow[at]! + pastRows[k]! * (narrow[at + VIEW]! - narrow[at]!);
      }
      view[v * VIEW + u] = Math.round(sum / 9);
    }
  return view;
}

/** Three samples for each pixel of a view along one axis: the picture's pixel before each, and how far past it. */
function samplesOf(start: number, size: number): { from: Uint8Array; past: Float32Array } {
  const from = new Uint8Array(3 * VIEW);
  const past = new Float32Array(3 * VIEW);
  for (let k = 0; k < 3 * VIEW; k += 1) {
    const at = Math.max(0, Math.min(SQUARE - 1, start + ((k + 0.5) * size) / (3 * VIEW) - 0.5));
    from[k] = Math.min(SQUARE - 2, Math.floor(at));
    past[k] = at - from[k]!;
  }
  return { from, past };
}

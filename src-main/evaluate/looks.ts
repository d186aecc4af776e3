/** What is seen of a picture without a network, on the pixels that a network gets. */
export type Look = {
  /** Where its brightness lies, at the border and in the whole, how alike its halves are, how sharp it is. */
  measures: number[];
  /** Share of the pixels that have a colour, 0 to 1. */
  coloured: number;
  /** Mean size of the Laplacian against the spread of brightness, as a logarithm. */
  sharpness: number;
  /** Share of the border, a sixteenth of the side wide, that is bright against the picture's brightest. */
  border: number;
};

/** Channels further apart than this are colour, not what JPEG makes of grey: as the shortcut check has it. */
const COLOUR = 24;
const LEVELS = 8;

/** Channels of a pixel add up to this at most. */
const MOST = 3 * 255;
/** Work space: the sum of each pixel's channels. */
let sums = new Uint16Array(0);

/** @param pixels uint8 [side, side, 3]. */
export function lookAt(pixels: Uint8Array, side: number): Look {
  const n = side * side;
  if (sums.length < n) sums = new Uint16Array(n);
  const counts = new Uint32Array(MOST + 1);
  let coloured = 0;
  for (let i = 0, at = 0; i < n; i += 1, at += 3) {
    const r = pixels[at]!;
    const g = pixels[at + 1]!;
    const b = pixels[at + 2]!;
    if ((r !== g || r !== b) && Math.max(r, g, b) - Math.min(r, g, b) > COLOUR) coloured += 1;
    const sum = r + g + b;
    sums[i] = sum;
    counts[sum]! += 1;
  }
  let [apart, bends] = [0, 0];
  for (let row = 0; row < n; row += side)
    for (let one = row, other = row + side - 1; one < other; one += 1, other -= 1)
      apart += 2 * Math.abs(sums[one]! - sums[other]!);
  for (let row = side; row < n - side; row += side)
    for (let at = row + 1; at < row + side - 1; at += 1)
      bends += Math.abs(4 * sums[at]! - sums[at - 1]! - sums[at + 1]! - sums[at - side]! - sums[at + side]!);
  const levels = new Array<number>(LEVELS).fill(0);
  counts.forEach((count, sum) => (levels[Math.floor((LEVELS * sum) / (3 * 256))]! += count));
  const { deviation } = spreadOf(counts, n);
  const sharpness = Math.log(1 + bends / 3 / (side - 2) ** 2 / (1 + deviation));
  const ring = ringOf(side, brightest(counts, n));
  return {
    measures: [
      sharpness,
      ring.mean / 50,
      ring.deviation / 50,
      ...levels.map((count) => (3 * count) / n),
      apart / 3 / n / 30,
    ],
    coloured: coloured / n,
    sharpness,
    border: ring.bright,
  };
}

/** Mean and standard deviation of the level, 0 to 255. @param counts of pixels by the sum of their channels. */
function spreadOf(counts: Uint32Array, n: number): { mean: number; deviation: number } {
  let [all, squares] = [0, 0];
  counts.forEach((count, sum) => {
    all += count * sum;
    squares += count * sum * sum;
  });
  const mean = all / 3 / n;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / 9 / n - mean ** 2)) };
}

/** The whole level that a twentieth of the pixels exceed. */
function brightest(counts: Uint32Array, n: number): number {
  let above = 0;
  for (let sum = MOST; sum > 2; sum -= 1) if ((above += counts[sum]!) >= n / 20) return Math.floor(sum / 3);
  return 0;
}

/** Of the pixels whose sums are at hand, those at the border. */
function ringOf(side: number, top: number) {
  const width = Math.max(1, side >> 4);
  const counts = new Uint32Array(MOST + 1);
  let [count, bright] = [0, 0];
  for (let y = 0; y < side; y += 1) {
    const isWithin = y >= width && y < side - width;
    for (let x = 0; x < side; x += 1) {
      if (isWithin && x === width) x = side - width;
      const sum = sums[y * side + x]!;
      counts[sum]! += 1;
      count += 1;
      if (sum > 0.75 * top) bright += 1;
    }
  }
  return { ...spreadOf(counts, count), bright: bright / count };
}

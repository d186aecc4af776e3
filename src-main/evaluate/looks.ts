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

/** @param pixels uint8 [side, side, 3]. */
export function lookAt(pixels: Uint8Array, side: number): Look {
  const n = side * side;
  const grey = new Float32Array(n);
  const levels = new Float64Array(LEVELS);
  const counts = new Uint32Array(256);
  let [coloured, sum, squares, apart] = [0, 0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const [r, g, b] = [pixels[3 * i]!, pixels[3 * i + 1]!, pixels[3 * i + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > COLOUR) coloured += 1;
    const level = (r + g + b) / 3;
    grey[i] = level;
    levels[Math.min(LEVELS - 1, Math.floor((LEVELS * level) / 256))]! += 1;
    counts[Math.floor(level)]! += 1;
    sum += level;
    squares += level * level;
  }
  for (let y = 0; y < side; y += 1)
    for (let x = 0; 2 * x < side; x += 1)
      apart += 2 * Math.abs(grey[y * side + x]! - grey[y * side + side - 1 - x]!);
  let bends = 0;
  for (let y = 1; y < side - 1; y += 1)
    for (let x = 1; x < side - 1; x += 1) {
      const at = y * side + x;
      bends += Math.abs(4 * grey[at]! - grey[at - 1]! - grey[at + 1]! - grey[at - side]! - grey[at + side]!);
    }
  const deviation = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  const sharpness = Math.log(1 + bends / (side - 2) ** 2 / (1 + deviation));
  const ring = ringOf(grey, side, brightest(counts, n));
  return {
    measures: [
      sharpness,
      ring.mean / 50,
      ring.deviation / 50,
      ...Array.from(levels, (count) => (3 * count) / n),
      apart / n / 30,
    ],
    coloured: coloured / n,
    sharpness,
    border: ring.bright,
  };
}

/** The level that a twentieth of the pixels exceed. */
function brightest(counts: Uint32Array, n: number): number {
  let above = 0;
  for (let level = 255; level > 0; level -= 1) if ((above += counts[level]!) >= n / 20) return level;
  return 0;
}

function ringOf(grey: Float32Array, side: number, top: number) {
  const width = Math.max(1, side >> 4);
  let [count, sum, squares, bright] = [0, 0, 0, 0];
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      if (x === width && y >= width && y < side - width) x = side - width;
      const level = grey[y * side + x]!;
      count += 1;
      sum += level;
      squares += level * level;
      if (level > 0.25 * top) bright += 1;
    }
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean ** 2)), bright: bright / count };
}

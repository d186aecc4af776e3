/** A picture's appearance, measured without a network on the pixels that the network gets. */
export type Appearance = {
  /**
   * Brightness at the border and overall, symmetry and sharpness; then measures on a coarse grid, which earlier versions of Falx
   * lack.
   */
  measures: number[];
  /** Share of the pixels that have a colour, 0 to 1. */
  coloured: number;
  /** Logarithm of the mean absolute Laplacian relative to the spread of brightness. */
  sharpness: number;
  /** Share of the border (a sixteenth of the side wide) that is bright relative to the picture's brightest. */
  border: number;
};

/** Channels further apart than this are colour, not JPEG noise on grey: as in the shortcut check. */
const COLOUR = 24;
const LEVELS = 8;

/** Largest sum of a pixel's channels. */
const MOST = 3 * 255;
/** Scratch buffer: the sum of each pixel's channels. */
let sums = new Uint16Array(0);

/** @param pixels uint8 [side, side, 3]. */
export function appearanceOf(pixels: Uint8Array, side: number): Appearance {
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
      ...onGrid(gridOf(side)),
    ],
    coloured: coloured / n,
    sharpness,
    border: ring.bright,
  };
}

/** Mean and standard deviation of brightness, 0 to 255. @param counts of pixels by the sum of their channels. */
function spreadOf(counts: Uint32Array, n: number): { mean: number; deviation: number } {
  let [all, squares] = [0, 0];
  counts.forEach((count, sum) => {
    all += count * sum;
    squares += count * sum * sum;
  });
  const mean = all / 3 / n;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / 9 / n - mean ** 2)) };
}

/** The brightness, rounded down, that a twentieth of the pixels exceed. */
const brightest = (counts: Uint32Array, n: number): number => Math.floor(topOf(counts, n) / 3);

/** Statistics of the border pixels, from `sums`. */
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

/** Side of the coarse grid to which every picture is reduced, whatever its size. */
const GRID = 64;
/** Width of a ring around the centre, in cells, and number of rings, up to near the corners. */
const [RING, RINGS] = [4, 11];

/** The mean brightness of each cell of the grid, from `sums`. @returns float32 [GRID, GRID]. */
function gridOf(side: number): Float32Array {
  const grid = new Float32Array(GRID * GRID);
  const start = (cell: number) => Math.floor((cell * side) / GRID);
  const end = (cell: number) => Math.max(start(cell) + 1, start(cell + 1));
  for (let row = 0; row < GRID; row += 1)
    for (let column = 0; column < GRID; column += 1) {
      const [from, to, below] = [start(column), end(column), end(row)];
      let sum = 0;
      for (let y = start(row); y < below; y += 1)
        for (let x = from; x < to; x += 1) sum += sums[y * side + x]!;
      grid[row * GRID + column] = sum / 3 / ((to - from) * (below - start(row)));
    }
  return grid;
}

/** Detail at four scales, flat and steep areas, symmetry, rings around the centre, and the picture as 4 × 4 means. */
function onGrid(grid: Float32Array): number[] {
  const n = grid.length;
  const { deviation } = momentsOf(grid, 1);
  const spread = deviation + 1;
  const counts = new Uint32Array(256);
  for (let at = 0; at < n; at += 1) counts[Math.floor(grid[at]!)]! += 1;
  const top = topOf(counts, n) + 1;
  const scales: number[] = [];
  for (let [size, cells] = [GRID, grid]; size >= 8; [size, cells] = [size / 2, halved(cells, size)]) {
    let [all, squares] = [0, 0];
    for (let row = size; row < size * (size - 1); row += size)
      for (let at = row + 1; at < row + size - 1; at += 1) {
        const bend = 4 * cells[at]! - cells[at - 1]! - cells[at + 1]! - cells[at - size]! - cells[at + size]!;
        all += Math.abs(bend);
        squares += bend * bend;
      }
    const within = (size - 2) ** 2;
    scales.push(Math.log1p(all / within / spread), Math.log1p(Math.sqrt(squares / within) / spread));
  }
  // The outermost cells have no gradient.
  let [even, gentle, steep] = [4 * (GRID - 1), 4 * (GRID - 1), 0];
  let [across, down] = [0, 0];
  for (let row = 0; row < GRID; row += 1)
    for (let column = 0; column < GRID; column += 1) {
      const at = row * GRID + column;
      across += Math.abs(grid[at]! - grid[row * GRID + GRID - 1 - column]!);
      down += Math.abs(grid[at]! - grid[(GRID - 1 - row) * GRID + column]!);
      if (Math.min(row, column) === 0 || Math.max(row, column) === GRID - 1) continue;
      const slope = (grid[at + 1]! - grid[at - 1]!) ** 2 + (grid[at + GRID]! - grid[at - GRID]!) ** 2;
      if (slope < 2 ** 2) even += 1;
      if (slope < 8 ** 2) gentle += 1;
      if (slope > 60 ** 2) steep += 1;
    }
  const rings = ringPlaces.map((places) => momentsOf(grid, top, places));
  let small = grid;
  for (let size = GRID; size > 4; size /= 2) small = halved(small, size);
  return [
    ...scales,
    ...[even / n, gentle / n, steep / n],
    ...[across / n / spread, down / n / spread],
    ...rings.map(({ mean }) => mean),
    ...rings.map((ring) => ring.deviation),
    ...Array.from(small, (level) => level / top),
  ];
}

/** The cells of each ring. */
const ringPlaces: readonly Uint16Array[] = Array.from({ length: RINGS }, (_, ring) =>
  Uint16Array.from({ length: GRID * GRID }, (_, at) => at).filter((at) => {
    const radius = Math.hypot((at % GRID) + 0.5 - GRID / 2, Math.floor(at / GRID) + 0.5 - GRID / 2);
    return Math.floor(radius / RING) === ring;
  }),
);
const everyCell: Uint16Array = Uint16Array.from({ length: GRID * GRID }, (_, at) => at);

/** Mean and deviation over some of the grid's cells, in multiples of `unit`. */
function momentsOf(
  grid: Float32Array,
  unit: number,
  places: Uint16Array = everyCell,
): { mean: number; deviation: number } {
  let [all, squares] = [0, 0];
  for (let i = 0; i < places.length; i += 1) {
    const value = grid[places[i]!]! / unit;
    all += value;
    squares += value * value;
  }
  const mean = all / places.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / places.length - mean ** 2)) };
}

/** Means of 2 × 2 cells. @param cells [size, size]. */
function halved(cells: Float32Array, size: number): Float32Array {
  const half = size / 2;
  const means = new Float32Array(half * half);
  for (let row = 0, to = 0; row < half; row += 1)
    for (let at = 2 * row * size, end = at + size; at < end; at += 2, to += 1)
      means[to] = (cells[at]! + cells[at + 1]! + cells[at + size]! + cells[at + size + 1]!) / 4;
  return means;
}

/** The largest level, or sum, that at least a twentieth of n reach. @param counts of each level. */
function topOf(counts: Uint32Array, n: number): number {
  let above = 0;
  for (let level = counts.length - 1; level > 0; level -= 1)
    if ((above += counts[level]!) >= n / 20) return level;
  return 0;
}

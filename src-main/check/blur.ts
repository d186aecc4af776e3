/** Work space of one blur at a time. */
let scratch = new Float32Array(0);
const scratchOf = (size: number): Float32Array => {
  if (scratch.length < size * size) scratch = new Float32Array(size * size);
  return scratch;
};

/** Weights 1 2 1 each way, edges repeated: evens out what resizing does to single pixels. */
export function blur3(grey: Uint8Array, size: number): Float32Array {
  const across = scratchOf(size);
  const both = new Float32Array(size * size);
  const last = size - 1;
  for (let from = 0; from < size * size; from += size) {
    across[from] = (3 * grey[from]! + grey[from + 1]!) / 4;
    for (let at = from + 1; at < from + last; at += 1)
      across[at] = (grey[at - 1]! + 2 * grey[at]! + grey[at + 1]!) / 4;
    across[from + last] = (grey[from + last - 1]! + 3 * grey[from + last]!) / 4;
  }
  for (let y = 0; y < size; y += 1) {
    const above = y === 0 ? 0 : -size;
    const below = y === last ? 0 : size;
    for (let at = y * size; at < (y + 1) * size; at += 1)
      both[at] = (across[at + above]! + 2 * across[at]! + across[at + below]!) / 4;
  }
  return both;
}

/** The mean of (2 · radius + 1)² pixels, edges repeated, by running sums. */
export function boxBlur(grey: ArrayLike<number>, size: number, radius: number): Float32Array {
  const width = 2 * radius + 1;
  const across = scratchOf(size);
  const both = new Float32Array(size * size);
  const last = size - 1;
  const run = (from: ArrayLike<number>, to: Float32Array, start: number, stride: number) => {
    let sum = (radius + 1) * from[start]!;
    for (let d = 1; d <= radius; d += 1) sum += from[start + d * stride]!;
    for (let i = 0; i < size; i += 1) {
      to[start + i * stride] = sum / width;
      const next = Math.min(last, i + radius + 1);
      const gone = Math.max(0, i - radius);
      sum += from[start + next * stride]! - from[start + gone * stride]!;
    }
  };
  for (let line = 0; line < size; line += 1) run(grey, across, line * size, 1);
  for (let line = 0; line < size; line += 1) run(across, both, line, size);
  return both;
}

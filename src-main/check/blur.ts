/** Work space of one blur at a time. */
let scratch = new Float32Array(0);
const scratchOf = (size: number): Float32Array => {
  if (scratch.length < size * size) scratch = new Float32Array(size * size);
  return scratch;
};

let columnSums = new Float64Array(0);
const sumsOf = (size: number): Float64Array => {
  if (columnSums.length < size) columnSums = new Float64Array(size);
  return columnSums;
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

/** The mean of (2 · radius + 1)² pixels, edges repeated, by running sums. @param to float32 [size, size], which may be `grey`. */
export function boxBlur(
  grey: ArrayLike<number>,
  size: number,
  radius: number,
  to = new Float32Array(size * size),
): Float32Array {
  const width = 2 * radius + 1;
  const across = scratchOf(size);
  // One kind of numbers for the loops, whichever kind was given.
  to.set(grey);
  const last = size - 1;
  for (let start = 0; start < size * size; start += size) {
    let sum = (radius + 1) * to[start]!;
    for (let d = 1; d <= radius; d += 1) sum += to[start + d]!;
    for (let i = 0; i < size; i += 1) {
      across[start + i] = sum / width;
      const next = Math.min(last, i + radius + 1);
      const gone = Math.max(0, i - radius);
      sum += to[start + next]! - to[start + gone]!;
    }
  }
  // The same down each column, row by row, as they lie in the memory.
  const sums = sumsOf(size);
  for (let x = 0; x < size; x += 1) {
    sums[x] = (radius + 1) * across[x]!;
    for (let d = 1; d <= radius; d += 1) sums[x]! += across[x + d * size]!;
  }
  for (let y = 0; y < size; y += 1) {
    const next = Math.min(last, y + radius + 1) * size;
    const gone = Math.max(0, y - radius) * size;
    for (let x = 0, at = y * size; x < size; x += 1, at += 1) {
      const sum = sums[x]!;
      to[at] = sum / width;
      sums[x] = sum + (across[next + x]! - across[gone + x]!);
    }
  }
  return to;
}

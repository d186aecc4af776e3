/** Side of the grey squares that twins are looked for in, and of the head cut out of them, pixels. */
export const SQUARE = 160;
export const HEAD = 64;

/**
 * What is in a picture apart from its background, stretched to a square: pictures that were resized, padded or had
 * their background cut off come out alike, whatever their brightness.
 * @param grey uint8 [SQUARE, SQUARE]. @returns uint8 [HEAD, HEAD], or null for a picture with nothing in it.
 */
export function cutHead(grey: Uint8Array): Uint8Array | null {
  const [low, high] = levels(grey);
  if (high - low < 8) return null;
  // Relative to the background, which is not black once a picture was brightened.
  const threshold = low + 0.15 * (high - low);
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
  if (bottom - top < SQUARE / 8 || right - left < SQUARE / 8) return null;
  return stretch(grey, left, top, right - left, bottom - top);
}

/** Grey levels that 5 % and 99 % of the pixels do not exceed. */
function levels(grey: Uint8Array): [number, number] {
  const counts = new Uint32Array(256);
  for (const value of grey) counts[value]! += 1;
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

/** First and one past the last line in which more than a speck is foreground. */
function extent(counts: Uint16Array): [number, number] {
  const speck = 0.05 * SQUARE;
  const first = counts.findIndex((count) => count > speck);
  return first < 0 ? [0, 0] : [first, counts.findLastIndex((count) => count > speck) + 1];
}

/** The mean of 3 × 3 samples a pixel. */
function stretch(grey: Uint8Array, left: number, top: number, width: number, height: number): Uint8Array {
  const fine = 3 * HEAD;
  const sums = new Float32Array(HEAD * HEAD);
  for (let v = 0; v < fine; v += 1) {
    const y = clamp(top + ((v + 0.5) * height) / fine - 0.5);
    const y0 = Math.min(SQUARE - 2, Math.floor(y));
    for (let u = 0; u < fine; u += 1) {
      const x = clamp(left + ((u + 0.5) * width) / fine - 0.5);
      const x0 = Math.min(SQUARE - 2, Math.floor(x));
      const at = y0 * SQUARE + x0;
      const [fx, fy] = [x - x0, y - y0];
      const above = grey[at]! * (1 - fx) + grey[at + 1]! * fx;
      const below = grey[at + SQUARE]! * (1 - fx) + grey[at + SQUARE + 1]! * fx;
      sums[Math.floor(v / 3) * HEAD + Math.floor(u / 3)]! += above * (1 - fy) + below * fy;
    }
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / 9));
}

const clamp = (value: number): number => Math.max(0, Math.min(SQUARE - 1, value));

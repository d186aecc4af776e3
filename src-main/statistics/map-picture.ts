/** A map of evidence as an overlay picture for a scan. */

/**
 * Colour scale from no evidence to the most: lightness rises monotonically, so that it can be read with colour blindness and in
 * print; none of the colours is a grey that a scan has.
 */
const ramp: readonly (readonly [at: number, red: number, green: number, blue: number])[] = [
  [0, 40, 20, 110],
  [0.25, 115, 30, 135],
  [0.5, 195, 55, 95],
  [0.75, 240, 125, 30],
  [1, 250, 235, 110],
];

/** @param t 0 to 1. @returns red, green, blue, 0 to 255. */
export function mapColour(t: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, t));
  const upper = Math.max(
    1,
    ramp.findIndex(([from]) => from >= at),
  );
  const [low, high] = [ramp[upper - 1]!, ramp[upper]!];
  const part = (at - low[0]) / (high[0] - low[0]);
  const mixed = (channel: 1 | 2 | 3) => Math.round(low[channel] + part * (high[channel] - low[channel]));
  return [mixed(1), mixed(2), mixed(3)];
}

/**
 * Bilinear interpolation between the centres of the cells, constant beyond the outermost ones.
 * @param values [height · width], row by row. @returns float32 [rows · columns].
 */
export function enlargedMap(
  values: ArrayLike<number>,
  { height, width }: { height: number; width: number },
  rows: number,
  columns = rows,
): Float32Array {
  const made = new Float32Array(rows * columns);
  const across = betweenCells(width, columns);
  const down = betweenCells(height, rows);
  for (let y = 0; y < rows; y += 1) {
    const [top, bottom, v] = down[y]!;
    for (let x = 0; x < columns; x += 1) {
      const [left, right, u] = across[x]!;
      const above = (1 - u) * values[top * width + left]! + u * values[top * width + right]!;
      const below = (1 - u) * values[bottom * width + left]! + u * values[bottom * width + right]!;
      made[y * columns + x] = (1 - v) * above + v * below;
    }
  }
  return made;
}

function betweenCells(cells: number, pixels: number): [before: number, after: number, share: number][] {
  return Array.from({ length: pixels }, (_, i) => {
    const at = Math.min(cells - 1, Math.max(0, ((i + 0.5) * cells) / pixels - 0.5));
    const before = Math.floor(at);
    return [before, Math.min(cells - 1, before + 1), at - before];
  });
}

/**
 * Evidence for the class, from none (transparent) to the map's maximum; evidence against it is transparent.
 * @returns RGBA, uint8 [side, side, 4].
 */
export function mapPicture(
  values: ArrayLike<number>,
  size: { height: number; width: number },
  side: number,
): Uint8ClampedArray<ArrayBuffer> {
  const enlarged = enlargedMap(values, size, side);
  const most = mostOf(values);
  const rgba = new Uint8ClampedArray(side * side * 4);
  if (most <= 0) return rgba;
  enlarged.forEach((value, at) => {
    const t = Math.max(0, value) / most;
    rgba.set([...mapColour(t), 255 * Math.min(1, 1.25 * t)], 4 * at);
  });
  return rgba;
}

/** The maximum evidence in a map; 0 if there is none for the class. */
export function mostOf(values: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < values.length; at += 1) most = Math.max(most, values[at]!);
  return most;
}

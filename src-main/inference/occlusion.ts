/**
 * How covering parts of a scan changes the answer. Zeiler and Fergus, 2014, arXiv:1311.2901; windows, their clipping at the edge
 * and the mean over all that cover a position as in Captum's `Occlusion`.
 */

export interface OcclusionPlan {
  /** Side of the picture, pixels. */
  side: number;
  /** Side of the covered square, pixels: twice the step. */
  window: number;
  /** Distance between two window positions, pixels: the side of a cell of the map. */
  step: number;
  /** Window positions along a side. */
  places: number;
  /** Cells of the map along a side. */
  cells: number;
}

/** Windows as wide as the side divided by `across`, moved by half of that. @param side of the picture, pixels. */
export function occlusionPlan(side: number, across = 8): OcclusionPlan {
  const step = Math.max(1, Math.round(side / (2 * across)));
  const window = 2 * step;
  return {
    side,
    window,
    step,
    places: 1 + Math.ceil(Math.max(0, side - window) / step),
    cells: Math.ceil(side / step),
  };
}

/**
 * Copies the picture with one window covered by the picture's mean colour: black would look like the background around a head, or
 * like a cavity.
 * @param pixels uint8 [side, side, 3]. @param into uint8 [side, side, 3].
 */
export function cover(
  pixels: Uint8Array,
  mean: readonly number[],
  { side, window, step, places }: OcclusionPlan,
  place: number,
  into: Uint8Array,
): void {
  into.set(pixels);
  const [top, left] = [Math.floor(place / places) * step, (place % places) * step];
  for (let y = top; y < Math.min(side, top + window); y += 1)
    for (let x = left; x < Math.min(side, left + window); x += 1) into.set(mean, (y * side + x) * 3);
}

/** The mean of each channel, rounded. @param pixels uint8 [side, side, 3]. */
export function meanColour(pixels: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (let at = 0; at < pixels.length; at += 1) sums[at % 3]! += pixels[at]!;
  return sums.map((sum) => Math.round(sum / (pixels.length / 3)));
}

/**
 * @param drops how much the logit fell with the window at each position, [places · places].
 * @returns float32 [cells, cells]: the mean over the windows that covered the cell.
 */
export function occlusionMap(drops: ArrayLike<number>, { places, cells }: OcclusionPlan): Float32Array {
  const sums = new Float64Array(cells * cells);
  const covered = new Uint32Array(cells * cells);
  for (let place = 0; place < places * places; place += 1) {
    const [top, left] = [Math.floor(place / places), place % places];
    for (let y = top; y < Math.min(cells, top + 2); y += 1)
      for (let x = left; x < Math.min(cells, left + 2); x += 1) {
        sums[y * cells + x]! += drops[place]!;
        covered[y * cells + x]! += 1;
      }
  }
  return Float32Array.from(sums, (sum, cell) => sum / Math.max(1, covered[cell]!));
}

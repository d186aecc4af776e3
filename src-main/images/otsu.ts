import type { Window } from './window.ts';

const BINS = 256;

/**
 * The value that best separates dark from bright: the largest between-class variance. Source: N. Otsu, "A threshold selection
 * method from gray-level histograms", 1979.
 * @param window the range of values; those beyond count as its ends. @param step samples every `step`th value.
 */
export function otsu(values: ArrayLike<number>, { low, high }: Window, step = 1): number {
  const counts = new Float64Array(BINS);
  const scale = high > low ? BINS / (high - low) : 0;
  let total = 0;
  for (let index = 0; index < values.length; index += step) {
    const value = values[index]!;
    if (Number.isNaN(value)) continue;
    counts[Math.max(0, Math.min(BINS - 1, Math.floor((value - low) * scale)))]! += 1;
    total += 1;
  }
  const sum = counts.reduce((all, count, bin) => all + count * bin, 0);
  let [below, sumBelow, best, threshold] = [0, 0, -1, 0];
  for (let bin = 0; bin < BINS - 1; bin += 1) {
    below += counts[bin]!;
    sumBelow += counts[bin]! * bin;
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const apart = sumBelow / below - (sum - sumBelow) / above;
    const variance = below * above * apart * apart;
    if (variance > best) [best, threshold] = [variance, bin + 1];
  }
  return low + (threshold * (high - low)) / BINS;
}

import type { Slice } from './slices.ts';

/**
 * Stretches the axis whose voxels are longer, by linear interpolation between their centres, so that they become square; constant
 * beyond the outermost centres.
 */
export function withSquareVoxels(slice: Slice): Slice {
  const [x, y] = slice.spacing;
  const least = Math.min(x, y);
  const width = Math.round((slice.width * x) / least);
  const height = Math.round((slice.height * y) / least);
  if (width === slice.width && height === slice.height) return slice;
  const { channels } = slice;
  const values = new Float64Array(width * height * channels);
  const across = Array.from({ length: width }, (_, to) => between(to, slice.width / width, slice.width));
  const down = Array.from({ length: height }, (_, to) => between(to, slice.height / height, slice.height));
  let to = 0;
  for (const row of down) {
    for (const column of across) {
      for (let channel = 0; channel < channels; channel += 1) {
        const at = (r: number, c: number) => slice.values[(r * slice.width + c) * channels + channel]!;
        const upper = mix(at(row.before, column.before), at(row.before, column.after), column.share);
        const lower = mix(at(row.after, column.before), at(row.after, column.after), column.share);
        values[to++] = mix(upper, lower, row.share);
      }
    }
  }
  return { width, height, channels, values, spacing: [least, least] };
}

/** The two of the old axis's `count` positions between which position `to` of the stretched axis lies. */
function between(to: number, scale: number, count: number): { before: number; after: number; share: number } {
  const place = Math.max(0, Math.min(count - 1, (to + 0.5) * scale - 0.5));
  const before = Math.floor(place);
  return { before, after: Math.min(before + 1, count - 1), share: place - before };
}

/** Only the first value at 0: NaN in the second must not spread. */
const mix = (first: number, second: number, share: number) =>
  share === 0 ? first : first * (1 - share) + second * share;

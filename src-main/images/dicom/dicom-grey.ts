import type { Preprocessing } from '../../contract/settings.ts';
import { between, ranksOf } from '../../statistics/quantiles.ts';
import { percentileWindow, type Window } from '../window.ts';
import type { DataSet } from './data-set.ts';
import type { ImagePixel } from './image-pixel.ts';
import { measured, type Modality } from './modality.ts';
import type { Samples } from './samples.ts';
import { tags } from './tags.ts';
import { displayed, type Voi } from './voi.ts';

/** Stored values that mark where there is no picture (PS3.3, C.7.5.1.1.2); null if the file has no such value. */
export type Padding = { least: number; largest: number } | null;

export function paddingOf(set: DataSet, signed: boolean): Padding {
  const vr = signed ? 'SS' : 'US';
  const value = set.number(tags.PixelPaddingValue, vr);
  if (value === null) return null;
  const limit = set.number(tags.PixelPaddingRangeLimit, vr) ?? value;
  return { least: Math.min(value, limit), largest: Math.max(value, limit) };
}

/**
 * 8-bit grey: stored values → modality LUT or rescale → VOI → 0…255 → MONOCHROME1 inverted last. Without a VOI, or on request, the
 * window lies between percentiles, without padding. 8-bit pictures without a VOI are unchanged.
 * @returns uint8 [pixels].
 */
export function greyLevels(
  samples: Samples,
  image: ImagePixel,
  { modality, voi, padding }: { modality: Modality; voi: Voi | null; padding: Padding },
  window: Preprocessing['window'],
): Uint8Array {
  const inverted = image.photometric === 'MONOCHROME1';
  const toLevel = levelOf(samples, image, { modality, voi: window === 'file' ? voi : null, padding });
  return mapped(samples, (stored) => (inverted ? 255 - toLevel(stored) : toLevel(stored)));
}

function levelOf(
  samples: Samples,
  image: ImagePixel,
  { modality, voi, padding }: { modality: Modality; voi: Voi | null; padding: Padding },
): (stored: number) => number {
  if (voi) return (stored) => Math.round(displayed(voi, measured(modality, stored)) * 255);
  if (isEightBit(image, modality)) {
    const scale = 255 / (2 ** image.bitsStored - 1);
    return (stored) => Math.round(stored * scale);
  }
  const { low, high } = windowOf(samples, modality, padding);
  const scale = high > low ? 255 / (high - low) : 0;
  return (stored) => Math.max(0, Math.min(255, Math.round((measured(modality, stored) - low) * scale)));
}

const isEightBit = ({ kind, bitsStored, signed }: ImagePixel, modality: Modality): boolean =>
  kind === 'integer' &&
  bitsStored <= 8 &&
  !signed &&
  (modality.kind === 'none' || (modality.kind === 'rescale' && modality.slope > 0));

/** As `percentileWindow` of the rescaled values, but from counts if there are few distinct ones: ten times as fast. */
export function windowOf(samples: Samples, modality: Modality, padding: Padding): Window {
  const counts = countsOf(samples);
  const isPadding = (stored: number) =>
    padding !== null && stored >= padding.least && stored <= padding.largest;
  if (!counts) {
    const values: number[] = [];
    for (const stored of samples) if (!isPadding(stored)) values.push(measured(modality, stored));
    return percentileWindow(values);
  }
  const shares: { value: number; count: number }[] = [];
  counts.of.forEach((count, index) => {
    const stored = counts.least + index;
    if (count > 0 && !isPadding(stored)) shares.push({ value: measured(modality, stored), count });
  });
  return percentilesOfCounts(shares.sort((one, other) => one.value - other.value));
}

/** @param shares in ascending order of their values. */
function percentilesOfCounts(shares: { value: number; count: number }[]): Window {
  const [first, last] = [shares[0], shares.at(-1)];
  if (!first || !last) return { low: 0, high: 0 };
  const above = shares.filter(({ value }) => value > first.value);
  const all = above.reduce((sum, { count }) => sum + count, 0);
  if (all === 0) return { low: first.value, high: last.value };
  const percentile = (share: number) => {
    const [low, high] = ranksOf(all, share);
    return between(valueAt(above, low), valueAt(above, high), all, share);
  };
  const [low, high] = [percentile(0.005), percentile(0.995)];
  return high > low ? { low, high } : { low: first.value, high: last.value };
}

function valueAt(shares: { value: number; count: number }[], rank: number): number {
  let before = 0;
  for (const { value, count } of shares) {
    before += count;
    if (before > rank) return value;
  }
  throw new RangeError(`Expected a rank below ${before} but received ${rank}`);
}

/** Counts of each integer value; null for numbers of 32 bits and more. */
function countsOf(samples: Samples): { least: number; of: Uint32Array } | null {
  if (samples.BYTES_PER_ELEMENT > 2) return null;
  const { least, largest } = limits(samples);
  const of = new Uint32Array(largest - least + 1);
  for (let at = 0; at < samples.length; at += 1) of[samples[at]! - least]! += 1;
  return { least, of };
}

/** Applies a function to all values: once per possible value, if these are fewer than the pixels. */
function mapped(samples: Samples, level: (stored: number) => number): Uint8Array {
  const levels = new Uint8Array(samples.length);
  const { least, largest } =
    samples.BYTES_PER_ELEMENT > 2 ? { least: 0, largest: Infinity } : limits(samples);
  if (largest - least >= samples.length) {
    for (let at = 0; at < samples.length; at += 1) levels[at] = level(samples[at]!);
    return levels;
  }
  const table = new Uint8Array(largest - least + 1);
  for (let at = 0; at < table.length; at += 1) table[at] = level(least + at);
  for (let at = 0; at < samples.length; at += 1) levels[at] = table[samples[at]! - least]!;
  return levels;
}

function limits(samples: Samples): { least: number; largest: number } {
  let least = samples[0]!;
  let largest = least;
  for (let at = 1; at < samples.length; at += 1) {
    const value = samples[at]!;
    if (value < least) least = value;
    else if (value > largest) largest = value;
  }
  return { least, largest };
}

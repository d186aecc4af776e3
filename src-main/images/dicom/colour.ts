import type { Samples } from './samples.ts';

/**
 * YBR_FULL → RGB (PS3.3, C.7.6.3.1.2; ITU-T T.871), rounded half up. In single precision with fused multiply-adds, rounded after
 * each, as NumPy's matrix product in pydicom: equal for all 2^24 colours.
 * @param ybr [pixels, 3], not modified.
 */
export function rgbOfYbr(ybr: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(ybr.length);
  for (let at = 0; at < ybr.length; at += 3) {
    const [y, b, r] = [ybr[at]!, ybr[at + 1]! - 128, ybr[at + 2]! - 128];
    rgb[at] = level(Math.fround(y + RED * r));
    rgb[at + 1] = level(Math.fround(Math.fround(y - GREEN_B * b) - GREEN_R * r));
    rgb[at + 2] = level(Math.fround(y + BLUE * b));
  }
  return rgb;
}

const level = (value: number) => Math.max(0, Math.min(255, Math.floor(Math.fround(value + 0.5))));
const RED = Math.fround(1.402);
const BLUE = Math.fround(1.772);
const GREEN_B = Math.fround((0.114 * 1.772) / 0.587);
const GREEN_R = Math.fround((0.299 * 1.402) / 0.587);

/** YBR_PARTIAL (BT.601, 16…235) → RGB, the inverse of the equations in PS3.3, C.7.6.3.1.2. */
export function rgbOfPartialYbr(ybr: Uint8Array): Uint8Array {
  const rgb = new Uint8ClampedArray(ybr.length);
  for (let at = 0; at < ybr.length; at += 3) {
    const [y, b, r] = [1.1644 * (ybr[at]! - 16), ybr[at + 1]! - 128, ybr[at + 2]! - 128];
    rgb[at] = y + 1.596 * r;
    rgb[at + 1] = y - 0.3917 * b - 0.8129 * r;
    rgb[at + 2] = y + 2.0173 * b;
  }
  return new Uint8Array(rgb.buffer);
}

/** HSV (retired since 1998; each from its smallest to its largest value) → RGB, with one full turn of the hue. */
export function rgbOfHsv(hsv: Uint8Array): Uint8Array {
  const rgb = new Uint8ClampedArray(hsv.length);
  for (let at = 0; at < hsv.length; at += 3) {
    const [hue, saturation, value] = [(hsv[at]! / 256) * 6, hsv[at + 1]! / 255, hsv[at + 2]!];
    // Red is farthest from its complement at 0, green at 2, blue at 4 sixths of the turn.
    [5, 3, 1].forEach((start, colour) => {
      const place = (start + hue) % 6;
      rgb[at + colour] = value * (1 - saturation * Math.max(0, Math.min(place, 4 - place, 1)));
    });
  }
  return new Uint8Array(rgb.buffer);
}

/** Samples of any depth, reduced to their highest 8 bits. */
export function highBytes(samples: Samples, bitsStored: number): Uint8Array {
  if (samples instanceof Uint8Array && bitsStored === 8) return samples;
  const scale = bitsStored > 8 ? 1 / 2 ** (bitsStored - 8) : 255 / (2 ** bitsStored - 1);
  const levels = new Uint8ClampedArray(samples.length);
  for (let at = 0; at < samples.length; at += 1) levels[at] = Math.floor(samples[at]! * scale);
  return new Uint8Array(levels.buffer);
}

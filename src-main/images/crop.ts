import sharp from 'sharp';
import { levelOfShare } from '../statistics/quantiles.ts';
import type { Picture } from './picture.ts';
import { componentsOf, opened, type Component, type Mask } from './mask-components.ts';

/** Part of a picture, in its pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Longest side at which the head is searched for, pixels. */
const SIDE = 256;
/** Margin around the head, as a fraction of its longer side. */
const MARGIN = 0.03;
/** Least difference in grey levels of the brightest of the head from the background. */
const LEAST_CONTRAST = 24;
/** Foreground begins at this fraction of the way from the background to the 99th percentile. */
const SHARE = 0.15;
/** Least fraction of the picture that counts as a head, and of each side. */
const LEAST_AREA = 0.04;
const LEAST_SIDE = 0.2;
/** More of the edge than this must be background, otherwise it can't be determined. */
const LEAST_EDGE = 0.5;
/** What fills its box like this is a frame around the scan, not a head. */
const RECTANGLE = 0.97;

/**
 * The bounding box of the head, with a small margin. Background is what lies at the edge, dark or bright; the head is the largest
 * foreground component, with others nearby that are not small and thin. Text, rulers and specks are left out, and nested frames
 * around a scan are skipped.
 * @returns null if there is no clear head, or if it fills the picture: then all of it is kept.
 */
export async function headBox({ width, height, pixels }: Picture): Promise<Box | null> {
  const { data, info } = await sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true, kernel: 'linear' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const whole: Box = { left: 0, top: 0, width: info.width, height: info.height };
  let box = whole;
  for (let frame = 0; frame < 3; frame += 1) {
    const found = headWithin(data, info.width, box);
    if (!found) break;
    box = found.box;
    if (found.filled < RECTANGLE) break;
  }
  if (box === whole) return null;
  return enlarged(box, width / info.width, height / info.height, width, height);
}

/** @param stride of the whole picture. */
function headWithin(grey: Uint8Array, stride: number, area: Box): { box: Box; filled: number } | null {
  const { width, height } = area;
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const from = (area.top + y) * stride + area.left;
    values.set(grey.subarray(from, from + width), y * width);
  }
  const mask = foreground(values, width, height);
  if (!mask) return null;
  const components = componentsOf(opened(mask));
  const largest = components.reduce<Component | null>(
    (best, one) => (best && best.area >= one.area ? best : one),
    null,
  );
  if (!largest || largest.area < LEAST_AREA * width * height) return null;
  const parts = components.filter(
    (one) =>
      one === largest ||
      (one.area >= 0.05 * largest.area &&
        Math.min(one.right - one.left, one.bottom - one.top) >= 0.06 * Math.min(width, height)),
  );
  const [left, top] = [Math.min(...parts.map((one) => one.left)), Math.min(...parts.map((one) => one.top))];
  const right = Math.max(...parts.map((one) => one.right));
  const bottom = Math.max(...parts.map((one) => one.bottom));
  const box = { left: area.left + left, top: area.top + top, width: right - left, height: bottom - top };
  if (box.width < LEAST_SIDE * width || box.height < LEAST_SIDE * height) return null;
  return { box, filled: largest.area / (box.width * box.height) };
}

/**
 * The foreground: what differs from the background, which is what lies at the edge, dark or bright.
 * @param values grey levels, uint8 [height, width]. @returns null if no background can be determined.
 */
export function foreground(values: Uint8Array, width: number, height: number): Mask | null {
  const edge = edgeOf(values, width, height);
  const background = quantile(edge, 0.5);
  const away = values.map((value) => Math.abs(value - background));
  const contrast = quantile(away, 0.99);
  if (contrast < LEAST_CONTRAST) return null;
  const noise = quantile(
    edge.map((value) => Math.abs(value - background)),
    0.5,
  );
  const threshold = Math.max(SHARE * contrast, 4 * noise);
  if (edge.filter((value) => Math.abs(value - background) <= threshold).length < LEAST_EDGE * edge.length)
    return null;
  return { width, height, set: away.map((value) => Number(value > threshold)) };
}

/** The outermost pixels, a fortieth of the side deep. */
function edgeOf(values: Uint8Array, width: number, height: number): Uint8Array {
  const deep = Math.max(1, Math.round(Math.min(width, height) / 40));
  return values.filter((_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    return x < deep || y < deep || x >= width - deep || y >= height - deep;
  });
}

/** The level that this share of the values does not exceed. */
function quantile(values: Uint8Array, share: number): number {
  const counts = new Uint32Array(256);
  for (const value of values) counts[value]! += 1;
  return levelOfShare(counts, values.length, share);
}

/** In the picture's own pixels, with the margin; null if that is nearly all of it. */
function enlarged(box: Box, acrossBy: number, downBy: number, width: number, height: number): Box | null {
  const margin = MARGIN * Math.max(box.width * acrossBy, box.height * downBy) + 1;
  const left = Math.max(0, Math.floor(box.left * acrossBy - margin));
  const top = Math.max(0, Math.floor(box.top * downBy - margin));
  const right = Math.min(width, Math.ceil((box.left + box.width) * acrossBy + margin));
  const bottom = Math.min(height, Math.ceil((box.top + box.height) * downBy + margin));
  const found = { left, top, width: right - left, height: bottom - top };
  return found.width * found.height > 0.97 * width * height ? null : found;
}

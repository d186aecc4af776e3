import sharp from 'sharp';
import type { Picture } from './picture.ts';

/**
 * A small JPEG of a picture that was decoded as for the networks.
 * @param side longest side, pixels; a smaller picture keeps its size.
 */
export async function thumbnail({ width, height, pixels }: Picture, side: number): Promise<Buffer> {
  return (
    sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false })
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      // Without chroma subsampling: overlays on scans have thin coloured lines.
      .jpeg({ quality: 88, chromaSubsampling: '4:4:4' })
      .toBuffer()
  );
}

/** Longest side of the pictures in a gallery on an ordinary screen, pixels. */
export const SMALL = 128;

/**
 * The same for a grey picture, from grey levels scaled to a square.
 * @param grey uint8 [square, square]. @param of the picture's own size, no smaller than `side`.
 */
export async function thumbnailOfGrey(
  grey: Uint8Array,
  square: number,
  { width, height }: { width: number; height: number },
  side: number,
): Promise<Buffer> {
  const scale = side / Math.max(width, height);
  const fitted = (length: number) => Math.max(1, Math.round(length * scale));
  return sharp(grey, { raw: { width: square, height: square, channels: 1 } })
    .resize(fitted(width), fitted(height), { fit: 'fill' })
    .jpeg({ quality: 88 })
    .toBuffer();
}

import sharp from 'sharp';
import type { Decoded } from './decode.ts';

/**
 * A small JPEG of a picture, which is decoded as for the networks.
 * @param side longest side, pixels; a smaller picture keeps its size.
 */
export async function thumbnail({ width, height, pixels }: Decoded, side: number): Promise<Buffer> {
  return (
    sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false })
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      // Colour as fine as light: overlays on scans have thin coloured lines.
      .jpeg({ quality: 88, chromaSubsampling: '4:4:4' })
      .toBuffer()
  );
}

import sharp from 'sharp';

/**
 * A picture's grey levels on a small square, both axes scaled to fit: for comparing pictures, not for networks.
 * @param pixels uint8 RGB [height, width, 3]. @param side of the square, pixels. @returns uint8 [side, side].
 */
export async function greySquareOf(
  pixels: Uint8Array,
  width: number,
  height: number,
  side: number,
): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize(side, side, { fit: 'fill', kernel: 'linear' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();
}

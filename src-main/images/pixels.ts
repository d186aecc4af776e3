import sharp from 'sharp';
import type { PixelPath } from '../contract/settings.ts';
import type { Decoded } from './decode.ts';

/**
 * The one way from a picture to what a network sees, in training and in prediction alike: `readPicture` or
 * `picturesIn` with the same path's window, then this.
 *
 * Scales with a triangle filter as wide as the shrinking asks (bilinear with antialiasing), which neither rings at
 * the skull nor drops thin structures. Enlarged, the picture lies half a pixel to the right and down, as libvips
 * counts. `pad` centres the picture between black borders.
 * @returns uint8 [imageSize, imageSize, 3].
 */
export async function square(
  { width, height, pixels }: Decoded,
  { imageSize, canvas }: PixelPath,
): Promise<Uint8Array> {
  const data = await sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize(imageSize, imageSize, {
      fit: canvas === 'pad' ? 'contain' : 'fill',
      background: 'black',
      kernel: 'linear',
    })
    .raw({ depth: 'uchar' })
    .toBuffer();
  if (data.length !== imageSize * imageSize * 3) {
    throw new Error(`Expected ${imageSize * imageSize * 3} bytes but received ${data.length}`);
  }
  return data;
}

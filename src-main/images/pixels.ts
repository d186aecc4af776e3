import sharp from 'sharp';
import type { Preprocessing } from '../contract/settings.ts';
import { headBox } from './crop.ts';
import type { Picture } from './picture.ts';

/**
 * The one way from a picture to what a network sees, in training and in prediction alike: `readPicture` or
 * `picturesIn` with the same path's window, then this.
 *
 * Scales with a triangle filter as wide as the shrinking asks (bilinear with antialiasing), which neither rings at
 * the skull nor drops thin structures. Enlarged, the picture lies half a pixel to the right and down, as libvips
 * counts. `pad` centres the picture between black borders; `crop` cuts off what lies outside the head first.
 * @returns uint8 [imageSize, imageSize, 3].
 */
export async function square(
  picture: Picture,
  { version, imageSize, canvas, crop }: Preprocessing,
): Promise<Uint8Array> {
  const { width, height, pixels } = picture;
  const whole = sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  const box = version >= 2 && crop === 'head' ? await headBox(picture) : null;
  const data = await (box ? whole.extract(box) : whole)
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

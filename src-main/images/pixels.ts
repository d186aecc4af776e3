import sharp from 'sharp';
import type { Preprocessing } from '../contract/settings.ts';
import { headBox, type Box } from './crop.ts';
import type { Picture } from './picture.ts';
import { reducedPicture } from './reduce.ts';

/**
 * The only way from a picture to a network's input, in training and in prediction alike: `readPicture` or `picturesIn` with the
 * same preprocessing's window, then this.
 * Scales with a triangle filter as wide as the reduction requires (bilinear with antialiasing), which neither rings at the skull
 * nor drops thin structures. Enlarged, the picture is shifted half a pixel to the right and down, as in libvips. `pad` centres the
 * picture between black borders; `crop` cuts off what lies outside the head first.
 * @returns uint8 [imageSize, imageSize, 3].
 */
export async function square(
  picture: Picture,
  { version, imageSize, canvas, crop }: Preprocessing,
): Promise<Uint8Array> {
  return (await squareIn(picture, { version, imageSize, canvas, crop })).pixels;
}

/** Position of a square in its picture, as fractions of the picture's width and height; it may extend beyond it. */
export interface Placed {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** As `square`, with its position in the picture. */
export async function squareIn(
  picture: Picture,
  { version, imageSize, canvas, crop }: Pick<Preprocessing, 'version' | 'imageSize' | 'canvas' | 'crop'>,
): Promise<{ pixels: Uint8Array; placed: Placed }> {
  const { width, height, pixels } = picture;
  const head = version >= 2 && crop === 'head';
  if (!head && canvas === 'stretch') {
    const quick = await reducedPicture(pixels, width, height, imageSize);
    if (quick) return { pixels: quick, placed: { left: 0, top: 0, width: 1, height: 1 } };
  }
  const whole = sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  const box = head ? await headBox(picture) : null;
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
  return { pixels: data, placed: placeOf(box ?? { left: 0, top: 0, width, height }, width, height, canvas) };
}

function placeOf(box: Box, width: number, height: number, canvas: Preprocessing['canvas']): Placed {
  const longer = Math.max(box.width, box.height);
  const [across, down] = canvas === 'pad' ? [longer, longer] : [box.width, box.height];
  return {
    left: (box.left - (across - box.width) / 2) / width,
    top: (box.top - (down - box.height) / 2) / height,
    width: across / width,
    height: down / height,
  };
}

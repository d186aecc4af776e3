import sharp from 'sharp';
import { decode } from './decode.ts';

/**
 * A small JPEG of a picture, decoded as for the networks: turned as its EXIF says, deep grey scaled, alpha on black.
 * @param side longest side, pixels; a smaller picture keeps its size. @throws FalxError as `decode`.
 */
export async function thumbnail(input: Buffer, name: string, side: number): Promise<Buffer> {
  const { width, height, pixels } = await decode(input, name);
  return (
    sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false })
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      // Colour as fine as light: overlays on scans have thin coloured lines.
      .jpeg({ quality: 88, chromaSubsampling: '4:4:4' })
      .toBuffer()
  );
}

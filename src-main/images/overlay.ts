import sharp from 'sharp';

/** Side of the picture, pixels. */
export const OVERLAY_SIDE = 512;
const SIDE = OVERLAY_SIDE;

/**
 * A PNG of a square as a network saw it, with a map over it and a drawing below.
 * @param pixels uint8 [side, side, 3]. @param map RGBA, uint8 [mapSide, mapSide, 4]. @param opacity 0 to 1.
 * @param strip SVG of `OVERLAY_SIDE` pixels' width.
 */
export async function overlayPng(
  pixels: Uint8Array,
  side: number,
  map: { rgba: Uint8ClampedArray; side: number },
  opacity: number,
  strip: { height: number; svg: Buffer },
): Promise<Buffer> {
  const scan = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .resize(SIDE, SIDE, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  const faded = Uint8Array.from(map.rgba, (value, at) =>
    at % 4 === 3 ? Math.round(value * opacity) : value,
  );
  const over = await sharp(faded, { raw: { width: map.side, height: map.side, channels: 4 } })
    .resize(SIDE, SIDE, { fit: 'fill', kernel: 'linear' })
    .png()
    .toBuffer();
  const { height } = strip;
  return sharp({ create: { width: SIDE, height: SIDE + height, channels: 3, background: 'black' } })
    .composite([
      { input: scan, raw: { width: SIDE, height: SIDE, channels: 3 }, left: 0, top: 0 },
      { input: over, left: 0, top: 0 },
      { input: strip.svg, left: 0, top: SIDE },
    ])
    .removeAlpha()
    .png()
    .toBuffer();
}

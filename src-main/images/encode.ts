import sharp from 'sharp';

/** PNG of grey pixels, uint8 [height, width]. */
export async function greyPng(pixels: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/**
 * PNG of a drawing in SVG whose units are CSS pixels, 96 to an inch. Letters are to be outlines: which fonts a machine has
 * would show.
 * @param dpi dots to an inch, which the file says, too.
 */
export async function svgPng(svg: string, dpi: number): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: (72 * dpi) / 96 })
    .withMetadata({ density: dpi })
    .png({ palette: true })
    .toBuffer();
}

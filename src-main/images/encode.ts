import sharp from 'sharp';

/** PNG of grey pixels, uint8 [height, width]. */
export async function greyPng(pixels: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/**
 * PNG of a drawing in SVG whose units are CSS pixels, 96 per inch. Text should be outlines: otherwise it depends on the machine's
 * fonts.
 * @param dpi dots per inch, also stated in the file.
 */
export async function svgPng(svg: string, dpi: number): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: (72 * dpi) / 96 })
    .withMetadata({ density: dpi })
    .png({ palette: true })
    .toBuffer();
}

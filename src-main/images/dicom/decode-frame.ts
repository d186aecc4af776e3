import { Damage } from '../image-refusals.ts';
import { decodeCodestream } from './codecs.ts';
import { readJpeg2000Header, readJpegHeader, type Codestream } from './codestream.ts';
import type { ImagePixel } from './image-pixel.ts';
import { nativeFrame } from './native.ts';
import { Unsupported } from './dicom-refusals.ts';
import { decodeRle } from './rle.ts';
import { container, kindOf, withoutUnusedBits, type Samples } from './samples.ts';
import type { Compression } from './transfer-syntaxes.ts';

/** The samples of a frame, and their colour space after decoding. */
export interface Frame {
  samples: Samples;
  photometric: string;
}

/**
 * Decodes one frame, as pydicom 3 with pylibjpeg does.
 * @param bytes the frame's own if compressed, otherwise all frames'. @param frame from 0.
 * @throws Damage, Unsupported
 */
export async function decodeFrame(
  image: ImagePixel,
  compression: Compression,
  bytes: Buffer,
  frame: number,
): Promise<Frame> {
  if (compression === 'none' || compression === 'encapsulated') {
    const own = compression === 'none' ? frame : 0;
    const samples = withoutUnusedBits(nativeFrame(image, bytes, own), image.bitsStored);
    const shared = image.photometric === 'YBR_FULL_422';
    return { samples, photometric: shared ? 'YBR_FULL' : image.photometric };
  }
  if (compression === 'rle') return { samples: rleFrame(image, bytes), photometric: image.photometric };
  const jpeg2000 = compression === 'jpeg-2000' || compression === 'htj2k';
  const header = jpeg2000 ? readJpeg2000Header(bytes) : readJpegHeader(bytes);
  checkHeader(image, header, compression);
  // No marker can occur within JPEG-LS data, and CharLS runs for long if this one is missing.
  if (compression === 'jpeg-ls' && !bytes.includes(END_OF_IMAGE))
    throw new Damage('faultCompressedShort', {});
  const decoded = await decodeCodestream(compression, bytes, header);
  const values = withSign(decoded, image, header, compression === 'htj2k');
  return jpeg2000
    ? { samples: jpeg2000Samples(values, image, header), photometric: rgbOf(image.photometric) }
    : { samples: jpegSamples(values, image, header, compression), photometric: jpegColour(image, header) };
}

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

function rleFrame(image: ImagePixel, bytes: Buffer): Samples {
  const { rows, columns, samples, bitsAllocated, bitsStored } = image;
  // Single bits are stored one per byte.
  const decoded = decodeRle(bytes, rows * columns, samples, Math.ceil(bitsAllocated / 8));
  return withoutUnusedBits(container(decoded, image), bitsAllocated === 1 ? 8 : bitsStored);
}

function checkHeader(image: ImagePixel, header: Codestream, compression: Compression): void {
  const { rows, columns, samples } = image;
  if (header.width !== columns || header.height !== rows)
    throw new Damage('faultSizesDiffer', { columns, rows, width: header.width, height: header.height });
  if (header.components !== samples)
    throw new Damage('faultSamplesDiffer', { samples, there: header.components });
  if (header.uneven) throw new Unsupported('faultComponentsDiffer', {}, 'uncompressed');
  const most = compression === 'jpeg-2000' ? 31 : 16;
  if (header.precision > most)
    throw new Unsupported('faultTooManyBits', { bits: header.precision, most }, 'uncompressed');
}

/** The codestream's bytes as numbers with the sign of the data set, which JPEG and JPEG-LS lack. */
function withSign(
  bytes: Uint8Array,
  image: ImagePixel,
  { precision, signed }: Codestream,
  high: boolean,
): Samples {
  const bitsAllocated = precision > 16 ? 32 : precision > 8 || (high && signed) ? 16 : 8;
  return container(bytes, { ...image, bitsAllocated });
}

function jpeg2000Samples(values: Samples, image: ImagePixel, { precision, signed }: Codestream): Samples {
  const samples = widened(values, image);
  const grey = image.photometric.startsWith('MONOCHROME');
  return grey && signed !== image.signed ? withoutUnusedBits(samples, precision) : samples;
}

function jpegSamples(
  values: Samples,
  image: ImagePixel,
  { precision }: Codestream,
  compression: Compression,
): Samples {
  const samples = widened(values, image);
  if (compression === 'jpeg') return withoutUnusedBits(samples, image.bitsStored);
  return image.signed ? withoutUnusedBits(samples, precision) : samples;
}

/** In the data set's container type. */
function widened(values: Samples, { bitsAllocated, signed }: ImagePixel): Samples {
  const Kind = kindOf('integer', bitsAllocated, signed);
  return values instanceof Kind ? values : new Kind(values);
}

/** A codestream may state its colour space more reliably than the data set; with the same precedence as pydicom. */
function jpegColour({ photometric, samples }: ImagePixel, { names, jfif }: Codestream): string {
  if (samples !== 3) return photometric;
  if (['RGB', 'rgb'].includes(String.fromCharCode(...names))) return 'RGB';
  return jfif && !photometric.startsWith('YBR') ? 'YBR_FULL' : photometric;
}

/** JPEG 2000 codecs undo these transforms. */
const rgbOf = (photometric: string): string =>
  photometric === 'YBR_ICT' || photometric === 'YBR_RCT' ? 'RGB' : photometric;

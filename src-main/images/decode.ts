import { availableParallelism } from 'node:os';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { FalxError } from '../contract/errors.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import type { Preprocessing } from '../contract/settings.ts';
import { decoders, type Decoder } from './decoders.ts';
import { contentOf, packedVolume, pictureFormatOf } from './formats.ts';
import { checkSize, Damage, isDamaged, isEmpty, isNoImage, MAX_BYTES } from './image-refusals.ts';
import { memoryBudget } from './memory-budget.ts';
import type { Decoded, Picture } from './picture.ts';
import { usualHeader, type Header } from './usual-header.ts';
import { greyPixels, percentileWindow, range, type Window } from './window.ts';

/**
 * Decodes a plain image file to uint8 RGB [height, width, 3]: the first frame or page, rotated by its EXIF orientation, alpha
 * flattened on black. The content decides the format. Colour profiles are ignored, so the values are those in the file, as with
 * Pillow and what is built on it. Grey of more than 8 bits is scaled, see `greyTo8Bits`; colour of 16 bits keeps its high byte.
 * @param input the whole file. @param name used in errors. @param window how deep grey is scaled.
 * @throws FalxError `unsupported-format` no image that Falx reads; `unreadable-file` empty or damaged; `too-large` beyond 100
 *   million pixels, by its header.
 */
export async function decode(
  input: Buffer,
  name: string,
  window: Preprocessing['window'] = 'file',
): Promise<Decoded> {
  if (input.length === 0) throw isEmpty(name);
  const format = pictureFormatOf(input);
  const volume = format ? null : packedVolume(input, name);
  if (volume) throw isDamaged(name, volume, message('faultPackedNoVolume', {}));
  if (!format) throw isNoImage(name, contentOf(input));
  try {
    const decoder = decoders[format];
    if ('own' in decoder) return { ...decoder.own(input, name), format };
    const source = decoder.libvips(input);
    const header: Header =
      usualHeader(source, format) ??
      (await sharp(source, { ...reading, limitInputPixels: false }).metadata());
    const bytes = Math.max(3, header.channels * (bytesPerSample[header.depth] ?? 8));
    checkSize(name, header.width, header.height, bytes);
    const picture = await withRoom(header.width * header.height * bytes, () =>
      decodeSamples(source, header, window),
    );
    return { ...picture, format };
  } catch (error) {
    if (error instanceof FalxError) throw error;
    if (error instanceof Damage) throw isDamaged(name, format, error.fault, error);
    throw isDamaged(name, format, faultOf(error, input, decoders[format]), error);
  }
}

/** Best number of files to decode at once: one thread each, which measured faster than threads within one picture. */
export const decodersAtOnce = availableParallelism();
sharp.concurrency(1);
sharp.cache(false); // it would keep pictures that are never requested again

/** Bytes of pictures being decoded at once; decoders need about as much again. */
const withRoom = memoryBudget(MAX_BYTES);

const reading: SharpOptions = {
  // Refuses truncated and corrupt data, as far as the decoders detect them; unknown tags and bad metadata pass.
  failOn: 'warning',
  ignoreIcc: true,
};

/**
 * Time limit per file; a scan takes milliseconds. It is checked between a picture's strips, which costs a twentieth of decoding a
 * small one: pictures with too few pixels to take that long have no limit.
 */
const SECONDS = 120;
const QUICK = 2 ** 20;

const bytesPerSample: Partial<Record<string, number>> = {
  char: 1,
  uchar: 1,
  short: 2,
  ushort: 2,
  int: 4,
  uint: 4,
  float: 4,
};

async function decodeSamples(
  input: Buffer,
  { width, height, space, depth, channels, plain }: Header,
  window: Preprocessing['window'],
): Promise<Picture> {
  const stored = sharp(input, reading);
  if (width * height > QUICK) stored.timeout({ seconds: SECONDS });
  // Orientation and flattening cost a twentieth of decoding a small picture even without effect.
  const picture = plain ? stored : stored.autoOrient().flatten(); // on black
  const deep = depth !== 'uchar';
  if (space === 'cmyk' && !deep) return cmykToRgb(picture);
  if (deep && (space === 'grey16' || channels === 1)) return greyTo8Bits(picture, space === 'grey16', window);
  if (deep && space !== 'rgb16') throw new Damage('faultChannels', { channels, depth });
  const { data, info } = await picture
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`Expected 3 channels but received ${info.channels}`);
  return { width: info.width, height: info.height, pixels: data };
}

/** Without a profile: each ink multiplied by black, as Pillow's `convert('RGB')`. */
async function cmykToRgb(picture: Sharp): Promise<Picture> {
  const { data, info } = await picture
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 4) throw new Error(`Expected 4 channels but received ${channels}`);
  const pixels = Buffer.alloc(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const light = 255 - data[from + 3]!;
    for (let ink = 0; ink < 3; ink += 1) pixels[to++] = light - Math.round((data[from + ink]! * light) / 255);
  }
  return { width, height, pixels };
}

/**
 * Grey of more than 8 bits, scaled to 0…255: between the percentiles of `percentileWindow`, or by the file's full scale. Scanners
 * store 10 to 14 bits in 16, so an unsigned picture's full scale is the smallest 2^bits − 1 (bits ≥ 8) that is at least its largest
 * value. Others (signed, 32-bit, floating-point) have no scale of their own: their smallest value becomes 0 and their largest 255.
 */
async function greyTo8Bits(
  picture: Sharp,
  unsigned16: boolean,
  window: Preprocessing['window'],
): Promise<Picture> {
  const { data, info } = await picture
    .toColourspace(unsigned16 ? 'grey16' : 'b-w')
    .raw({ depth: 'float' })
    .toBuffer({ resolveWithObject: true });
  const values = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
  const { low, high } =
    window === 'percentiles' ? percentileWindow(finite(values)) : ownWindow(values, unsigned16);
  return { width: info.width, height: info.height, pixels: greyPixels(values, { low, high }) };
}

function ownWindow(values: Float32Array, unsigned16: boolean): Window {
  const { least, largest } = range(finite(values));
  return unsigned16
    ? { low: 0, high: 2 ** Math.max(8, Math.ceil(Math.log2(largest + 1))) - 1 }
    : { low: least, high: largest };
}

function finite(values: Float32Array): Float32Array {
  if (!values.every(Number.isFinite)) throw new Damage('faultNotFinite', {});
  return values;
}

/** Why libvips does not decode a file: what is found in the file itself, or libvips's own message. */
function faultOf(error: unknown, input: Buffer, decoder: Decoder): Message {
  if ('isBroken' in decoder && decoder.isBroken(input)) return message('faultCutOff', {});
  const said = (error instanceof Error ? error.message : String(error)).trim();
  if (said === '') return message('faultNoPicture', {});
  const text = said.replaceAll(/\s+/g, ' ').slice(0, 160);
  return message('faultNotDecoded', { said: { from: 'libvips', text } });
}

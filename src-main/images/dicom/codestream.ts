import { Damage } from '../image-refusals.ts';

/** Header of a JPEG, JPEG-LS or JPEG 2000 codestream. */
export interface Codestream {
  width: number;
  height: number;
  components: number;
  /** Bits per sample. */
  precision: number;
  /** Only JPEG 2000 has a sign. */
  signed: boolean;
  /** JPEG: identifiers of the components; `RGB` or `rgb` in ASCII indicate the colour space. */
  names: number[];
  /** JPEG: whether it has a JFIF marker, which means that its colour is YBR. */
  jfif: boolean;
  /** JPEG-LS: 0 by plane, 1 by line, 2 by sample. JPEG 2000: 1 with a component transform, otherwise 0. */
  interleave: number;
  /** JPEG 2000: whether components differ in resolution or bits. */
  uneven: boolean;
}

/** Reads the segments of a JPEG or JPEG-LS codestream up to its first scan. @throws Damage */
export function readJpegHeader(input: Buffer): Codestream {
  try {
    return jpegHeader(input);
  } catch (error) {
    if (error instanceof RangeError) throw new Damage('faultCompressedHeader', { as: 'compressed' });
    throw error;
  }
}

/** Reads the size and coding segments of a JPEG 2000 codestream, bare or inside a JP2 file. @throws Damage */
export function readJpeg2000Header(input: Buffer): Codestream {
  try {
    return jpeg2000Header(input);
  } catch (error) {
    if (error instanceof RangeError) throw new Damage('faultCompressedHeader', { as: 'compressed' });
    throw error;
  }
}

function jpegHeader(input: Buffer): Codestream {
  if (input.readUInt16BE(0) !== 0xffd8) throw new Damage('faultCompressedBegins', { as: 'JPEG' });
  let at = 2;
  let jfif = false;
  let frame: Codestream | null = null;
  for (;;) {
    if (input[at] !== 0xff) throw new Damage('faultNoMarker', {});
    const marker = input.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    const length = input.readUInt16BE(at + 2);
    if (marker >= 0xe0 && marker <= 0xef && input.toString('latin1', at + 4, at + 8) === 'JFIF') jfif = true;
    if (isFrame(marker)) frame = frameHeader(input, at, jfif);
    if (marker === 0xda) {
      if (!frame) throw new Damage('faultScanFirst', {});
      const components = input.readUInt8(at + 4);
      return { ...frame, jfif, interleave: input.readUInt8(at + 6 + components * 2) };
    }
    at += 2 + length;
  }
}

/** SOF0 … SOF15 without DHT, JPG and DAC; SOF55 of JPEG-LS. */
const isFrame = (marker: number): boolean =>
  (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;

function frameHeader(input: Buffer, at: number, jfif: boolean): Codestream {
  const components = input.readUInt8(at + 9);
  return {
    precision: input.readUInt8(at + 4),
    height: input.readUInt16BE(at + 5),
    width: input.readUInt16BE(at + 7),
    components,
    names: Array.from({ length: components }, (_, index) => input.readUInt8(at + 10 + index * 3)),
    jfif,
    signed: false,
    interleave: 0,
    uneven: false,
  };
}

function jpeg2000Header(input: Buffer): Codestream {
  const start = startOfCodestream(input);
  if (input.readUInt32BE(start) !== 0xff4fff51)
    throw new Damage('faultCompressedBegins', { as: 'JPEG 2000' });
  const size = start + 4; // at the length of the SIZ segment
  const components = input.readUInt16BE(size + 36);
  const parts = Array.from({ length: components }, (_, index) =>
    input.subarray(size + 38 + index * 3, size + 41 + index * 3),
  );
  const depth = input.readUInt8(size + 38);
  return {
    width: input.readUInt32BE(size + 4) - input.readUInt32BE(size + 12),
    height: input.readUInt32BE(size + 8) - input.readUInt32BE(size + 16),
    components,
    precision: (depth & 0x7f) + 1,
    signed: (depth & 0x80) !== 0,
    names: [],
    jfif: false,
    interleave: componentTransform(input, size + input.readUInt16BE(size)),
    uneven: parts.some((part) => part[0] !== depth || part[1] !== 1 || part[2] !== 1),
  };
}

/** After the boxes of a JP2 file, if it is one, which the standard does not allow in DICOM but some writers produce. */
export function startOfCodestream(input: Buffer): number {
  if (input.readUInt32BE(4) !== 0x6a502020) return 0; // 'jP  '
  let at = 0;
  while (input.readUInt32BE(at + 4) !== 0x6a703263) {
    const length = input.readUInt32BE(at);
    if (length < 8) throw new Damage('faultBoxLength', {});
    at += length;
  }
  return at + 8;
}

/** From the COD segment, which follows in the main header. */
function componentTransform(input: Buffer, from: number): number {
  for (let at = from; input.readUInt16BE(at) !== 0xff90; at += 2 + input.readUInt16BE(at + 2)) {
    if (input.readUInt16BE(at) === 0xff52) return input.readUInt8(at + 8);
  }
  return 0;
}

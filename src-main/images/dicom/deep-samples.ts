import type { Codestream } from './codestream.ts';

/*
 * JPEG 2000 samples here have up to 31 bits, of which the decoder returns the lower 16. The upper ones come from the same
 * codestream, after changing its header to state fewer bit planes: it then decodes to values that are 2^n times smaller. These are
 * not exactly the upper bits, since each coefficient was truncated and errors of less than 1 accumulate through the wavelets, to
 * some 10 in practice. But the one number near them with the right lower bits is the sample, as long as they are off by less than
 * half the range of the lower bits, which is checked.
 */

/** Bits that the decoder returns, and bit planes omitted per step: 16 − 8 bits are left to absorb errors. */
const GIVEN = 16;
const STEP = 8;

/**
 * The samples of one component, [pixels].
 * @param codestream bare. @param decoded the lower 16 bits of each sample of the component of a codestream.
 * @throws Error if the codestream can't be read this way.
 */
export function deepSamples(
  codestream: Uint8Array,
  header: Codestream,
  decoded: (codestream: Uint8Array, header: Codestream) => Uint16Array,
): Int32Array {
  const fewer = (planes: number) =>
    decoded(withFewerPlanes(codestream, planes), { ...header, precision: header.precision - planes });
  let planes = header.precision - GIVEN;
  let samples = Int32Array.from(fewer(planes), (value) => (header.signed ? (value << 16) >> 16 : value));
  while (planes > 0) {
    const left = Math.max(0, planes - STEP);
    const lower = fewer(left);
    samples = samples.map((value, at) => nearest(value, planes - left, lower[at]!));
    planes = left;
  }
  return samples;
}

/** The number nearest to `upper` × 2^`bits` that has these lower 16 bits. */
function nearest(upper: number, bits: number, lower: number): number {
  const about = upper * 2 ** bits + 2 ** (bits - 1);
  const apart = ((lower - about) << 16) >> 16;
  // Beyond half of the range it could as well be the next number.
  if (Math.abs(apart) > 2 ** 14) throw new Error('its samples are too deep');
  return about + apart;
}

/** Markers of segments with numbers of bits: of components, and of coefficients, by default and for one component. */
const [SIZ, QCD, QCC] = [0xff51, 0xff5c, 0xff5d];

/** A copy whose header states fewer bits for all samples; the lowest are then not decoded. */
export function withFewerPlanes(codestream: Uint8Array, planes: number): Uint8Array {
  const copy = Buffer.from(codestream);
  if (planes === 0) return copy;
  const components = copy.readUInt16BE(40);
  for (const { marker, at, end } of segments(copy)) {
    if (marker === SIZ) for (let from = at + 38; from < end; from += 3) copy[from]! -= planes;
    if (marker === QCD) lowerExponents(copy, at + 2, end, planes);
    if (marker === QCC) lowerExponents(copy, at + (components < 257 ? 3 : 4), end, planes);
  }
  return copy;
}

/** In a quantization segment from its style on (ISO/IEC 15444-1, A.6.4): one byte per subband, or two, or two in all. */
function lowerExponents(copy: Buffer, at: number, end: number, planes: number): void {
  const width = (copy[at]! & 31) === 0 ? 1 : 2;
  for (let from = at + 1; from + width <= end; from += width) {
    // The exponent is the upper five bits of the first byte.
    if (copy[from]! >> 3 < planes) throw new Error('its samples are too deep');
    copy[from]! -= planes << 3;
  }
}

/** Marker segments of the main header and of tile-part headers: positions of their length and their end. */
function* segments(codestream: Buffer): Generator<{ marker: number; at: number; end: number }> {
  const [SOT, SOD, EOC] = [0xff90, 0xff93, 0xffd9];
  let tilePart = 0;
  let at = 2;
  while (at + 4 <= codestream.length) {
    const marker = codestream.readUInt16BE(at);
    if (marker === EOC) return;
    if (marker === SOT) tilePart = at;
    if (marker === SOD) {
      const length = codestream.readUInt32BE(tilePart + 6);
      // The last may omit its length.
      if (length === 0) return;
      at = tilePart + length;
      continue;
    }
    const end = at + 2 + codestream.readUInt16BE(at + 2);
    yield { marker, at: at + 2, end };
    at = end;
  }
}

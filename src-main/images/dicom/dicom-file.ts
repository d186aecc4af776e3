import { inflateRawSync } from 'node:zlib';
import { Damage } from '../image-refusals.ts';
import { DataSet } from './data-set.ts';
import { readDataSet, readElement, type Element, type Encoding } from './elements.ts';
import { tags } from './tags.ts';
import { syntaxOf, transferSyntax, type TransferSyntax } from './transfer-syntaxes.ts';

/** Most bytes to which a deflated data set may unpack. */
const MAX_INFLATED = 320 * 2 ** 20;
const META_GROUP = 2;
const explicitLittle: Encoding = { explicit: true, littleEndian: true };

/** Value representations, to recognise an explicit data set by its first element. */
const representations = new Set(
  'AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV'.split(
    ' ',
  ),
);

/**
 * Whether these bytes are a DICOM file: `DICM` after the preamble of 128 bytes, or a data set that begins with a group of file meta
 * information (0002) or of identification (0008), as some old scanners and programs write.
 */
export function isDicom(input: Uint8Array): boolean {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  return hasPreamble(bytes) || bareEncoding(bytes) !== null;
}

/** @throws Damage */
export function readFile(input: Buffer): { meta: DataSet; syntax: TransferSyntax; dataSet: DataSet } {
  const start = hasPreamble(input) ? 132 : 0;
  const { meta, next } = readMeta(input, start);
  const uid = meta.text(tags.TransferSyntaxUID);
  const declared = uid === null ? null : transferSyntax(uid);
  const body = declared?.deflated ? inflate(input.subarray(next)) : input;
  const at = declared?.deflated ? 0 : next;
  const encoding = encodingAt(body, at, declared?.encoding ?? explicitLittle);
  const syntax = declared ?? syntaxOf(encoding);
  return { meta, syntax, dataSet: readDataSet(body, at, encoding) };
}

const hasPreamble = (input: Buffer): boolean =>
  input.length >= 132 && input.toString('latin1', 128, 132) === 'DICM';

/** The group of file meta information, always explicit little endian; its length, often wrong or absent, is ignored. */
function readMeta(input: Buffer, start: number): { meta: DataSet; next: number } {
  const elements = new Map<number, Element>();
  let next = start;
  while (next + 8 <= input.length && input.readUInt16LE(next) === META_GROUP) {
    const read = readElement(input, next, input.length, encodingAt(input, next, explicitLittle));
    elements.set(read.element.tag, read.element);
    next = read.next;
  }
  return { meta: new DataSet(elements), next };
}

function inflate(input: Buffer): Buffer {
  try {
    return inflateRawSync(input, { maxOutputLength: MAX_INFLATED });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new Damage('faultInflatesTooFar', { most: MAX_INFLATED / 2 ** 20 });
    if (code === 'Z_BUF_ERROR') throw new Damage('faultDeflatedShort', {});
    throw new Damage('faultDeflated', { said: { from: 'zlib', text: (error as Error).message } });
  }
}

/** The declared encoding, unless the first element contradicts it: some writers declare explicit and write implicit. */
function encodingAt(input: Buffer, at: number, declared: Encoding): Encoding {
  if (at + 8 > input.length) return declared;
  const explicit = representations.has(input.toString('latin1', at + 4, at + 6));
  const group = declared.littleEndian ? input.readUInt16LE(at) : input.readUInt16BE(at);
  // Group numbers of first elements are small: a large one was read in the wrong byte order.
  const swapped = group > 0xff && (group & 0xff) === 0;
  return { explicit, littleEndian: swapped ? !declared.littleEndian : declared.littleEndian };
}

/** The encoding of a data set without preamble; null if these bytes don't look like one. */
function bareEncoding(input: Buffer): Encoding | null {
  if (input.length < 16) return null;
  const littleEndian = input[1] === 0;
  if (littleEndian === (input[0] === 0)) return null;
  const group = littleEndian ? input.readUInt16LE(0) : input.readUInt16BE(0);
  if (group !== META_GROUP && group !== 8) return null;
  const encoding = encodingAt(input, 0, { explicit: true, littleEndian });
  try {
    // Two elements in ascending order: hardly by chance.
    const first = readElement(input, 0, input.length, encoding);
    if (first.element.length === null) return null;
    const second = readElement(input, first.next, input.length, encoding);
    const groups = [first, second].map(({ element }) => element.tag >>> 16);
    return second.element.tag > first.element.tag && groups[1]! <= 0x10 ? encoding : null;
  } catch (error) {
    if (error instanceof Damage || error instanceof RangeError) return null;
    throw error;
  }
}

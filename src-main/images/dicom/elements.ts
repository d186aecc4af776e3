import { Damage } from '../image-refusals.ts';
import { DataSet } from './data-set.ts';
import { tags } from './tags.ts';

/*
 * The project's own reader of data sets. dcmjs 0.52.2 fails on files that pydicom reads (GH364 and JLSL_RGB_ILV2 of the shared
 * sample, data sets without meta header), prints warnings, and takes ten times as long, since it makes objects of every value; Falx
 * needs some eighty elements and the exact bytes of one.
 */

/** Encoding of a data set: with or without value representations, and the byte order. */
export interface Encoding {
  explicit: boolean;
  littleEndian: boolean;
}

export interface Element {
  tag: number;
  /** As written; null in implicit data sets. */
  vr: string | null;
  /** As written, not copied; shorter than `length` if the file ends before it. */
  value: Buffer;
  encoding: Encoding;
  /** Stated length in bytes; null for undefined length. */
  length: number | null;
  /** Of a sequence of undefined length; other sequences are parsed on request. */
  items?: DataSet[];
  /** Of encapsulated pixel data, and of private elements encoded in the same way. */
  fragments?: Fragment[];
}

/** One item of encapsulated pixel data; the first is the basic offset table. */
export interface Fragment {
  /** From the first byte of the item tag that follows the basic offset table. */
  offset: number;
  bytes: Buffer;
}

const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const UNDEFINED = 0xffffffff;

/** Value representations with a length of 32 bits in explicit data sets (PS3.5, 7.1.2). */
export const long = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

/** Deeper than any standard object nests its sequences; files made to exhaust the stack go deeper. */
const MAX_DEPTH = 32;

const implicitLittle: Encoding = { explicit: false, littleEndian: true };

/**
 * Reads a data set to its end, or to the end of pixel data, after which nothing relevant follows.
 * @throws Damage if the bytes are no data set, or end within an element that is not pixel data.
 */
export function readDataSet(input: Buffer, start: number, encoding: Encoding): DataSet {
  return readElements(input, start, input.length, encoding, 0).set;
}

/** One element, and the position of the next. @throws Damage */
export function readElement(
  input: Buffer,
  start: number,
  end: number,
  encoding: Encoding,
  depth = 0,
): { element: Element; next: number } {
  const { tag, vr, length, at } = header(input, start, end, encoding);
  if (length === UNDEFINED) {
    const element = { tag, vr, encoding, length: null };
    if (tag === tags.PixelData || vr === 'OB' || vr === 'OW') {
      const { fragments, next } = readFragments(input, at, end, encoding);
      return { element: { ...element, value: input.subarray(at, next), fragments }, next };
    }
    // Unknown (UN) of undefined length is always a sequence encoded implicitly (PS3.5, 6.2.2 note 4).
    const inner = vr === 'UN' ? implicitLittle : encoding;
    const { items, next } = readItems(input, at, end, inner, depth + 1);
    return { element: { ...element, value: input.subarray(at, next), items }, next };
  }
  const next = at + length;
  if (next > end && !isPixelData(tag))
    throw new Damage('faultEndsInElement', { tag: tagInWords(tag), length });
  return { element: { tag, vr, value: input.subarray(at, Math.min(next, end)), encoding, length }, next };
}

/** The items of a sequence. @throws Damage */
export function itemsOf(element: Element): DataSet[] {
  const { value, encoding, vr } = element;
  element.items ??= readItems(value, 0, value.length, vr === 'UN' ? implicitLittle : encoding, 1).items;
  return element.items;
}

/** Formatted as `(0028,0010)`. */
export function tagInWords(tag: number): string {
  const hex = tag.toString(16).padStart(8, '0').toUpperCase();
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

export const isPixelData = (tag: number): boolean =>
  tag === tags.PixelData || tag === tags.FloatPixelData || tag === tags.DoubleFloatPixelData;

function readElements(
  input: Buffer,
  start: number,
  end: number,
  encoding: Encoding,
  depth: number,
): { set: DataSet; next: number } {
  if (depth > MAX_DEPTH) throw new Damage('faultNestedTooDeep', { most: MAX_DEPTH });
  const elements = new Map<number, Element>();
  let offset = start;
  while (offset + 8 <= end) {
    const tag = tagAt(input, offset, encoding);
    if (tag === ITEM_END || tag === SEQUENCE_END) return { set: new DataSet(elements), next: offset + 8 };
    const { element, next } = readElement(input, offset, end, encoding, depth);
    elements.set(tag, element);
    offset = next;
    if (depth === 0 && isPixelData(tag)) break;
  }
  return { set: new DataSet(elements), next: offset };
}

function header(
  input: Buffer,
  offset: number,
  end: number,
  encoding: Encoding,
): { tag: number; vr: string | null; length: number; at: number } {
  if (offset + 8 > end) throw new Damage('faultEndsInElementHeader', {});
  const tag = tagAt(input, offset, encoding);
  // Some writers omit the representation of single elements in explicit data sets.
  if (!encoding.explicit || !isLetter(input[offset + 4]!) || !isLetter(input[offset + 5]!))
    return { tag, vr: null, length: u32(input, offset + 4, encoding), at: offset + 8 };
  const vr = String.fromCharCode(input[offset + 4]!, input[offset + 5]!);
  if (!long.has(vr)) return { tag, vr, length: u16(input, offset + 6, encoding), at: offset + 8 };
  if (offset + 12 > end) throw new Damage('faultEndsInElementHeader', {});
  return { tag, vr, length: u32(input, offset + 8, encoding), at: offset + 12 };
}

function readItems(
  input: Buffer,
  start: number,
  end: number,
  encoding: Encoding,
  depth: number,
): { items: DataSet[]; next: number } {
  const items: DataSet[] = [];
  let offset = start;
  while (offset + 8 <= end) {
    const tag = tagAt(input, offset, encoding);
    const length = u32(input, offset + 4, encoding);
    offset += 8;
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM) throw new Damage('faultNoItem', { tag: tagInWords(tag) });
    if (length !== UNDEFINED && offset + length > end) throw new Damage('faultEndsInSequence', {});
    const stop = length === UNDEFINED ? end : offset + length;
    const { set, next } = readElements(input, offset, stop, encoding, depth);
    items.push(set);
    offset = length === UNDEFINED ? next : stop;
  }
  return { items, next: offset };
}

/** The last fragment may be truncated by the file's end: the codec then reports what is missing. */
function readFragments(
  input: Buffer,
  start: number,
  end: number,
  encoding: Encoding,
): { fragments: Fragment[]; next: number } {
  const fragments: Fragment[] = [];
  let offset = start;
  let first = start;
  while (offset + 8 <= end) {
    const tag = tagAt(input, offset, encoding);
    const length = u32(input, offset + 4, encoding);
    if (tag === SEQUENCE_END) return { fragments, next: offset + 8 };
    if (tag !== ITEM || length === UNDEFINED) throw new Damage('faultNoFragment', { tag: tagInWords(tag) });
    fragments.push({
      offset: offset - first,
      bytes: input.subarray(offset + 8, Math.min(end, offset + 8 + length)),
    });
    offset += 8 + length;
    if (fragments.length === 1) first = offset;
  }
  return { fragments, next: Math.min(offset, end) };
}

const tagAt = (input: Buffer, offset: number, encoding: Encoding): number =>
  u16(input, offset, encoding) * 0x10000 + u16(input, offset + 2, encoding);
const u16 = (input: Buffer, offset: number, { littleEndian }: Encoding): number =>
  littleEndian ? input.readUInt16LE(offset) : input.readUInt16BE(offset);
const u32 = (input: Buffer, offset: number, { littleEndian }: Encoding): number =>
  littleEndian ? input.readUInt32LE(offset) : input.readUInt32BE(offset);
const isLetter = (byte: number): boolean => byte >= 65 && byte <= 90;

import { Damage } from '../image-refusals.ts';
import type { DataSet } from './data-set.ts';
import type { Element } from './elements.ts';
import type { Samples } from './samples.ts';
import { tags } from './tags.ts';

/** Colours of a PALETTE COLOR picture (PS3.3, C.7.6.3.1.5). */
export interface Palette {
  /** The stored value of the first entry. */
  first: number;
  /** Bits of an entry: 8 or 16. */
  bits: number;
  /** Red, green, blue. */
  tables: number[][];
}

/** @param signed whether stored values are. @throws Damage */
export function readPalette(set: DataSet, signed: boolean): Palette {
  const [count, begin, depth] = set.numbers(tags.RedPaletteColorLookupTableDescriptor, 'US');
  if (count === undefined || begin === undefined || depth === undefined)
    throw new Damage('faultNoPalette', {});
  const entries = count & 0xffff || 0x10000;
  const segmented = set.element(tags.RedPaletteColorLookupTableData) === undefined;
  const red = segmented ? tags.SegmentedRedPaletteColorLookupTableData : tags.RedPaletteColorLookupTableData;
  const data = [red, red + 1, red + 2].map((tag) => {
    const element = set.element(tag);
    if (!element || element.value.length === 0) throw new Damage('faultPaletteLacks', {});
    return element;
  });
  const wide = segmented ? depth > 8 : data[0]!.value.length >= entries * 2;
  const tables = data.map((element) => {
    const written = wide ? words(element) : [...element.value];
    const table = segmented ? expanded(written, wide) : written.slice(0, entries);
    if (table.length < entries)
      throw new Damage('faultPaletteShort', { there: table.length, needed: entries });
    return table;
  });
  // 8-bit entries may be written in words, in the lower byte or, by some, in both.
  const low = wide && depth <= 8 && tables.every((table) => table.every((value) => value < 256));
  return { first: signed ? (begin << 16) >> 16 : begin, bits: wide && !low ? 16 : 8, tables };
}

/** @returns uint8 or uint16 [pixels, 3], as deep as the palette; values outside it take its first or last colour. */
export function coloured(values: Samples, { first, bits, tables }: Palette): Uint8Array | Uint16Array {
  const colours = new (bits === 8 ? Uint8Array : Uint16Array)(values.length * 3);
  const last = tables[0]!.length - 1;
  for (let at = 0; at < values.length; at += 1) {
    const entry = Math.max(0, Math.min(last, values[at]! - first));
    for (let colour = 0; colour < 3; colour += 1) colours[at * 3 + colour] = tables[colour]![entry]!;
  }
  return colours;
}

function words({ value, encoding }: Element): number[] {
  return Array.from({ length: Math.floor(value.length / 2) }, (_, index) =>
    encoding.littleEndian ? value.readUInt16LE(index * 2) : value.readUInt16BE(index * 2),
  );
}

/** Most entries of a table, whatever its segments say. */
const MAX_ENTRIES = 0x10000;

/**
 * A segmented table, expanded (PS3.3, C.7.9.2): runs of entries, linear segments, and repeats of earlier segments.
 * @param limit how many segments to read. @param before the entry before the first, for repeats that begin with a linear segment.
 */
function expanded(data: number[], wide: boolean, limit = Infinity, before?: number): number[] {
  const table: number[] = [];
  let at = 0;
  // A trailing padding byte is no segment.
  for (let read = 0; read < limit && at + 1 < data.length; read += 1) {
    const [kind, length] = [data[at]!, data[at + 1]!];
    at += 2;
    if (kind === 0) {
      table.push(...data.slice(at, at + length));
      at += length;
    } else if (kind === 1) {
      const from = table.at(-1) ?? before;
      const to = data[at];
      if (from === undefined || to === undefined) throw new Damage('faultPaletteLine', {});
      for (let step = 1; step <= length; step += 1)
        table.push(roundHalfEven(from + ((to - from) * step) / length));
      at += 1;
    } else if (kind === 2 && limit === Infinity) {
      const words = wide
        ? [data[at], data[at + 1]]
        : [data[at]! + data[at + 1]! * 256, data[at + 2]! + data[at + 3]! * 256];
      const offset = words[0]! + words[1]! * 0x10000;
      at += wide ? 2 : 4;
      table.push(...expanded(data.slice(wide ? offset / 2 : offset), wide, length, table.at(-1)));
    } else throw new Damage('faultPaletteSegment', { kind });
    if (table.length > MAX_ENTRIES) throw new Damage('faultPaletteLong', { most: MAX_ENTRIES });
  }
  return table;
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

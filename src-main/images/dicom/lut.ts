import { Damage } from '../image-refusals.ts';
import type { DataSet } from './data-set.ts';
import { tags } from './tags.ts';

/** A look-up table for values (PS3.3, C.11.1 and C.11.2). */
export interface Lut {
  /** The input of the first entry; inputs outside take the first or last. */
  first: number;
  entries: number[];
  /** Bits of an entry, which is unsigned. */
  bits: number;
}

/** @param item of a Modality or VOI LUT Sequence. @param signed whether stored values are. @throws Damage */
export function readLut(item: DataSet, signed: boolean): Lut {
  const [count, begin, bits] = item.numbers(tags.LUTDescriptor, 'US');
  // After a rescale an input may be negative though stored values are not: the file then says SS.
  const negative = signed || item.element(tags.LUTDescriptor)?.vr === 'SS';
  const data = item.element(tags.LUTData);
  if (count === undefined || begin === undefined || bits === undefined || !data)
    throw new Damage('faultLookUpLacks', {});
  const entries = count & 0xffff || 0x10000;
  const { value, encoding } = data;
  const wide = value.length >= entries * 2;
  if (value.length < entries) throw new Damage('faultLookUpShort', { length: value.length, entries });
  const at = (index: number) => {
    if (!wide) return value[index]!;
    return encoding.littleEndian ? value.readUInt16LE(index * 2) : value.readUInt16BE(index * 2);
  };
  return {
    first: negative ? (begin << 16) >> 16 : begin & 0xffff,
    entries: Array.from({ length: entries }, (_, index) => at(index)),
    bits,
  };
}

/** The entry for an input. */
export function lookedUp({ first, entries }: Lut, input: number): number {
  return entries[Math.max(0, Math.min(entries.length - 1, Math.trunc(input - first)))]!;
}

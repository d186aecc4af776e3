import { long } from '../images/dicom/elements.ts';

/** An element to write: a value, a sequence, or encapsulated pixel data. */
export type Written =
  | { tag: number; vr: string; value: Buffer }
  | { tag: number; vr: 'SQ'; items: readonly (readonly Written[])[] }
  | { tag: number; vr: string; fragments: readonly Buffer[] };

const UNDEFINED = 0xffffffff;
const zeroPadded = new Set(['UI', 'OB', 'UN']);

/** A data set in Explicit VR Little Endian, its elements in the order of their tags (PS3.5, 7.1). */
export function writeDataSet(elements: readonly Written[]): Buffer {
  return Buffer.concat(elements.toSorted((a, b) => a.tag - b.tag).flatMap(writeElement));
}

function writeElement(element: Written): Buffer[] {
  const { tag, vr } = element;
  if ('fragments' in element)
    return [
      head(tag, vr, UNDEFINED),
      ...element.fragments.flatMap((bytes) => {
        const padded = even(bytes, 'OB');
        return [marker(0xfffee000, padded.length), padded];
      }),
      marker(0xfffee0dd, 0),
    ];
  if ('items' in element) {
    const items = element.items.flatMap((item) => {
      const content = writeDataSet(item);
      return [marker(0xfffee000, content.length), content];
    });
    return [head(tag, 'SQ', lengthOf(items)), ...items];
  }
  const value = even(element.value, vr);
  // A value too long for its representation is written as unknown (PS3.5, 6.2.2 note 2).
  const fits = long.has(vr) || value.length <= 0xfffe;
  return [head(tag, fits ? vr : 'UN', value.length), value];
}

function head(tag: number, vr: string, length: number): Buffer {
  const isLong = long.has(vr);
  const bytes = Buffer.alloc(isLong ? 12 : 8);
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
  bytes.write(vr, 4, 'latin1');
  if (isLong) bytes.writeUInt32LE(length, 8);
  else bytes.writeUInt16LE(length, 6);
  return bytes;
}

function marker(tag: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}

const even = (value: Buffer, vr: string): Buffer =>
  value.length % 2 === 0 ? value : Buffer.concat([value, Buffer.from(zeroPadded.has(vr) ? [0] : [0x20])]);

const lengthOf = (parts: readonly Buffer[]): number => parts.reduce((sum, { length }) => sum + length, 0);

/** A DICOM file: preamble of zeros, file meta information of Falx's own, data set. */
export function writeFile(
  { sopClass, sopInstance, syntax }: { sopClass: string; sopInstance: string; syntax: string },
  elements: readonly Written[],
): Buffer {
  const text = (tag: number, vr: string, value: string): Written => ({
    tag,
    vr,
    value: Buffer.from(value, 'latin1'),
  });
  const meta = writeDataSet([
    { tag: 0x00020001, vr: 'OB', value: Buffer.from([0, 1]) },
    text(0x00020002, 'UI', sopClass),
    text(0x00020003, 'UI', sopInstance),
    text(0x00020010, 'UI', syntax),
    text(0x00020012, 'UI', IMPLEMENTATION),
    text(0x00020013, 'SH', 'FALX'),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const group = writeDataSet([{ tag: 0x00020000, vr: 'UL', value: length }]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), group, meta, writeDataSet(elements)]);
}

/** Falx's own, made from a random UUID (PS3.5, B.2). */
const IMPLEMENTATION = '2.25.210902601899453463193469703168347841516';

/** A value's encoding, or a sequence's items, or encapsulated fragments. */
export type Value = string | number | number[] | Buffer | Elements[] | { fragments: Buffer[] };

/** By tag (group and element as eight hexadecimal digits) and value representation, as `00280010 US`. */
export type Elements = Record<string, Value>;

export interface Way {
  explicit: boolean;
  littleEndian: boolean;
  /** Sequences and items of undefined length. */
  undefinedLength?: boolean;
}

const long = new Set(['OB', 'OW', 'OF', 'OD', 'SQ', 'UN', 'UT']);
const UNDEFINED = 0xffffffff;

/** The bytes of a data set, elements in the given order. */
export function dataSet(elements: Elements, way: Way): Buffer {
  return Buffer.concat(
    Object.entries(elements).map(([key, value]) => {
      const [tag, vr] = key.split(' ') as [string, string];
      return element(tag, vr, value, way);
    }),
  );
}

export const implicitLittle: Way = { explicit: false, littleEndian: true };
export const explicitLittle: Way = { explicit: true, littleEndian: true };
export const explicitBig: Way = { explicit: true, littleEndian: false };

/** A complete file: preamble, meta header with this transfer syntax, data set. */
export function file(syntax: string, elements: Elements, way: Way = explicitLittle): Buffer {
  return Buffer.concat([preamble(syntax), dataSet(elements, way)]);
}

export function preamble(syntax: string): Buffer {
  const meta = dataSet({ '00020001 OB': Buffer.from([0, 1]), '00020010 UI': syntax }, explicitLittle);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta]);
}

/** The elements of every picture; `more` is merged in tag order. */
export function picture(
  shape: { rows: number; columns: number; bits?: number; stored?: number; signed?: boolean; frames?: number },
  pixels: Value,
  more: Elements = {},
): Elements {
  const { rows, columns, bits = 16, stored = bits, signed = false, frames } = shape;
  const all: Elements = {
    '00080060 CS': 'MR',
    '00280002 US': 1,
    '00280004 CS': 'MONOCHROME2',
    ...(frames !== undefined && { '00280008 IS': String(frames) }),
    '00280010 US': rows,
    '00280011 US': columns,
    '00280100 US': bits,
    '00280101 US': stored,
    '00280102 US': stored - 1,
    '00280103 US': signed ? 1 : 0,
    ...more,
    [`7FE00010 ${bits > 8 ? 'OW' : 'OB'}`]: pixels,
  };
  return Object.fromEntries(Object.entries(all).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** 16-bit numbers as bytes. */
export function words(values: readonly number[], littleEndian = true): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) =>
    littleEndian
      ? bytes.writeUInt16LE(value & 0xffff, index * 2)
      : bytes.writeUInt16BE(value & 0xffff, index * 2),
  );
  return bytes;
}

function element(tag: string, vr: string, value: Value, way: Way): Buffer {
  const [body, length] = bodyOf(vr, value, way);
  const head = tagBytes(tag, way);
  if (!way.explicit) return Buffer.concat([head, u32(length, way), body]);
  const representation = Buffer.from(vr, 'latin1');
  return long.has(vr)
    ? Buffer.concat([head, representation, Buffer.alloc(2), u32(length, way), body])
    : Buffer.concat([head, representation, u16(length, way), body]);
}

function bodyOf(vr: string, value: Value, way: Way): [Buffer, number] {
  if (Buffer.isBuffer(value)) return [even(value), even(value).length];
  if (typeof value === 'string') {
    const bytes = even(Buffer.from(value, 'latin1'), vr === 'UI' ? 0 : 0x20);
    return [bytes, bytes.length];
  }
  if (typeof value === 'number') return bodyOf(vr, [value], way);
  if (Array.isArray(value)) {
    if (isNumbers(value)) {
      const bytes = Buffer.concat(value.map((number) => numberBytes(vr, number, way)));
      return [bytes, bytes.length];
    }
    return sequence(value, way);
  }
  const items = value.fragments.map((bytes) => item(even(bytes), way, false));
  return [Buffer.concat([...items, tagBytes('FFFEE0DD', way), u32(0, way)]), UNDEFINED];
}

const isNumbers = (value: number[] | Elements[]): value is number[] =>
  value.every((part) => typeof part === 'number');

function sequence(items: Elements[], way: Way): [Buffer, number] {
  const open = way.undefinedLength ?? false;
  const bytes = Buffer.concat([
    ...items.map((elements) => item(dataSet(elements, way), way, open)),
    ...(open ? [tagBytes('FFFEE0DD', way), u32(0, way)] : []),
  ]);
  return [bytes, open ? UNDEFINED : bytes.length];
}

function item(bytes: Buffer, way: Way, open: boolean): Buffer {
  const head = tagBytes('FFFEE000', way);
  return open
    ? Buffer.concat([head, u32(UNDEFINED, way), bytes, tagBytes('FFFEE00D', way), u32(0, way)])
    : Buffer.concat([head, u32(bytes.length, way), bytes]);
}

function numberBytes(vr: string, value: number, way: Way): Buffer {
  if (vr === 'US' || vr === 'SS' || vr === 'OW') return u16(value & 0xffff, way);
  if (vr !== 'FD' && vr !== 'FL') return u32(value >>> 0, way);
  const view = new DataView(new ArrayBuffer(vr === 'FD' ? 8 : 4));
  if (vr === 'FD') view.setFloat64(0, value, way.littleEndian);
  else view.setFloat32(0, value, way.littleEndian);
  return Buffer.from(view.buffer);
}

const even = (bytes: Buffer, padding = 0): Buffer =>
  bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([padding])]);

function tagBytes(tag: string, way: Way): Buffer {
  return Buffer.concat([u16(parseInt(tag.slice(0, 4), 16), way), u16(parseInt(tag.slice(4), 16), way)]);
}

function u16(value: number, { littleEndian }: Way): Buffer {
  const bytes = Buffer.alloc(2);
  if (littleEndian) bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number, { littleEndian }: Way): Buffer {
  const bytes = Buffer.alloc(4);
  if (littleEndian) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

/**
 * A JP2 file (ISO/IEC 15444-1, annex I) that shows a single component of a codestream: its palette box has one channel, which the
 * component mapping box maps directly to that component. The decoder still undoes the transform of all components first.
 * Needed because dcmjs-codecs returns only the lower byte of several components, but the lower 16 bits of one.
 * @param codestream bare, without boxes of its own. @param component from 0. @param components their number.
 */
export function showingComponent(
  codestream: Uint8Array,
  { width, height, components, precision, signed }: Shape,
  component: number,
): Uint8Array {
  const sign = signed ? 0x80 : 0;
  const depth = (precision - 1) | sign;
  const shown = (Math.min(precision, 16) - 1) | sign;
  const header = box(
    'jp2h',
    box('ihdr', u32(height), u32(width), u16(components), Buffer.from([depth, 7, 1, 0])),
    box('colr', Buffer.from([1, 0, 0]), u32(GREYSCALE)),
    // One entry, which is never looked up.
    box('pclr', u16(1), Buffer.from([1, shown]), Buffer.alloc(precision > 8 ? 2 : 1)),
    box('cmap', u16(component), Buffer.from([AS_IT_IS, 0])),
  );
  return Buffer.concat([
    box('jP  ', Buffer.from([0x0d, 0x0a, 0x87, 0x0a])),
    box('ftyp', Buffer.from('jp2 '), u32(0), Buffer.from('jp2 ')),
    header,
    box('jp2c', codestream),
  ]);
}

interface Shape {
  width: number;
  height: number;
  components: number;
  precision: number;
  signed: boolean;
}

const GREYSCALE = 17;
const AS_IT_IS = 0;

function box(kind: string, ...parts: Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(length), Buffer.from(kind, 'latin1'), ...parts]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

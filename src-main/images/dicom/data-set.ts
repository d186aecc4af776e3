import { itemsOf, type Element } from './elements.ts';
import { tags } from './tags.ts';

/** Encodings of numbers: binary by size and kind, DS and IS as text. */
export type NumberVr = 'US' | 'SS' | 'UL' | 'SL' | 'FL' | 'FD' | 'UV' | 'DS' | 'IS';

const sizes: Partial<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8, UV: 8 };
const numeric = new Set(['US', 'SS', 'UL', 'SL', 'FL', 'FD', 'UV', 'DS', 'IS']);

/** The elements of a data set or of an item of a sequence, by tag. */
export class DataSet {
  readonly elements: ReadonlyMap<number, Element>;

  constructor(elements: ReadonlyMap<number, Element>) {
    this.elements = elements;
  }

  element(tag: number): Element | undefined {
    return this.elements.get(tag);
  }

  /** An element's text without padding; null if it is absent or empty. */
  text(tag: number): string | null {
    const element = this.elements.get(tag);
    if (!element || element.value.length === 0) return null;
    const utf8 = this.elements.get(tags.SpecificCharacterSet)?.value.includes('ISO_IR 192') ?? false;
    const text = element.value.toString(utf8 ? 'utf8' : 'latin1').replace(/^[\s\0]+|[\s\0]+$/g, '');
    return text === '' ? null : text;
  }

  /** The values of an element of several strings, without padding. */
  texts(tag: number): string[] {
    return (this.text(tag) ?? '').split('\\').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  }

  /**
   * An element's numbers; empty if it is absent; invalid ones are left out.
   * @param vr its representation if the file doesn't say.
   */
  numbers(tag: number, vr: NumberVr): number[] {
    const element = this.elements.get(tag);
    if (!element) return [];
    const kind = element.vr !== null && numeric.has(element.vr) ? element.vr : vr;
    const size = sizes[kind];
    if (size === undefined)
      return this.texts(tag)
        .map((text) => Number(text))
        .filter(Number.isFinite);
    const { value, encoding } = element;
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    return Array.from({ length: Math.floor(value.length / size) }, (_, index) =>
      numberAt(view, index * size, kind, encoding.littleEndian),
    );
  }

  /** The first of an element's numbers, or null. */
  number(tag: number, vr: NumberVr): number | null {
    return this.numbers(tag, vr)[0] ?? null;
  }

  /** The items of a sequence; none if it is absent. */
  items(tag: number): DataSet[] {
    const element = this.elements.get(tag);
    return element ? itemsOf(element) : [];
  }
}

function numberAt(view: DataView, at: number, vr: string, little: boolean): number {
  switch (vr) {
    case 'US':
      return view.getUint16(at, little);
    case 'SS':
      return view.getInt16(at, little);
    case 'UL':
      return view.getUint32(at, little);
    case 'SL':
      return view.getInt32(at, little);
    case 'FL':
      return view.getFloat32(at, little);
    case 'UV':
      return Number(view.getBigUint64(at, little));
    default:
      return view.getFloat64(at, little);
  }
}

import type { DataSet } from '../images/dicom/data-set.ts';
import { isPixelData, itemsOf, tagInWords, type Element } from '../images/dicom/elements.ts';
import { tags } from '../images/dicom/tags.ts';
import { Damage } from '../images/image-refusals.ts';
import { dummy } from './dummy.ts';
import { shiftedDate } from './dates.ts';
import type { Secret } from './secret.ts';
import { actionOf, standardVr, type Action } from './tables.ts';
import type { Written } from './write.ts';

/** Counts of elements, by kind, that were removed without the profile naming them. */
export interface Removed {
  private: number;
  /** Not in the standard. */
  unknown: number;
  curvesAndOverlays: number;
  /** In the standard, but not encoded as it says: the content can't be determined. */
  odd: number;
}

export const removedKinds = ['private', 'unknown', 'curvesAndOverlays', 'odd'] as const;
export const nothingRemoved = (): Removed => ({ private: 0, unknown: 0, curvesAndOverlays: 0, odd: 0 });

export interface Cleaning {
  secret: Secret;
  /** Identifies the patient; the pseudonym is derived from it. */
  patient: string;
  /** Days by which dates are shifted; null: they are removed, as in the profile. */
  days: number | null;
  removed: Removed;
}

/** How a data set's pixels are stored, for value representations that depend on it. */
interface Pixels {
  signed: boolean;
  bits: number;
}

const PATIENT_BIRTH_DATE = 0x00100030;
const PATIENT_BIRTH_TIME = 0x00100032;
/** May be empty wherever it is required (PS3.3, C.7.6.14). */
const ACQUISITION_CONTEXT = 0x00400555;
/** SOP classes, of which there are private ones: they only say what a file is. */
const classes = new Set<number>([tags.SOPClassUID, 0x00081150]);
const standardUid = /^1\.2\.840\.10008\./;

const texts = new Set(['AE', 'AS', 'CS', 'DS', 'IS', 'LO', 'LT', 'SH', 'ST', 'UC', 'UI', 'UR', 'UT']);
/** Bytes of one number, for conversion of the byte order. */
const widths: Record<string, number> = {
  ...{ US: 2, SS: 2, OW: 2, AT: 2, UL: 4, SL: 4, FL: 4, OF: 4, OL: 4 },
  ...{ FD: 8, OD: 8, SV: 8, UV: 8, OV: 8 },
};

/** A data set after applying the profile, for Explicit VR Little Endian. @throws Damage if it is incomplete. */
export function clean(
  set: DataSet,
  cleaning: Cleaning,
  around: Pixels = { signed: false, bits: 16 },
): Written[] {
  const pixels = {
    signed: (set.number(tags.PixelRepresentation, 'US') ?? Number(around.signed)) === 1,
    bits: set.number(tags.BitsAllocated, 'US') ?? around.bits,
  };
  return [...set.elements.values()].flatMap((element) => {
    const written = cleanElement(element, cleaning, pixels);
    return written ? [written] : [];
  });
}

function cleanElement(element: Element, cleaning: Cleaning, pixels: Pixels): Written | null {
  const { tag } = element;
  const { removed } = cleaning;
  const group = tag >>> 16;
  const gone = (kind: keyof Removed): null => {
    removed[kind]++;
    return null;
  };
  if (group % 2 === 1) return gone('private');
  if ((tag & 0xffff) === 0) return null; // a group's length, which has changed
  if ((group & 0xff00) === 0x5000 || (group & 0xff00) === 0x6000) return gone('curvesAndOverlays');
  const known = standardVr(tag);
  if (known === null) return actionOf(tag) === null ? gone('unknown') : null;
  if (isPixelData(tag)) return pixelData(element, pixels);

  const vr = representation(element, known, pixels);
  const action = actionOf(tag) ?? unlisted(vr);
  if (action === 'X') return keptDate(element, vr, cleaning);
  if (vr === 'SQ') {
    // An empty sequence is valid only where the standard allows one; where it may be absent, removing it is always valid.
    if (action?.startsWith('X/') && action !== 'X/Z/U*' && tag !== ACQUISITION_CONTEXT) return null;
    if (action !== null && action !== 'X/Z/U*') return { tag, vr, items: [] };
    if (!isSequence(element)) return gone('odd');
    return { tag, vr, items: itemsOf(element).map((item) => clean(item, cleaning, pixels)) };
  }
  if (action !== null) return keptDate(element, vr, cleaning) ?? replaced(element, vr, action, cleaning);
  if (!isWrittenAs(element, known)) return gone('odd');
  if (element.value.length < (element.length ?? 0))
    throw new Damage('faultEndsInElement', { tag: tagInWords(tag), length: element.length ?? 0 });
  if (element.value.length % (widths[vr] ?? 1) !== 0) return gone('odd');
  const value = littleEndian(element, vr);
  if (vr === 'UI') return { tag, vr, value: classes.has(tag) ? value : otherUids(value, cleaning, true) };
  if ((vr === 'DS' || vr === 'IS') && !/^[\d+\-.eE\\ \0]*$/.test(value.toString('latin1')))
    return gone('odd');
  return { tag, vr, value: texts.has(vr) ? withoutPadding(value) : value };
}

/** Some writers pad texts with zeros, which the standard allows only in UIDs. */
function withoutPadding(value: Buffer): Buffer {
  let end = value.length;
  while (end > 0 && value[end - 1] === 0) end--;
  return value.subarray(0, end);
}

/** Dates, times, names and long texts that are in no row of the table (it lags behind the dictionary) are removed as well. */
const unlisted = (vr: string): Action | null => (/^(DA|DT|TM|PN|LT|ST|UT)$/.test(vr) ? 'X' : null);

/** The value representation written: the standard's, and if that has several, the file's own or the one that the pixels require. */
function representation({ vr, tag }: Element, known: string, { signed, bits }: Pixels): string {
  const several = known.split('/');
  if (several.length === 1) return known;
  if (vr !== null && several.includes(vr)) return vr;
  if (tag === tags.PixelData) return bits > 8 ? 'OW' : 'OB';
  if (several.includes('OW')) return 'OW';
  return signed ? 'SS' : 'US';
}

const isSequence = ({ vr, items }: Element): boolean =>
  vr === 'SQ' || vr === 'UN' || vr === null || items !== undefined;

/** Whether the content can be what the standard says: a name may have been written in place of a number. */
function isWrittenAs({ vr, items, fragments }: Element, known: string): boolean {
  if (items !== undefined || fragments !== undefined || vr === 'SQ') return false;
  if (vr === null || vr === 'UN') return true;
  return known.split('/').includes(vr) || (texts.has(vr) && texts.has(known));
}

function littleEndian({ value, encoding, vr: as }: Element, vr: string): Buffer {
  const width = widths[vr];
  // Unknown ones are little endian in every data set.
  if (encoding.littleEndian || as === 'UN' || width === undefined) return value;
  const swapped = Buffer.from(value.subarray(0, value.length - (value.length % width)));
  if (width === 2) return swapped.swap16();
  return width === 4 ? swapped.swap32() : swapped.swap64();
}

function keptDate({ tag, value }: Element, vr: string, { days }: Cleaning): Written | null {
  if (days === null || tag === PATIENT_BIRTH_DATE || tag === PATIENT_BIRTH_TIME) return null;
  const text = shiftedDate(vr, value.toString('latin1'), days);
  return text === null ? null : { tag, vr, value: Buffer.from(text, 'latin1') };
}

function replaced(
  { tag, value }: Element,
  vr: string,
  action: Action,
  { secret, patient }: Cleaning,
): Written {
  if (tag === tags.PatientID || tag === tags.PatientName)
    return { tag, vr, value: Buffer.from(secret.patient(patient), 'latin1') };
  if (action === 'U') return { tag, vr, value: otherUids(value, { secret }, false) };
  if (action === 'Z' || action === 'X/Z') return { tag, vr, value: Buffer.alloc(0) };
  return { tag, vr, value: dummy(vr) };
}

/**
 * @param standardStay whether UIDs assigned by the standard itself are kept: they name coding schemes and atlases' frames of
 *   reference.
 */
function otherUids(value: Buffer, { secret }: Pick<Cleaning, 'secret'>, standardStay: boolean): Buffer {
  const uids = value
    .toString('latin1')
    .split('\\')
    .map((uid) => uid.replace(/[\s\0]+$/, ''));
  const others = uids.map((uid) =>
    uid === '' || (standardStay && standardUid.test(uid)) ? uid : secret.uid(uid),
  );
  return Buffer.from(others.join('\\'), 'latin1');
}

/** @throws Damage when pixels are missing. */
function pixelData(element: Element, pixels: Pixels): Written {
  const { tag, value, fragments, length } = element;
  const vr = representation(element, standardVr(tag)!, pixels);
  if (fragments) {
    if (value.length < 8 || value.readUInt32LE(value.length - 8) !== 0xe0ddfffe)
      throw new Damage('faultEndsInPixels', {});
    return { tag, vr: 'OB', fragments: fragments.map(({ bytes }) => bytes) };
  }
  if (length === null || value.length < length) throw new Damage('faultEndsInPixels', {});
  // Bytes are swapped within whole pixels, not within their 16-bit words (PS3.5, 8.1.1).
  const as = pixels.bits === 64 ? 'OV' : pixels.bits === 32 ? 'OL' : vr;
  return { tag, vr, value: littleEndian(element, tag === tags.PixelData ? as : vr) };
}

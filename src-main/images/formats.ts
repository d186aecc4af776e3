import { gunzipSync, constants } from 'node:zlib';
import {
  formats,
  pictureFormats,
  volumeFormats,
  type PictureFormat,
  type VolumeFormat,
} from '../contract/formats.ts';
import { HEADER_BYTES } from './nifti/header.ts';
import { beginsAsVolume } from './nifti/readers.ts';

type Bytes = readonly (number | null)[];
const ascii = (text: string): Bytes => Array.from(text, (letter) => letter.charCodeAt(0));

/** What a person may well have by mistake, so that the refusal can say what it is. */
const strangers: [string, Bytes, number][] = [
  ['a DICOM file', ascii('DICM'), 128],
  ['a NIfTI volume', ascii('n+1\0'), 344],
  ['a NIfTI volume', ascii('n+2\0'), 4],
  ['the header of a NIfTI volume', ascii('ni1\0'), 344],
  ['the header of a NIfTI volume', ascii('ni2\0'), 4],
  ['an Analyze 7.5 header (save the volume as NIfTI)', [0x5c, 1, 0, 0], 0],
  ['an Analyze 7.5 header (save the volume as NIfTI)', [0, 0, 1, 0x5c], 0],
  ['a MetaImage volume (save it as NIfTI)', ascii('ObjectType = '), 0],
  ['an NRRD volume (save it as NIfTI)', ascii('NRRD000'), 0],
  ['a MINC volume (save it as NIfTI)', ascii('CDF\x01'), 0],
  ['an HDF5 file (a MINC 2 volume, perhaps; save it as NIfTI)', [0x89, ...ascii('HDF\r\n')], 0],
  ['a gzip archive (unpack it first)', [0x1f, 0x8b], 0],
  ['a ZIP archive (unpack it first)', ascii('PK\x03\x04'), 0],
  ['a PDF document', ascii('%PDF'), 0],
  ['a PostScript document', ascii('%!PS'), 0],
  ['a HEIC or AVIF picture', ascii('ftyp'), 4],
  ['a JPEG 2000 picture', [0, 0, 0, 12, ...ascii('jP  ')], 0],
  ['a JPEG 2000 picture', [0xff, 0x4f, 0xff, 0x51], 0],
  ['a JPEG XL picture', [0xff, 0x0a], 0],
  ['a DirectDraw picture', ascii('DDS '), 0],
  ['a Photoshop document', ascii('8BPS'), 0],
];

/** The format of a picture from its first bytes, or null when it is none of these. The name has no say. */
export function pictureFormatOf(input: Uint8Array): PictureFormat | null {
  const begins = (name: PictureFormat) => formats[name].magic?.some((bytes) => startsWith(input, bytes));
  return pictureFormats.find(begins) ?? null;
}

/** Whether a file has DICOM's preamble, whatever format that itself may look like. */
export const hasDicomMark = (input: Uint8Array): boolean => startsWith(input, ascii('DICM'), 128);

/** Whether a file's first bytes begin a NIfTI or MGH volume or its header, packed with gzip or not. */
export function isVolume(start: Uint8Array): boolean {
  return beginsAsVolume(unpackedStart(start));
}

/** The first bytes of what a gzip file holds; of another, its own. */
export function unpackedStart(start: Uint8Array): Uint8Array {
  if (!startsWith(start, [0x1f, 0x8b])) return start;
  try {
    // A few kilobytes unpack to some megabytes at most. A wrong checksum at the end is not noticed here.
    const some = start.subarray(0, Math.min(4096, start.length - 8));
    return gunzipSync(some, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, HEADER_BYTES);
  } catch {
    return start; // damaged from the start: no volume can be told in it
  }
}

/** Which kind of packed volume a file is by its name though not by what is in it: one that was damaged; null for others. */
export function packedVolume(input: Uint8Array, name: string): VolumeFormat | null {
  if (!startsWith(input, [0x1f, 0x8b])) return null;
  const called = name.toLowerCase();
  const isPacked = (ending: string) => ending.endsWith('gz') && called.endsWith(`.${ending}`);
  return (
    volumeFormats.find((format) =>
      [...formats[format].extensions, ...(formats[format].companions ?? [])].some(isPacked),
    ) ?? null
  );
}

/** What a file that is no image holds, in words that follow "it holds". */
export function contentInWords(input: Uint8Array): string {
  const stranger = strangers.find(([, bytes, offset]) => startsWith(input, bytes, offset));
  if (stranger) return stranger[0];
  return isText(input) ? 'text' : 'data of a kind Falx does not know';
}

function startsWith(input: Uint8Array, bytes: Bytes, offset = 0): boolean {
  return (
    input.length >= offset + bytes.length &&
    bytes.every((byte, index) => byte === null || input[offset + index] === byte)
  );
}

/** Whether the first kilobyte is UTF-8 without control characters other than tabs and line ends. */
function isText(input: Uint8Array): boolean {
  const start = input.subarray(0, 1024);
  if (start.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return false;
  try {
    // `stream` forgives a character cut in half at the end.
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return true;
  } catch {
    return false;
  }
}

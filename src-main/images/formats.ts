import { gunzipSync, constants } from 'node:zlib';
import { HEADER_BYTES, niftiVersion } from './nifti/header.ts';
import { isMgh } from './nifti/mgh.ts';

/** The formats of files that hold one picture for the eye. */
export const plainFormats = ['jpeg', 'png', 'tiff', 'bmp', 'webp', 'gif'] as const;
export type PlainFormat = (typeof plainFormats)[number];

/** The formats Falx reads, by the names the registry keeps. */
export type FormatName = PlainFormat | 'dicom' | 'nifti' | 'mgh';

type Bytes = (number | null)[];
const ascii = (text: string): Bytes => Array.from(text, (letter) => letter.charCodeAt(0));

/** First bytes of each format; null stands for any byte. BMP is told apart by its header's size as well. */
const signatures: [PlainFormat, Bytes][] = [
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['png', [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a]],
  ['tiff', [...ascii('II'), 42, 0]],
  ['tiff', [...ascii('MM'), 0, 42]],
  ['tiff', [...ascii('II'), 43, 0]],
  ['tiff', [...ascii('MM'), 0, 43]],
  ['bmp', ascii('BM')],
  ['webp', [...ascii('RIFF'), null, null, null, null, ...ascii('WEBP')]],
  ['gif', ascii('GIF87a')],
  ['gif', ascii('GIF89a')],
];

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

/** The plain format of a file from its first bytes, or null when it is none of these. The name has no say. */
export function plainFormatOf(input: Uint8Array): PlainFormat | null {
  return signatures.find(([, bytes]) => startsWith(input, bytes))?.[0] ?? null;
}

/** Whether a file has DICOM's preamble, whatever format that itself may look like. */
export const hasDicomMark = (input: Uint8Array): boolean => startsWith(input, ascii('DICM'), 128);

/** Whether a file's first bytes begin a NIfTI or MGH volume or its header, packed with gzip or not. */
export function isVolume(start: Uint8Array): boolean {
  const unpacked = unpackedStart(start);
  return niftiVersion(unpacked) !== null || isMgh(unpacked);
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
export function packedVolume(input: Uint8Array, name: string): 'nifti' | 'mgh' | null {
  if (!startsWith(input, [0x1f, 0x8b])) return null;
  return /\.mgz$|\.mgh\.gz$/i.test(name) ? 'mgh' : /\.(nii|img|hdr)\.gz$/i.test(name) ? 'nifti' : null;
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

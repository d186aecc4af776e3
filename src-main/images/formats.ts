import { gunzipSync, constants } from 'node:zlib';
import {
  formats,
  pictureFormats,
  volumeFormats,
  type PictureFormat,
  type VolumeFormat,
} from '../contract/formats.ts';
import type { Content } from './image-refusals.ts';
import { HEADER_BYTES } from './nifti/header.ts';
import { beginsAsVolume } from './nifti/readers.ts';

type Bytes = readonly (number | null)[];
const ascii = (text: string): Bytes => Array.from(text, (letter) => letter.charCodeAt(0));

const DICOM_MARK = ascii('DICM');

/** Other formats that users may choose by mistake, so that the refusal can name them. */
const foreignContents: [Content, Bytes, number][] = [
  ['dicom', DICOM_MARK, 128],
  ['nifti', ascii('n+1\0'), 344],
  ['nifti', ascii('n+2\0'), 4],
  ['niftiHeader', ascii('ni1\0'), 344],
  ['niftiHeader', ascii('ni2\0'), 4],
  ['analyze', [0x5c, 1, 0, 0], 0],
  ['analyze', [0, 0, 1, 0x5c], 0],
  ['metaImage', ascii('ObjectType = '), 0],
  ['nrrd', ascii('NRRD000'), 0],
  ['minc', ascii('CDF\x01'), 0],
  ['hdf5', [0x89, ...ascii('HDF\r\n')], 0],
  ['gzip', [0x1f, 0x8b], 0],
  ['zip', ascii('PK\x03\x04'), 0],
  ['pdf', ascii('%PDF'), 0],
  ['postScript', ascii('%!PS'), 0],
  ['heic', ascii('ftyp'), 4],
  ['jpeg2000', [0, 0, 0, 12, ...ascii('jP  ')], 0],
  ['jpeg2000', [0xff, 0x4f, 0xff, 0x51], 0],
  ['jpegXl', [0xff, 0x0a], 0],
  ['directDraw', ascii('DDS '), 0],
  ['photoshop', ascii('8BPS'), 0],
];

/** The format of a picture from its first bytes, or null if it is none of these. The name is ignored. */
export function pictureFormatOf(input: Uint8Array): PictureFormat | null {
  const begins = (name: PictureFormat) => formats[name].magic?.some((bytes) => startsWith(input, bytes));
  return pictureFormats.find(begins) ?? null;
}

/** Whether a file has DICOM's preamble, whatever format the preamble may look like. */
export const hasDicomMark = (input: Uint8Array): boolean => startsWith(input, DICOM_MARK, 128);

/** Whether a file's first bytes begin a NIfTI or MGH volume or its header, with gzip or without. */
export function isVolume(start: Uint8Array): boolean {
  return beginsAsVolume(unpackedStart(start));
}

/** The first bytes of a gzip file's content; of another file, its own. */
export function unpackedStart(start: Uint8Array): Uint8Array {
  if (!startsWith(start, [0x1f, 0x8b])) return start;
  try {
    // A few kilobytes unpack to at most some megabytes. A wrong checksum at the end is not detected here.
    const some = start.subarray(0, Math.min(4096, start.length - 8));
    return gunzipSync(some, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, HEADER_BYTES);
  } catch {
    return start; // damaged from the start: no volume can be recognised
  }
}

/** The kind of packed volume that a file is by its name but not by its content, because it is damaged; otherwise null. */
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

/** The content of a file that is no image. */
export function contentOf(input: Uint8Array): Content {
  const stranger = foreignContents.find(([, bytes, offset]) => startsWith(input, bytes, offset));
  if (stranger) return stranger[0];
  return isText(input) ? 'text' : 'unknown';
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
    // `stream` tolerates a truncated character at the end.
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return true;
  } catch {
    return false;
  }
}

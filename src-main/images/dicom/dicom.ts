import type { FalxError } from '../../contract/errors.ts';
import type { Preprocessing } from '../../contract/settings.ts';
import type { Decoded } from '../picture.ts';
import type { Facts } from '../facts.ts';
import { checkSize, Damage } from '../image-refusals.ts';
import { highBytes, rgbOfHsv, rgbOfPartialYbr, rgbOfYbr } from './colour.ts';
import type { DataSet } from './data-set.ts';
import { decodeFrame, type Frame } from './decode-frame.ts';
import { factsOf } from './dicom-facts.ts';
import { readFile } from './dicom-file.ts';
import { framesOfFragments } from './frames.ts';
import { functionalGroups, type FunctionalGroups } from './functional-groups.ts';
import { aspectOf, geometryOf, type Geometry } from './geometry.ts';
import { greyLevels, paddingOf } from './dicom-grey.ts';
import { identityOf, isNamedIn, type Identity } from './patient-identity.ts';
import { imagePixel, type ImagePixel } from './image-pixel.ts';
import { modalityOf, rescaled } from './modality.ts';
import { checkLength } from './native.ts';
import { coloured, readPalette } from './palette.ts';
import { isBroken, isNoPicture, isUnsupported, Unsupported } from './dicom-refusals.ts';
import type { Samples } from './samples.ts';
import { tags } from './tags.ts';
import type { Compression, TransferSyntax } from './transfer-syntaxes.ts';
import { voiOf } from './voi.ts';

export { isDicom } from './dicom-file.ts';
export type { Geometry } from './geometry.ts';
export type { Samples } from './samples.ts';

/** Values of a frame: row by row, samples of a pixel side by side. */
export interface Values {
  width: number;
  height: number;
  samples: 1 | 3;
  data: Samples;
}

/** A DICOM file whose header was read; frames are numbered from 1, and each is decoded on request. */
export interface DicomFile extends Identity {
  frames: number;
  width: number;
  height: number;
  /** Per stored pixel: 1 for PALETTE COLOR. */
  samples: 1 | 3;
  transferSyntax: { uid: string; name: string };
  /** From an allow-list that identifies no one. */
  facts: Facts;
  /** InstanceNumber. */
  instance: number | null;
  geometry: (frame: number) => Geometry;
  /** Ratio of the height to the width of a frame's pixels. */
  aspect: (frame: number) => number;
  /** As stored, YBR_FULL as RGB: equal to pydicom's `pixel_array`. @throws FalxError */
  values: (frame: number) => Promise<Values>;
  /** Grey after modality LUT or rescale, in double precision if there is one. @throws FalxError */
  rescaled: (frame: number) => Promise<Values>;
  /** 8-bit RGB for display, one pixel per stored one. @throws FalxError */
  picture: (frame: number, window: Preprocessing['window']) => Promise<Decoded>;
}

/**
 * Reads the header of a DICOM file (PS3.10), with or without preamble.
 * @param input the whole file. @param name used in errors. @param salt the home's own, for hashes of identity.
 * @throws FalxError `unsupported-format` no picture, or one that Falx has no decoder for; `unreadable-file` damaged; `too-large`.
 *   Codecs report damage when a frame is decoded.
 */
export function readDicom(input: Buffer, name: string, salt: string): DicomFile {
  const { meta, syntax, dataSet } = translated(name, null, () => readFile(input));
  return translated(name, syntax, () => {
    const image = imagePixel(dataSet);
    if (!image) throw withoutPicture(name, meta, dataSet);
    const { compression } = syntax;
    if (!compression) throw new Unsupported('faultNoDecoder', {}, 'decompress');
    checkSize(name, image.columns, image.rows, image.samples * Math.ceil(image.bitsAllocated / 8));
    return opened(name, dataSet, image, { ...syntax, compression }, identityOf(dataSet, salt));
  });
}

function opened(
  name: string,
  set: DataSet,
  image: ImagePixel,
  syntax: TransferSyntax & { compression: Compression },
  identity: Identity,
): DicomFile {
  const groups = functionalGroups(set);
  const frames = frameBytes(set, image, syntax.compression);
  const decoded = (frame: number): Promise<Frame> => {
    if (!Number.isInteger(frame) || frame < 1 || frame > image.frames)
      throw new RangeError(`Expected a frame from 1 to ${image.frames} but received ${frame}`);
    const bytes = frames.length === image.frames ? frames[frame - 1]! : frames[0]!;
    return decodeFrame(image, syntax.compression, bytes, frame - 1);
  };
  const { columns: width, rows: height, samples } = image;
  const shape = { width, height, samples };
  const safely = <T>(work: () => Promise<T>): Promise<T> => translatedLater(name, syntax, work);
  return {
    ...identity,
    ...shape,
    frames: image.frames,
    transferSyntax: { uid: syntax.uid, name: syntax.name },
    facts: {
      ...factsOf(set, groups, image, syntax),
      ...(identity.series !== null && { series: identity.series }),
      ...(isNamedIn(set, name) && { patientInPath: 'YES' }),
    },
    instance: set.number(tags.InstanceNumber, 'IS'),
    geometry: (frame) => translated(name, syntax, () => geometryOf(set, groups, frame)),
    aspect: (frame) => translated(name, syntax, () => aspectOf(set, groups, frame)),
    values: (frame) => safely(async () => ({ ...shape, data: inRgb(await decoded(frame)) })),
    rescaled: (frame) =>
      safely(async () => {
        const modality = modalityOf(set, groups, frame, image.signed);
        return { ...shape, data: rescaled(modality, (await decoded(frame)).samples) };
      }),
    picture: (frame, window) =>
      safely(async () => {
        const pixels = toPixels(set, groups, image, { ...(await decoded(frame)), frame }, window);
        return { width, height, pixels, format: 'dicom' };
      }),
  };
}

/** Each frame's bytes if they are compressed, otherwise all frames' together. @throws Damage */
function frameBytes(set: DataSet, image: ImagePixel, compression: Compression): Buffer[] {
  const { fragments, value } = image.data;
  if (compression === 'none') {
    if (fragments) throw new Damage('faultInFragments', {});
    checkLength(image);
    return [value];
  }
  if (!fragments) throw new Damage('faultNotInFragments', {});
  return framesOfFragments(fragments, image.frames, set);
}

/** YBR_FULL as RGB; pydicom leaves other colour spaces unchanged. @throws Unsupported */
function inRgb({ samples, photometric }: Frame): Samples {
  if (photometric !== 'YBR_FULL' && photometric !== 'YBR_FULL_422') return samples;
  if (!(samples instanceof Uint8Array)) throw new Unsupported('faultDeepColour', { photometric }, 'rgb');
  return rgbOfYbr(samples);
}

/** @returns uint8 RGB. */
function toPixels(
  set: DataSet,
  groups: FunctionalGroups,
  image: ImagePixel,
  decoded: Frame & { frame: number },
  window: Preprocessing['window'],
): Buffer {
  const { samples, photometric, frame } = decoded;
  const { signed, bitsStored } = image;
  if (photometric === 'PALETTE_COLOR') {
    const palette = readPalette(set, signed);
    return asBuffer(highBytes(coloured(samples, palette), palette.bits));
  }
  if (image.samples === 3) {
    const partial = photometric.startsWith('YBR_PARTIAL') && samples instanceof Uint8Array;
    if (photometric === 'HSV') return asBuffer(rgbOfHsv(highBytes(samples, bitsStored)));
    return asBuffer(partial ? rgbOfPartialYbr(samples) : highBytes(inRgb(decoded), bitsStored));
  }
  const modality = modalityOf(set, groups, frame, signed);
  const voi = window === 'file' ? voiOf(set, groups, frame, signed) : null;
  const levels = greyLevels(samples, image, { modality, voi, padding: paddingOf(set, signed) }, window);
  const pixels = Buffer.allocUnsafe(levels.length * 3);
  for (let from = 0, to = 0; from < levels.length; from += 1, to += 3)
    pixels[to] = pixels[to + 1] = pixels[to + 2] = levels[from]!;
  return pixels;
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

const DICOMDIR = '1.2.840.10008.1.3.10';

function withoutPicture(name: string, meta: DataSet, set: DataSet): FalxError {
  if (meta.text(tags.MediaStorageSOPClassUID) === DICOMDIR) return isNoPicture(name, 'directory');
  const modality = set.text(tags.Modality);
  const isKnown = modality !== null && /^[A-Z0-9]{2,16}$/.test(modality);
  return isKnown ? isNoPicture(name, 'modality', modality) : isNoPicture(name, 'other');
}

function translated<T>(name: string, syntax: TransferSyntax | null, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asFalxError(name, syntax, error);
  }
}

async function translatedLater<T>(name: string, syntax: TransferSyntax, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFalxError(name, syntax, error);
  }
}

/** Bugs in Falx are passed on unchanged. */
function asFalxError(name: string, syntax: TransferSyntax | null, error: unknown): unknown {
  if (error instanceof Unsupported && syntax) return isUnsupported(name, syntax, error);
  if (error instanceof Damage) return isBroken(name, syntax, error);
  return error;
}

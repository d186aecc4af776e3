import { FalxError, recreatedError } from '../contract/errors.ts';
import type { Preprocessing } from '../contract/settings.ts';
import { sha256Of } from '../system/hashes.ts';
import { decode } from './decode.ts';
import { isDicom, readDicom } from './dicom/dicom.ts';
import { hasDicomMark, isVolume, pictureFormatOf } from './formats.ts';
import type { MultiPictureFile } from './multi-picture-file.ts';
import { beginsVolume, openVolume } from './nifti/open-volume.ts';
import type { Scan } from './picture.ts';
import { withFile, type KnownFile } from './read-file.ts';
import { cutFrames, framesOf, isAcrossPlane, openSeries } from './volume/open-dicom.ts';
import { sliceOf } from './volume/dicom-slices.ts';
import type { Plane } from './volume/slices.ts';
import { squarePicture } from './volume/square-pixels.ts';

export interface OpenOptions {
  salt: string;
  window: Preprocessing['window'];
  /** Plane of the slices; DICOM series are resliced if it is not the plane they were acquired in. */
  plane?: Plane | undefined;
  /** Which volume of a file with several, from 0. */
  volume?: number | undefined;
  known?: KnownFile | undefined;
  /** Expected SHA-256; of another file only its own hash is returned. */
  expected?: string | undefined;
}

/** `none`: its pictures belong to another file, which represents the series; `other`: its SHA-256. */
export type Opened = { one: Scan } | { many: MultiPictureFile } | { other: string } | { none: true };

/**
 * Opens a file of any format that Falx reads, recognised by its content, not its name.
 * @param file absolute. @param name used in errors.
 * @throws FalxError as `withFile`, `decode`, `openVolume`; `facts.sha256` is the file's if it could be read completely.
 */
export async function openScan(file: string, name: string, options: OpenOptions): Promise<Opened> {
  try {
    const opened = await withFile(
      file,
      name,
      (input) => openBytes(input, file, name, options),
      options.known,
    );
    if (!('across' in opened)) return opened;
    // After releasing this file's memory: many more have to be read.
    const many = await openSeries(file, name, options.salt, opened.across);
    return many ? { many } : { none: true };
  } catch (error) {
    // A volume may be larger than other files: one of its parts is read, not all of it.
    const tooLarge = error instanceof FalxError && error.code === 'too-large' && !error.facts['sha256'];
    if (!tooLarge || !(await beginsVolume(file))) throw error;
    return { many: await openVolume(file, name, options.salt, options.volume ?? 0, null) };
  }
}

async function openBytes(
  input: Buffer,
  file: string,
  name: string,
  { salt, window, plane, volume = 0, expected }: OpenOptions,
): Promise<Opened | { across: Plane }> {
  const sha256 = sha256Of(input);
  if (expected !== undefined && sha256 !== expected) return { other: sha256 };
  try {
    const plain = pictureFormatOf(input);
    if (!plain && isVolume(input)) return { many: await openVolume(file, name, salt, volume, input) };
    if (hasDicomMark(input) || (!plain && isDicom(input))) {
      const dicom = readDicom(input, name, salt);
      const across = plane !== undefined && isAcrossPlane(dicom, plane);
      if (across && dicom.frames > 1)
        return { many: await cutFrames(dicom, name, sha256, input.length, plane) };
      if (across) return { across: plane };
      const { facts, patient, frames } = dicom;
      if (frames > 1) return { many: framesOf(dicom, name, sha256, input.length) };
      const picture = await squarePicture(dicom, name, 1, window);
      const slice = sliceOf(dicom);
      return { one: { ...picture, frame: null, sha256, bytes: input.length, patient, facts, slice } };
    }
    const picture = await decode(input, name, window);
    return { one: { ...picture, frame: null, sha256, bytes: input.length, patient: null, facts: null } };
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    const { code, message, facts } = error;
    throw recreatedError({ code, message, facts: { ...facts, sha256 } }, { cause: error });
  }
}

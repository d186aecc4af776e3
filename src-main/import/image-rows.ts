import { FalxError, leftOut } from '../contract/errors.ts';
import { frameInName } from '../contract/records.ts';
import type { FoundFile } from './folder-layout.ts';
import type { Reading } from './reading.ts';
import type { FileRows } from './unfinished.ts';

/** The file that this one is called like a picture of, such as `scan.dcm` where it is `scan.dcm#2`; null for usual names. */
export function pictureOf(file: string, isThere: (file: string) => boolean): string | null {
  const whole = frameInName.test(file) ? file.replace(frameInName, '') : null;
  return whole !== null && isThere(whole) ? whole : null;
}

/** Marks files that are called like pictures of others in the folder: of two images of one name nobody could tell which is meant. */
export function withoutClashes(files: readonly FoundFile[]): FoundFile[] {
  if (!files.some(({ file }) => frameInName.test(file))) return [...files]; // nearly always, at a hundred thousand too
  const names = new Set(files.map(({ file }) => file));
  return files.map((found) => {
    const like = pictureOf(found.file, (file) => names.has(file));
    return like === null ? found : { ...found, like };
  });
}

/** What was read of a file that may stay: of one that is called like another's picture nothing is taken. */
export function admitted({ like }: Pick<FoundFile, 'like'>, reading: Reading): Reading {
  if (like === undefined || reading.reason !== null) return reading;
  return {
    ...reading,
    pictures: [],
    ...leftOut(new FalxError('fileLikePicture', { file: reading.file, like })),
  };
}

/** What a file adds to the dataset: its pictures with the class and the part it was found in, or a place in quarantine. */
export function rowsOfFile(found: FoundFile, reading: Reading): FileRows {
  const { file, className, givenPart, patient = null } = found;
  const { stamp, pictures, reason, facts } = admitted(found, reading);
  if (reason !== null)
    return {
      file,
      stamp,
      images: [],
      quarantined: { file, reason, ...(facts && { facts }), className, givenPart, patient },
    };
  const images = pictures.map((picture) => ({
    ...picture,
    className,
    givenPart,
    patient: patient ?? picture.patient,
  }));
  return { file, stamp, images, quarantined: null };
}

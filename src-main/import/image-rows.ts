import { FalxError, leftOut } from '../contract/errors.ts';
import { frameInName } from '../contract/records.ts';
import type { FoundFile } from './folder-layout.ts';
import type { Reading } from './reading.ts';
import type { FileRows } from './unfinished.ts';

/** The file of which this name could denote a picture, such as `scan.dcm` for `scan.dcm#2`; null for other names. */
export function pictureOf(file: string, isThere: (file: string) => boolean): string | null {
  const whole = frameInName.test(file) ? file.replace(frameInName, '') : null;
  return whole !== null && isThere(whole) ? whole : null;
}

/** Marks files whose names could denote pictures of other files in the folder: two images with one name could not be told apart. */
export function withoutClashes(files: readonly FoundFile[]): FoundFile[] {
  if (!files.some(({ file }) => frameInName.test(file))) return [...files]; // nearly always, even of a hundred thousand
  const names = new Set(files.map(({ file }) => file));
  return files.map((found) => {
    const like = pictureOf(found.file, (file) => names.has(file));
    return like === null ? found : { ...found, like };
  });
}

/** The reading of a file, if it can be imported: nothing is taken from one whose name could denote another's picture. */
export function withoutClash({ like }: Pick<FoundFile, 'like'>, reading: Reading): Reading {
  if (like === undefined || reading.reason !== null) return reading;
  return {
    ...reading,
    pictures: [],
    ...leftOut(new FalxError('fileLikePicture', { file: reading.file, like })),
  };
}

/** The rows of a file: its pictures with the class and the set it was found in, or its row in quarantine. */
export function rowsOfFile(found: FoundFile, reading: Reading): FileRows {
  const { file, className, givenPart, patient = null } = found;
  const { stamp, pictures, reason, facts } = withoutClash(found, reading);
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

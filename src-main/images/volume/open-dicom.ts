import { FalxError } from '../../contract/errors.ts';
import { sha256Of } from '../../system/hashes.ts';
import { readDicom, type DicomFile, type Samples } from '../dicom/dicom.ts';
import type { Facts } from '../facts.ts';
import type { MultiPictureFile } from '../multi-picture-file.ts';
import { Damage } from '../image-refusals.ts';
import { withFile } from '../read-file.ts';
import { seriesOf } from './dicom-series.ts';
import { placedFrame, planeOf, stackKey, type Placed } from './dicom-slices.ts';
import { stacked, stackOf } from './dicom-volume.ts';
import type { Plane } from './slices.ts';
import { squarePicture } from './square-pixels.ts';
import { Volume } from './volume.ts';

/** The frames of a DICOM file as they were acquired, by their numbers from 1. */
export function framesOf(dicom: DicomFile, name: string, sha256: string, bytes: number): MultiPictureFile {
  const names = Array.from({ length: dicom.frames }, (_, index) => String(index + 1));
  return {
    sha256,
    bytes,
    patient: dicom.patient,
    held: bytes,
    frames: ({ slices = Infinity }) => {
      const count = Math.min(slices, names.length);
      return Array.from(
        { length: count },
        (_, place) => names[Math.floor(((place + 0.5) * names.length) / count)]!,
      );
    },
    has: (frame) => names.includes(frame),
    facts: (frame) => ({ ...dicom.facts, frame: Number(frame) }),
    picture: (frame, window) => squarePicture(dicom, name, Number(frame), window),
  };
}

/** Whether a file was acquired in another plane than this, if its orientation is known. */
export function isAcrossPlane(dicom: DicomFile, plane: Plane): boolean {
  const placed = placedFrame(dicom, 1);
  return placed !== null && planeOf(placed) !== plane;
}

/**
 * The frames of one file stacked to a volume; of several contrasts the first.
 * @throws FalxError `unreadable-file` if they make no volume; `too-large`.
 */
export async function cutFrames(
  dicom: DicomFile,
  name: string,
  sha256: string,
  bytes: number,
  plane: Plane,
): Promise<MultiPictureFile> {
  const volume = await orNoVolume(name, plane, async () => {
    const frames = Array.from({ length: dicom.frames }, (_, index) => {
      const placed = placedFrame(dicom, index + 1);
      if (!placed) throw new Damage('faultFramesUnplaced', {});
      return { frame: index + 1, placed, contrast: dicom.geometry(index + 1).contrast };
    });
    if (new Set(frames.map(({ placed }) => stackKey(placed))).size > 1)
      throw new Damage('faultFramesApart', {});
    const stack = stackOf(frames, ({ frame }) => frame);
    return volumeOf(
      name,
      stack.map(({ placed }) => placed),
      async (place) => (await dicom.rescaled(stack[place]!.frame)).data,
      dicom.facts,
    );
  });
  return slicesOf(volume, name, { sha256, bytes, patient: dicom.patient }, plane);
}

/**
 * The series that a file belongs to, stacked to a volume.
 * @returns null if another file represents it: the first of the series by name.
 * @throws FalxError `unreadable-file` if the series makes no volume; `too-large`.
 */
export async function openSeries(
  file: string,
  name: string,
  salt: string,
  plane: Plane,
): Promise<MultiPictureFile | null> {
  const series = await seriesOf(file);
  if (!series) throw makesNoVolume(name, plane, new Damage('faultSliceAlone', {}));
  const { files, stack } = series;
  if (files[0]!.file !== file) return null;
  const read = <T>(one: string, work: (dicom: DicomFile) => Promise<T>) =>
    withFile(one, one, (input) => work(readDicom(input, one, salt)));
  const { patient, facts } = await read(file, async (dicom) => dicom);
  const volume = await orNoVolume(name, plane, () =>
    volumeOf(
      name,
      stack.map(({ placed }) => placed),
      (place) => read(stack[place]!.file, async (dicom) => (await dicom.rescaled(1)).data),
      { ...facts, files: files.length },
    ),
  );
  const sha256 = sha256Of(files.map((one) => one.sha256).join('\n'));
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  return slicesOf(volume, name, { sha256, bytes, patient }, plane);
}

const volumeOf = async (...[name, placed, values, facts]: VolumeParts): Promise<Volume> =>
  new Volume(await stacked(name, placed, values, facts['photometric'] === 'MONOCHROME1', facts));
type VolumeParts = [
  name: string,
  placed: Placed[],
  values: (place: number) => Promise<Samples>,
  facts: Facts,
];

async function orNoVolume(name: string, plane: Plane, build: () => Promise<Volume>): Promise<Volume> {
  try {
    return await build();
  } catch (error) {
    throw error instanceof Damage ? makesNoVolume(name, plane, error) : error;
  }
}

function slicesOf(
  volume: Volume,
  name: string,
  file: Pick<MultiPictureFile, 'sha256' | 'bytes' | 'patient'>,
  plane: Plane,
): MultiPictureFile {
  return {
    ...file,
    held: volume.bytes,
    frames: (cut) => volume.slices(plane, cut.slices),
    has: (frame) => volume.has(frame),
    facts: (frame) => volume.facts(frame),
    picture: async (frame) => ({ ...volume.picture(name, frame), format: 'dicom' }),
  };
}

const makesNoVolume = (file: string, plane: Plane, { fault }: Damage): FalxError =>
  new FalxError('volumeNotCut', { file, plane, fault });

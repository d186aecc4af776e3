import { FalxError } from '../../contract/errors.ts';
import { sha256Of } from '../../system/hashes.ts';
import { readDicom, type DicomFile } from '../dicom/dicom.ts';
import type { Many } from '../many.ts';
import { Damage } from '../refusals.ts';
import { withFile } from '../read.ts';
import { seriesOf } from './dicom-series.ts';
import { placedFrame, planeOf } from './dicom-slices.ts';
import { stacked } from './dicom-volume.ts';
import type { Plane } from './slices.ts';
import { Volume } from './volume.ts';

/** The frames of a DICOM file as they were acquired, by their numbers from 1. */
export function framesOf(dicom: DicomFile, sha256: string, bytes: number): Many {
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
    picture: (frame, window) => dicom.picture(Number(frame), window),
  };
}

/** Whether a file with one picture was acquired along another plane than this, as far as it says where it lies. */
export function liesAcross(dicom: DicomFile, plane: Plane): boolean {
  const placed = dicom.frames === 1 ? placedFrame(dicom, 1) : null;
  return placed !== null && planeOf(placed) !== plane;
}

/**
 * The series that a file belongs to, put together as a volume.
 * @returns null when another file stands for it: the first of the series by name.
 * @throws FalxError `unreadable-file` when the series makes no volume; `too-large`.
 */
export async function openSeries(
  file: string,
  name: string,
  salt: string,
  plane: Plane,
): Promise<Many | null> {
  const series = await seriesOf(file);
  if (!series) throw makesNoVolume(name, plane, 'no other slices of its series lie in its folder');
  const { files, stack } = series;
  if (files[0]!.file !== file) return null;
  const read = <T>(one: string, work: (dicom: DicomFile) => Promise<T>) =>
    withFile(one, one, (input) => work(readDicom(input, one, salt)));
  const { patient, facts } = await read(file, async (dicom) => dicom);
  const volume = await build().catch((error: unknown) => {
    throw error instanceof Damage ? makesNoVolume(name, plane, error.message, error) : error;
  });
  return {
    sha256: sha256Of(files.map(({ sha256 }) => sha256).join('\n')),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    patient,
    held: volume.bytes,
    frames: (cut) => volume.slices(plane, cut.slices),
    has: (frame) => volume.has(frame),
    facts: (frame) => volume.facts(frame),
    picture: async (frame) => ({ ...volume.picture(name, frame), format: 'dicom' }),
  };

  async function build(): Promise<Volume> {
    const values = (place: number) =>
      read(stack[place]!.file, async (dicom) => (await dicom.rescaled(1)).data);
    const placed = stack.map((one) => one.placed);
    return new Volume(
      await stacked(name, placed, values, facts['photometric'] === 'MONOCHROME1', {
        ...facts,
        files: files.length,
      }),
    );
  }
}

function makesNoVolume(name: string, plane: Plane, fault: string, cause?: unknown): FalxError {
  const reason = `It can't be cut ${adverbs[plane]}: ${fault}.`;
  return new FalxError(
    'unreadable-file',
    `"${name}" can't be read. ${reason} Put the whole series in one folder, or leave out --plane to take slices as acquired.`,
    { why: 'volumeNotCut', fault, file: name, reason },
    { cause },
  );
}

const adverbs: Record<Plane, string> = { axial: 'axially', coronal: 'coronally', sagittal: 'sagittally' };

import { FalxError } from '../../contract/errors.ts';
import type { SeriesSlice } from '../../contract/records.ts';
import { sha256Of } from '../../system/hashes.ts';
import type { DicomFile } from '../dicom/dicom.ts';
import type { Plane } from './slices.ts';
import type { Triple } from './grid.ts';

/** Position of a slice, mm, in DICOM's coordinates: to the left, the back and the head. */
export interface Placed {
  position: Triple;
  /** Direction of a row, from column to column, and of a column. */
  across: Triple;
  down: Triple;
  /** Between rows, between columns. */
  spacing: [number, number];
  width: number;
  height: number;
}

/** Null if the file doesn't give the position of a frame (from 1), or if it is not grey. */
export function placedFrame(file: DicomFile, frame: number): Placed | null {
  const { position, orientation, spacing } = file.geometry(frame);
  if (!position || !orientation || !spacing || file.samples !== 1) return null;
  const [across, down] = [orientation.slice(0, 3) as Triple, orientation.slice(3) as Triple];
  if (Math.hypot(...normalOf({ across, down })) < 0.5) return null;
  return { position, across, down, spacing, width: file.width, height: file.height };
}

/** Normal direction of a slice. */
export const normalOf = ({ across: a, down: d }: Pick<Placed, 'across' | 'down'>): Triple => [
  a[1] * d[2] - a[2] * d[1],
  a[2] * d[0] - a[0] * d[2],
  a[0] * d[1] - a[1] * d[0],
];

export const dot = (one: Triple, other: Triple): number =>
  one[0] * other[0] + one[1] * other[1] + one[2] * other[2];

/** The plane nearest to a slice's orientation. */
export function planeOf(placed: Placed): Plane {
  const through = normalOf(placed).map(Math.abs) as Triple;
  const largest = Math.max(...through);
  return (['sagittal', 'coronal', 'axial'] as const)[through.indexOf(largest)]!;
}

/** Equal for slices that can be stacked. */
export const stackKey = ({ across, down, spacing, width, height }: Placed): string =>
  JSON.stringify([
    [...across, ...down].map((cosine) => Math.round(cosine * 1000) + 0),
    spacing.map((length) => length.toPrecision(4)),
    width,
    height,
  ]);

/** The series of a file with one picture; undefined if it is missing or invalid, which must not prevent showing the picture. */
export function sliceOf(file: DicomFile): SeriesSlice | undefined {
  try {
    const placed = file.frames === 1 ? placedFrame(file, 1) : null;
    if (!placed || file.series === null) return undefined;
    return {
      series: short(`${file.series} ${stackKey(placed)}`),
      contrast: short(file.geometry(1).contrast),
      at: Math.round(dot(placed.position, normalOf(placed)) * 100) / 100,
    };
  } catch (error) {
    if (error instanceof FalxError) return undefined;
    throw error;
  }
}

const short = (text: string): string => sha256Of(text).slice(0, 16);

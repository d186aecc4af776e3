import type { Preprocessing } from '../../contract/settings.ts';
import type { Decoded } from '../picture.ts';
import type { DicomFile } from '../dicom/dicom.ts';
import { checkSize } from '../image-refusals.ts';
import { withSquareVoxels } from './square-voxels.ts';

/**
 * A frame (from 1) of a DICOM file with the right proportions: pixels that the file states to be longer in one direction are
 * stretched that way, linearly, so that a head keeps its shape. Those that differ by less than one per cent are left unchanged, and
 * so are all in a file that states an implausible ratio.
 * @param name used in errors. @throws FalxError as `DicomFile.picture`; `too-large`.
 */
export async function squarePicture(
  dicom: DicomFile,
  name: string,
  frame: number,
  window: Preprocessing['window'],
): Promise<Decoded> {
  const picture = await dicom.picture(frame, window);
  const aspect = dicom.aspect(frame);
  const proportion = Math.max(aspect, 1 / aspect);
  if (proportion < LEAST || proportion > MOST) return picture;
  const { width, height, pixels } = picture;
  checkSize(name, Math.ceil(width * Math.max(1, 1 / aspect)), Math.ceil(height * Math.max(1, aspect)), 3);
  const { values, ...size } = withSquareVoxels({
    width,
    height,
    channels: 3,
    values: Float64Array.from(pixels),
    spacing: [1, aspect],
  });
  return { ...picture, width: size.width, height: size.height, pixels: Buffer.from(values.map(Math.round)) };
}

/** Least ratio of the longer side to the shorter that is corrected. */
const LEAST = 1.01;
const MOST = 10;

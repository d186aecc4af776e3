import type { Preprocessing } from '../contract/settings.ts';
import type { Decoded } from './picture.ts';
import type { Facts } from './facts.ts';
import type { Plane } from './volume/slices.ts';

/** Which pictures of a volume are used. */
export interface SliceChoice {
  /** By default axial for NIfTI, as acquired for DICOM. */
  plane?: Plane | undefined;
  /** Most slices of a volume, evenly spaced within the brain; all of these when left out. */
  slices?: number | undefined;
  /** Of a file with several volumes (4-D), from 0; the first when left out. */
  volume?: number | undefined;
}

/** An open file with several pictures. */
export interface MultiPictureFile {
  /** Of the file; for a volume in several files, over their SHA-256 in order. */
  sha256: string;
  /** Of the file or files. */
  bytes: number;
  patient: string | null;
  /** Bytes of memory it uses while it is open. */
  held: number;
  /** The pictures to use, in order, by their names as in `ImageRecord.frame`. */
  frames(cut: SliceChoice): string[];
  /** Whether it has a picture of this name. */
  has(frame: string): boolean;
  facts(frame: string): Facts;
  /** @throws FalxError naming the file. */
  picture(frame: string, window: Preprocessing['window']): Promise<Decoded>;
}

import type { Preprocessing } from '../contract/settings.ts';
import type { Decoded } from './picture.ts';
import type { Facts } from './facts.ts';
import type { Plane } from './volume/slices.ts';

/** How the pictures of a volume are chosen. */
export interface Cut {
  /** NIfTI axially when left out, DICOM as acquired. */
  plane?: Plane | undefined;
  /** At most so many slices of a volume, evenly spaced within the brain; all of these when left out. */
  slices?: number | undefined;
  /** Of a file with several volumes (4-D), from 0; the first when left out. */
  volume?: number | undefined;
}

/** A file that holds several pictures, open. */
export interface Many {
  /** Of the file; of a volume in several files, over their SHA-256 in order. */
  sha256: string;
  /** Of the file or files. */
  bytes: number;
  patient: string | null;
  /** Bytes of memory it takes while it is open. */
  held: number;
  /** The pictures to be taken from it, in order, by their names as in `ImageRecord.frame`. */
  frames(cut: Cut): string[];
  /** Whether it has a picture of this name. */
  has(frame: string): boolean;
  facts(frame: string): Facts;
  /** @throws FalxError naming the file. */
  picture(frame: string, window: Preprocessing['window']): Promise<Decoded>;
}

import type { FormatName } from '../contract/formats.ts';
import type { SeriesSlice } from '../contract/records.ts';
import type { Facts } from './facts.ts';

/** A decoded picture. `pixels`: uint8 RGB [height, width, 3]. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** A picture as stored in its file. */
export interface Decoded extends Picture {
  format: FormatName;
}

/** One picture of a file. */
export interface Scan extends Decoded {
  /** Which of its file's pictures it is, as in ImageRecord; null for the only one. */
  frame: string | null;
  /** Of the file; of `<file's SHA-256>#<frame>` for one of several pictures. */
  sha256: string;
  /** Of the file. */
  bytes: number;
  patient: string | null;
  facts: Facts | null;
  /** Of a file that is one slice of a series, and says where it lies. */
  slice?: SeriesSlice | undefined;
}

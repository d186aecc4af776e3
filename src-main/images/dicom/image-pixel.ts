import { Damage } from '../image-refusals.ts';
import type { DataSet } from './data-set.ts';
import type { Element } from './elements.ts';
import { Unsupported } from './dicom-refusals.ts';
import { tags } from './tags.ts';

/** How the pixels of a file are stored (PS3.3, C.7.6.3). */
export interface ImagePixel {
  rows: number;
  columns: number;
  samples: 1 | 3;
  bitsAllocated: number;
  bitsStored: number;
  signed: boolean;
  /** `float` and `double` for the elements of these names. */
  kind: 'integer' | 'float' | 'double';
  photometric: string;
  planar: boolean;
  frames: number;
  /** The element with the pixels. */
  data: Element;
}

const photometrics = new Set(
  'MONOCHROME1 MONOCHROME2 PALETTE_COLOR RGB YBR_FULL YBR_FULL_422 YBR_PARTIAL_420 YBR_PARTIAL_422 YBR_ICT YBR_RCT HSV'.split(
    ' ',
  ),
);

/** A file's pixel description; null if it has none. @throws Damage, Unsupported */
export function imagePixel(set: DataSet): ImagePixel | null {
  const data = [tags.PixelData, tags.FloatPixelData, tags.DoubleFloatPixelData].flatMap(
    (tag) => set.element(tag) ?? [],
  )[0];
  if (!data) return null;
  const kind =
    data.tag === tags.FloatPixelData
      ? 'float'
      : data.tag === tags.DoubleFloatPixelData
        ? 'double'
        : 'integer';
  const rows = whole(set, tags.Rows, 'Rows', 1, 65_535);
  const columns = whole(set, tags.Columns, 'Columns', 1, 65_535);
  const samples = whole(set, tags.SamplesPerPixel, 'Samples per Pixel', 1, 4);
  if (samples !== 1 && samples !== 3) throw new Unsupported('faultSamples', { samples }, 'grey');
  const bitsAllocated = whole(set, tags.BitsAllocated, 'Bits Allocated', 1, 64);
  const bitsStored =
    kind === 'integer' ? whole(set, tags.BitsStored, 'Bits Stored', 1, bitsAllocated) : bitsAllocated;
  checkBits(kind, bitsAllocated);
  return {
    rows,
    columns,
    samples,
    bitsAllocated,
    bitsStored,
    signed: kind === 'integer' && whole(set, tags.PixelRepresentation, 'Pixel Representation', 0, 1) === 1,
    kind,
    photometric: photometricOf(set, samples),
    planar: samples === 3 && set.number(tags.PlanarConfiguration, 'US') === 1,
    frames: framesOf(set),
    data,
  };
}

function checkBits(kind: ImagePixel['kind'], bitsAllocated: number): void {
  const allowed = kind === 'integer' ? [1, 8, 16, 32, 64] : kind === 'float' ? [32] : [64];
  if (allowed.includes(bitsAllocated)) return;
  throw new Unsupported(
    'faultBits',
    { numbers: kind === 'integer' ? 'whole' : 'floating', bits: bitsAllocated, allowed: allowed.join(', ') },
    'sixteen',
  );
}

function photometricOf(set: DataSet, samples: number): string {
  const written = set.text(tags.PhotometricInterpretation);
  if (written === null)
    throw new Damage('faultHeadLacks', { keyword: 'Photometric Interpretation (0028,0004)' });
  const photometric = written.replace(' ', '_');
  if (!photometrics.has(photometric))
    throw new Unsupported(
      'faultPhotometric',
      {},
      'grey',
    ); /* without quoting the value, which may be anything */
  if (samples === 3) return isColour(photometric) ? photometric : 'RGB';
  // What is stored decides, as in pydicom; a single YBR sample makes no sense.
  if (photometric === 'RGB' || photometric === 'HSV') return 'MONOCHROME2';
  if (isColour(photometric)) throw new Damage('faultPhotometricSamples', { photometric: written, samples });
  return photometric;
}

const isColour = (photometric: string): boolean =>
  photometric === 'RGB' || photometric === 'HSV' || photometric.startsWith('YBR');

function framesOf(set: DataSet): number {
  const frames = set.number(tags.NumberOfFrames, 'IS') ?? 1;
  if (!Number.isInteger(frames) || frames < 0) throw new Damage('faultFrameCount', { frames });
  return frames || 1;
}

function whole(set: DataSet, tag: number, keyword: string, least: number, most: number): number {
  const value = set.number(tag, 'US');
  if (value === null) throw new Damage('faultHeadLacks', { keyword });
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Damage('faultHeadSays', { keyword, value, least, most });
  return value;
}

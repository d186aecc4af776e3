import type { Facts } from '../facts.ts';
import type { DataSet, NumberVr } from './data-set.ts';
import { numbersOf, type FunctionalGroups } from './functional-groups.ts';
import type { ImagePixel } from './image-pixel.ts';
import { tags } from './tags.ts';
import type { TransferSyntax } from './transfer-syntaxes.ts';

/**
 * The values of a DICOM header that are stored: how the picture was made, and nothing on whom it shows, when or where. Private
 * elements, names, dates, UIDs, descriptions and comments are never read.
 */
export function factsOf(
  set: DataSet,
  groups: FunctionalGroups,
  { rows, columns, bitsAllocated, bitsStored, photometric, frames }: ImagePixel,
  { name, uid }: TransferSyntax,
): Facts {
  const facts: Record<string, string | number | null> = {
    modality: codes(set, tags.Modality),
    manufacturer: words(set, tags.Manufacturer),
    model: words(set, tags.ManufacturerModelName),
    bodyPart: codes(set, tags.BodyPartExamined),
    imageType: codes(set, tags.ImageType),
    scanningSequence: codes(set, tags.ScanningSequence),
    sequenceVariant: codes(set, tags.SequenceVariant),
    ...measures(set, groups),
    seriesNumber: set.number(tags.SeriesNumber, 'IS'),
    instanceNumber: set.number(tags.InstanceNumber, 'IS'),
    rows,
    columns,
    frames,
    bitsAllocated,
    bitsStored,
    photometric: photometric.replace('PALETTE_COLOR', 'PALETTE COLOR'),
    transferSyntax: name === 'unknown' ? uid : name,
    burnedIn: burnedIn(set),
  };
  return Object.fromEntries(
    Object.entries(facts).filter((entry): entry is [string, string | number] => entry[1] !== null),
  );
}

/** Each in its functional group, if there are any. */
const measured: [name: string, sequence: number, grouped: number, plain: number, vr: NumberVr][] = [
  ['fieldStrength', 0, tags.MagneticFieldStrength, tags.MagneticFieldStrength, 'DS'],
  [
    'repetitionTime',
    tags.MRTimingAndRelatedParametersSequence,
    tags.RepetitionTime,
    tags.RepetitionTime,
    'DS',
  ],
  ['flipAngle', tags.MRTimingAndRelatedParametersSequence, tags.FlipAngle, tags.FlipAngle, 'DS'],
  ['echoTime', tags.MREchoSequence, tags.EffectiveEchoTime, tags.EchoTime, 'DS'],
  ['inversionTime', tags.MRModifierSequence, tags.InversionTimes, tags.InversionTime, 'DS'],
  ['sliceThickness', tags.PixelMeasuresSequence, tags.SliceThickness, tags.SliceThickness, 'DS'],
  [
    'spacingBetweenSlices',
    tags.PixelMeasuresSequence,
    tags.SpacingBetweenSlices,
    tags.SpacingBetweenSlices,
    'DS',
  ],
];

function measures(set: DataSet, groups: FunctionalGroups): Record<string, string | number | null> {
  const single = measured.map(([name, sequence, grouped, plain, vr]) => {
    const values = numbersOf(set, groups, 1, [sequence, grouped, grouped === plain ? vr : 'FD']);
    return [name, values[0] ?? set.number(plain, vr)];
  });
  const spacing = numbersOf(set, groups, 1, [tags.PixelMeasuresSequence, tags.PixelSpacing, 'DS']);
  return {
    ...Object.fromEntries(single),
    pixelSpacing: spacing.length === 2 ? spacing.join('\\') : null,
  };
}

/** Code strings (CS) only as spelled in the standard: anything else may be a name. */
function codes(set: DataSet, tag: number): string | null {
  const written = set.texts(tag);
  return written.length > 0 && written.every((code) => /^[A-Z0-9_ ]{1,16}$/.test(code))
    ? written.join('\\')
    : null;
}

/** Manufacturers write their names here in any form. */
const words = (set: DataSet, tag: number): string | null =>
  set
    .text(tag)
    ?.replace(/[\p{C}\s]+/gu, ' ')
    .slice(0, 64) ?? null;

/**
 * Whether the pixels may contain text: what the file says; `unknown` if it doesn't say and pictures of its kind often do
 * (screenshots, scanned film, ultrasound); otherwise null.
 */
function burnedIn(set: DataSet): string | null {
  const said = set.text(tags.BurnedInAnnotation)?.toUpperCase();
  if (said === 'YES' || said === 'NO') return said;
  const screenshot = set.text(tags.SOPClassUID)?.startsWith('1.2.840.10008.5.1.4.1.1.7') ?? false;
  const scanned = set.text(tags.ConversionType) !== null;
  const modality = set.text(tags.Modality) ?? '';
  return screenshot || scanned || ['US', 'SC', 'OT', 'XC', 'ES'].includes(modality) ? 'unknown' : null;
}

import type { DataSet, NumberVr } from './data-set.ts';
import { grouped, numbersOf, type FunctionalGroups } from './functional-groups.ts';
import { tags } from './tags.ts';

/** Position of a frame in the patient, in mm, x to the left, y to the back, z to the head; null if a file doesn't say. */
export interface Geometry {
  /** Centre of the first pixel. */
  position: [number, number, number] | null;
  /** Direction cosines of a row, then of a column. */
  orientation: [number, number, number, number, number, number] | null;
  /** Between rows, between columns. */
  spacing: [number, number] | null;
  thickness: number | null;
  /** Between the centres of neighbouring slices. */
  between: number | null;
  /** What distinguishes pictures of the same position: echo, b-value, acquisition …; some series number these slice by slice. */
  contrast: string;
}

/** @param frame from 1. @throws Damage */
export function geometryOf(set: DataSet, groups: FunctionalGroups, frame: number): Geometry {
  const numbers = (sequence: number, tag: number, vr: NumberVr) =>
    numbersOf(set, groups, frame, [sequence, tag, vr]);
  const position = numbers(tags.PlanePositionSequence, tags.ImagePositionPatient, 'DS');
  const orientation = numbers(tags.PlaneOrientationSequence, tags.ImageOrientationPatient, 'DS');
  const spacing = numbers(tags.PixelMeasuresSequence, tags.PixelSpacing, 'DS');
  return {
    position: position.length === 3 ? (position as [number, number, number]) : null,
    orientation: orientation.length === 6 ? (orientation as NonNullable<Geometry['orientation']>) : null,
    spacing:
      spacing.length === 2 && spacing.every((value) => value > 0) ? (spacing as [number, number]) : null,
    thickness: positive(numbers(tags.PixelMeasuresSequence, tags.SliceThickness, 'DS')[0]),
    between: positive(numbers(tags.PixelMeasuresSequence, tags.SpacingBetweenSlices, 'DS')[0]),
    contrast: contrastOf(set, groups, frame),
  };
}

/**
 * The ratio of height to width of a frame's pixels: by the spacing in the patient, on scanned film or on the detector, otherwise by
 * the aspect ratio; 1 if a file has none of these. @param frame from 1. @throws Damage
 */
export function aspectOf(set: DataSet, groups: FunctionalGroups, frame: number): number {
  const pairs = [
    numbersOf(set, groups, frame, [tags.PixelMeasuresSequence, tags.PixelSpacing, 'DS']),
    set.numbers(tags.NominalScannedPixelSpacing, 'DS'),
    set.numbers(tags.ImagerPixelSpacing, 'DS'),
    set.numbers(tags.PixelAspectRatio, 'IS'),
  ];
  const [down, across] = pairs.find((pair) => pair.length === 2 && pair.every((length) => length > 0)) ?? [
    1, 1,
  ];
  return down! / across!;
}

const positive = (value: number | undefined): number | null =>
  value !== undefined && value > 0 ? value : null;

function contrastOf(set: DataSet, groups: FunctionalGroups, frame: number): string {
  const content = grouped(groups, frame, tags.FrameContentSequence);
  const parts = {
    echo:
      grouped(groups, frame, tags.MREchoSequence)?.number(tags.EffectiveEchoTime, 'FD') ??
      set.number(tags.EchoTime, 'DS'),
    echoNumber: set.number(tags.EchoNumbers, 'IS'),
    b:
      grouped(groups, frame, tags.MRDiffusionSequence)?.number(tags.DiffusionBValue, 'FD') ??
      set.number(tags.DiffusionBValue, 'FD'),
    time:
      content?.number(tags.TemporalPositionIndex, 'UL') ?? set.number(tags.TemporalPositionIdentifier, 'IS'),
    stack: content?.text(tags.StackID) ?? null,
    acquisition: set.number(tags.AcquisitionNumber, 'IS'),
    // Magnitude, phase, real, imaginary.
    component: set.texts(tags.ImageType)[2] ?? null,
  };
  return Object.entries(parts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
